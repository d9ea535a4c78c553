"""What a server can do to whoever asks it: send it elsewhere, send too much, or what is no answer."""

import gzip
import json
import threading
import time
import tracemalloc
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rpo.errors import RpoError
from rpo.judging import Endpoint, Opinion, Outcome, Question
from rpo.judging.endpoints.client import MOST_BYTES
from rpo.judging.types import Unreached
from tests.judging.conftest import KEY, TOKENS

QUESTION = Question("Why?", "worse", "better")
MIB = 1 << 20
BOMB = gzip.compress(bytes(50 * MIB), 1)
TWICE = gzip.compress(gzip.compress(bytes(50 * MIB)))
LONG = {"content-length": str(50 * MIB)}


def answer(**more):
    said = {"role": "assistant", "content": json.dumps({"reason": "so it is", "verdict": "B"})}
    choice = {"index": 0, "finish_reason": "stop", "message": said}
    reply = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": TOKENS}
    return json.dumps(reply | more).encode()


class Scripted(BaseHTTPRequestHandler):
    """Answers with what `script` holds for the path, (status, headers, parts of the body), and notes who asked what."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, parts = self.server.script[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("connection", "close")
        self.end_headers()
        try:
            for part in parts:
                self.wfile.write(part)
        except OSError:
            pass  # whoever asked has hung up
        self.close_connection = True

    def do_GET(self):  # what a 303 makes of a POST
        self.do_POST()

    def log_message(self, *_):
        pass


def served():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    server.daemon_threads, server.asked, server.script = True, [], {}
    server.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


@pytest.fixture
def server():
    server = served()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def other():
    server = served()
    server.script["/v1/chat/completions"] = whole(answer())
    yield server
    server.shutdown()
    server.server_close()


def whole(body, **headers):
    return 200, {"content-type": "application/json", "content-length": str(len(body))} | headers, [body]


def ask(server, **about):
    return Endpoint(server.url, "m", **{"timeout": 5.0} | about).ask(QUESTION)


def script(server, status, headers, parts=(b"",)):
    server.script["/v1/chat/completions"] = (status, {"content-type": "application/json"} | headers, parts)


@pytest.mark.weights
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_to_another_server_is_not_followed(server, other, monkeypatch, status, host):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    script(server, status, {"location": other.url.replace("127.0.0.1", host) + "/chat/completions", "content-length": "0"})
    with pytest.raises(RpoError, match=rf"http://{host}:\d+"):
        ask(server)
    assert (len(server.asked), len(other.asked)) == (1, 0)


def test_the_same_port_under_another_name_is_another_server(server):
    there = server.url.replace("127.0.0.1", "localhost") + "/elsewhere"
    script(server, 307, {"location": there, "content-length": "0"})
    with pytest.raises(RpoError, match="address.*http://localhost"):
        ask(server)
    assert [path for path, _ in server.asked] == ["/v1/chat/completions"]


def test_a_redirect_within_the_server_is_followed(server):
    script(server, 308, {"location": "/v2/answers", "content-length": "0"})
    server.script["/v2/answers"] = whole(answer())
    assert ask(server).outcome is Outcome.SECOND


def test_a_redirect_in_a_circle_ends(server):
    script(server, 307, {"location": "/v1/chat/completions", "content-length": "0"})
    with pytest.raises(Unreached):
        ask(server)
    assert len(server.asked) == 4


def many(count, part=bytes(MIB)):
    """`count` MiB of a body, made while it is sent."""
    return (part for _ in range(count))


def chunked(parts):
    yield from (b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    yield b"0\r\n\r\n"


TOO_MUCH = {
    "50 MB": lambda: (200, LONG, many(50)),
    "50 MB that say they are 10": lambda: (200, {"content-length": "10"}, many(50, b"[" * MIB)),
    "50 MB without a length": lambda: (200, {}, many(50)),
    "50 MB in chunks": lambda: (200, {"transfer-encoding": "chunked"}, chunked(many(50))),
    "50 MB packed": lambda: (200, {"content-encoding": "gzip", "content-length": str(len(BOMB))}, [BOMB]),
    "50 MB packed, in an error": lambda: (500, {"content-encoding": "gzip", "content-length": str(len(BOMB))}, [BOMB]),
    "50 MB in an error": lambda: (404, LONG, many(50)),
    "50 MB in a redirect": lambda: (307, LONG | {"location": "/v1/chat/completions"}, many(50)),
    "packed twice": lambda: (200, {"content-encoding": "gzip, gzip", "content-length": str(len(TWICE))}, [TWICE]),
    "packed as we did not ask": lambda: (200, {"content-encoding": "br", "content-length": "3"}, [b"abc"]),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", TOO_MUCH)
def test_a_reply_that_is_too_long_ends_in_words_and_in_bounded_memory(server, kind):
    script(server, *TOO_MUCH[kind]())
    ask_quietly(server)  # the first call imports what later ones have
    script(server, *TOO_MUCH[kind]())
    tracemalloc.start()
    try:
        said = ask_quietly(server)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * MOST_BYTES + 4 * MIB
    assert said.paid  # nobody knows, so it counts in full
    expected = "was not JSON" if "say they are 10" in kind else "packed as" if kind.startswith("packed") else "longer than 2 MiB"
    assert expected in str(said)


def ask_quietly(server):
    with pytest.raises(Unreached) as refusal:
        ask(server)
    return refusal.value


def test_an_ordinary_reply_may_be_packed_and_as_long_as_allowed(server):
    body = gzip.compress(answer(note="x" * (MOST_BYTES - MIB)))
    server.script["/v1/chat/completions"] = whole(body, **{"content-encoding": "gzip"})
    assert ask(server) == Opinion(Outcome.SECOND, json.dumps({"reason": "so it is", "verdict": "B"}), 100, 10)


def test_a_reply_that_trickles_in_ends_with_the_time_allowed(server):
    def drops():
        for _ in range(100):
            time.sleep(0.1)
            yield b" "

    script(server, 200, {}, drops())
    began = time.monotonic()
    with pytest.raises(Unreached, match=r"\b0\.5 s"):
        ask(server, timeout=0.5)
    assert time.monotonic() - began < 3


STRANGE = {
    "deep": b"[" * MIB,
    "no object": b"3",
    "null": b"null",
    "a word for choices": answer(choices="ab"),
    "numbers for choices": answer(choices=[3]),
    "an object for choices": answer(choices={"a": 1}),
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_no_answer_is_no_traceback(server, kind):
    server.script["/v1/chat/completions"] = whole(STRANGE[kind])
    with pytest.raises(Unreached, match="answer"):
        ask(server)


@pytest.mark.parametrize("usage", [None, {}, "much", TOKENS | {"prompt_tokens": "many"}, TOKENS | {"prompt_tokens": -1000}])
def test_what_is_no_count_of_tokens_costs_the_most(server, usage):
    server.script["/v1/chat/completions"] = whole(answer(usage=usage))
    judge = Endpoint(server.url, "m", price_in=10.0, price_out=100.0, timeout=5.0)
    assert judge.cost(judge.ask(QUESTION), QUESTION) == judge.most(QUESTION)


def test_no_proxy_stands_between_us_and_this_machine(server, other, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url.removesuffix("/v1"))
    server.script["/v1/chat/completions"] = whole(answer())
    assert ask(server).outcome is Outcome.SECOND
    assert (len(server.asked), len(other.asked)) == (1, 0)


def test_what_is_not_allowed_is_not_even_connected_to(server, monkeypatch):
    monkeypatch.setenv("RPO_JUDGE_URLS", "https://gate.example/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(RpoError, match="RPO_JUDGE_URLS"):
        ask(server)
    assert server.asked == []
