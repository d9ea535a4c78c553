"""A server that speaks OpenAI's protocol and fails as a test says, and a panel for it to judge."""

import json
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rpo.judging import Endpoint, Plan, begin
from rpo.voting import Answer, Ballots, Comparison, Options
from tests.voting.conftest import postgres, url  # noqa: F401 - fixtures

TOKENS = {"prompt_tokens": 100, "completion_tokens": 10}
KEY = "sk-do-not-tell-anybody-0123456789"


@dataclass
class Faulty:
    """What the server does and has seen. `faults` are used up one a call, then it answers well: "B" where B says it is better."""

    faults: list = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)
    requests: list = field(default_factory=list)
    keys: set = field(default_factory=set)
    delay: float = 0.0
    busy: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def fault(self):
        with self.lock:
            return self.faults.pop(0) if self.faults else None

    @property
    def paid(self):
        """How many answers left the server whole."""
        return sum(self.answers.values())


def good(body):
    """An honest judge: the answer that calls itself better."""
    said = body["messages"][1]["content"]
    first, second = (re.search(rf"<answer {side} \w+>\n(.*?)\n</answer", said, re.DOTALL).group(1) for side in "AB")
    verdict = "tie" if ("better" in first) == ("better" in second) else "A" if "better" in first else "B"
    return {"content": json.dumps({"reason": "so it is", "verdict": verdict})}


class Handler(BaseHTTPRequestHandler):
    """One request; a fault is (status, body, headers), or a word for what cannot be said in HTTP."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server: Faulty = self.server.faulty
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with server.lock:
            server.requests.append(body)
            server.keys.add(self.headers["authorization"])
            server.busy += 1
            server.most = max(server.most, server.busy)
        try:
            self.answer(server, body, server.fault())
        finally:
            with server.lock:
                server.busy -= 1

    def answer(self, server, body, fault):
        time.sleep(server.delay)
        if fault == "slow":
            time.sleep(1.5)
        if fault == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{")
            self.close_connection = True
        elif fault == "no JSON":
            self.send(200, b"<html>busy</html>")
        elif isinstance(fault, tuple):
            self.send(fault[0], json.dumps({"error": self.error(fault[1])}).encode(), *fault[2:])
        else:
            message = fault if isinstance(fault, dict) else good(body)
            ended = message.pop("finish_reason", "stop") if isinstance(fault, dict) else "stop"
            choice = {"index": 0, "finish_reason": ended, "message": {"role": "assistant", **message}}
            reply = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": TOKENS}
            with server.lock:
                server.answers[body["messages"][1]["content"]] += 1
            self.send(200, json.dumps(reply).encode())

    def error(self, said):
        return {"message": said.replace("ECHO", self.headers["authorization"] or ""), "code": said.split(":")[0], "param": None}

    def send(self, status, body, headers=()):
        try:
            self.send_response(status)
            for name, value in {"content-type": "application/json", "content-length": str(len(body)), **dict(headers)}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked is gone

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """Quiet about callers that are gone."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


@pytest.fixture
def faulty():
    server = Server(("127.0.0.1", 0), Handler)
    server.faulty = Faulty(url=f"http://127.0.0.1:{server.server_address[1]}/v1")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.faulty
    server.shutdown()
    server.server_close()


def pairs(count=6, ties=0):
    """Of so many pairs the candidate is better in all but the first two; some ties follow."""
    answers = [("better", "worse") if n < 2 else ("worse", "better") for n in range(count)] + [("one", "other")] * ties
    return [
        Comparison(f"Question {n}?", Answer(f"{base} {n}", "base"), Answer(f"{new} {n}", "new"), "ab"[n % 2])
        for n, (base, new) in enumerate(answers)
    ]


def panel_of(made):
    return Ballots.here().make_panel("judged", made, options=Options(repeats=0))


def judging_of(faulty, made=None, cap=1.0, workers=1, timeout=30.0, **about):
    judge = Endpoint(faulty.url, "m", price_in=10.0, price_out=100.0, timeout=timeout, **about)  # 0.2 cents an answer
    return begin(Plan(panel_of(pairs() if made is None else made), judge, cap, workers))
