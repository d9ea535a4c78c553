"""What servers answer that is not quite OpenAI's: one line a body, with what it comes to. A real server sends it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rpo.errors import RpoError
from rpo.judging import Endpoint, JudgementCache, Outcome, Plan, Question, begin
from rpo.judging.runner import judge_all
from rpo.voting import Ballots
from tests.judging.conftest import KEY, pairs, panel_of

QUESTION = Question("Why?", "worse", "better")
GOOD = '{"reason":"clear","verdict":"A"}'
USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


class Strict(BaseHTTPRequestHandler):
    """Answers 200 with `body`, but a question that offers one of the fields in `refuses` with that status and body."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, asked))
        status, body = next((no for name, no in self.server.refuses.items() if name in asked), (200, self.server.body))
        sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Strict)
    made.daemon_threads, made.asked, made.refuses, made.body = True, [], {}, said(GOOD)
    made.url = f"http://127.0.0.1:{made.server_address[1]}/v1"
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def said(content, **more):
    return answered({"role": "assistant", "content": content, **more})


def answered(message, **more):
    choice = {"index": 0, "finish_reason": "stop", "message": message} | more
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": USAGE}


def lacking(name):
    whole = answered({})
    del whole["choices"][0][name]
    return whole


TEXT, NOTHING = {"type": "text", "text": GOOD}, Outcome.MALFORMED
REPLIES = {
    "a thought whose opening mark is in the prompt": (
        said('Let me compare. A is good.\n</think>\n\n{"reason":"clear","verdict":"A"}'),
        Outcome.FIRST,
    ),
    "a thought that weighs the other verdict": (said(f'{{"verdict": "B"}}?\n</think>{GOOD}'), Outcome.FIRST),
    "a thought with both marks": (said(f"<think>B, or A?</think>{GOOD}"), Outcome.FIRST),
    "a thought under another name": (said(f"A is good.\n</thinking>\n{GOOD}"), Outcome.FIRST),
    "a thought in brackets": (said(f"[THINK]A is good.[/THINK]{GOOD}"), Outcome.FIRST),
    "a thought, then a block of code": (said(f"A.</think>\n```json\n{GOOD}\n```"), Outcome.FIRST),
    "a reason that speaks of a thought's mark": (said('{"reason":"ends in </think>","verdict":"A"}'), Outcome.FIRST),
    "a thought and no verdict": (said("A is good.\n</think>\n\nA"), NOTHING),
    "a verdict before the thought's end alone": (said(f"{GOOD}\n</think>\n"), NOTHING),
    "parts": (said([TEXT]), Outcome.FIRST),
    "two parts of one text": (said([{"type": "text", "text": GOOD[:9]}, {"type": "text", "text": GOOD[9:]}]), Outcome.FIRST),
    "a thought as a part": (said([{"type": "thinking", "thinking": [{"type": "text", "text": "B?"}]}, TEXT]), Outcome.FIRST),
    "parts under the newer name": (said([{"type": "output_text", "text": GOOD}]), Outcome.FIRST),
    "parts that are texts": (said([GOOD]), Outcome.FIRST),
    "a refusal as a part": (said([{"type": "refusal", "refusal": "I would rather not"}]), Outcome.REFUSED),
    "a part without a text": (said([{"type": "text"}, {"type": "text", "text": None}]), NOTHING),
    "no parts": (said([]), NOTHING),
    "a null message": (answered(None), NOTHING),
    "no message": (lacking("message"), NOTHING),
    "a null content": (said(None), NOTHING),
    "no content": (answered({"role": "assistant"}), NOTHING),
    "a null content beside what it thought": (said(None, reasoning_content="A"), NOTHING),
    "a number for content": (said(3), NOTHING),
    "no end": (lacking("finish_reason"), NOTHING),
    "a null content at the limit": (answered({"content": None}, finish_reason="length"), Outcome.TOO_LONG),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_is_read_however_the_server_wraps_it(server, kind):
    server.body, outcome = REPLIES[kind]
    opinion = Endpoint(server.url, "m").ask(QUESTION)
    assert (opinion.outcome, opinion.tokens_in, opinion.tokens_out) == (outcome, 100, 20)
    assert len(server.asked) == 1


@pytest.mark.weights
@pytest.mark.parametrize("body", [answered(None), said(None), said([])])
def test_judging_goes_on_over_a_null_and_nothing_stays_reserved(server, body):
    server.body = body
    judging = judging_of(server)
    judge_all(judging, lambda *_: None)
    known = JudgementCache(Ballots.here().database).said(judging.plan.judge.id, [one.key for one in judging.questions()])
    assert [one.outcome for one in known.values()] == [Outcome.MALFORMED] * 4
    assert (judging.spent.open, judging.spent.calls) == (0.0, 4)
    assert judging.spent.paid == pytest.approx(4 * (100 * 10 + 20 * 100) / 1e6)


def judging_of(server):
    return begin(Plan(panel_of(pairs(2)), Endpoint(server.url, "m", price_in=10.0, price_out=100.0), 1.0, workers=1))


FASTAPI = {
    "detail": [{"type": "extra_forbidden", "loc": ["body", "response_format"], "msg": "Extra inputs are not permitted"}],
}
SCHEMA = {
    "error": {
        "message": "Invalid request: json_schema must be one of text, json_object",
        "type": "x",
        "param": None,
        "code": None,
    }
}
REFUSALS = {
    "422 with the place": (422, FASTAPI),
    "400 on json_schema": (400, SCHEMA),
    "400 on the parameter": (400, {"error": {"message": "not supported", "param": "response_format"}}),
    "422 that names nothing": (422, {"detail": "Unprocessable"}),
    "400 in plain text": (400, "bad request"),
    "422 without a body": (422, ""),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", REFUSALS)
def test_a_server_that_refuses_the_form_of_the_reply_is_asked_once_more_without_it(server, kind):
    server.refuses["response_format"] = REFUSALS[kind]
    judge = Endpoint(server.url, "m")
    assert [judge.ask(one).outcome for one in (QUESTION, QUESTION.swap(), Question("How?", "a", "b"))] == [Outcome.FIRST] * 3
    assert ["response_format" in asked for _, _, asked in server.asked] == [True, False, False, False]


def test_a_whole_judging_asks_one_question_twice_and_the_others_once(server):
    server.refuses["response_format"] = REFUSALS["422 with the place"]
    judge_all(judging_of(server), lambda *_: None)
    assert len(server.asked) == 4 + 1


HIDDEN = "sk-proj-AbCdEf0123456789abcdef"
STAYS = {
    "its message": ({"error": {"message": "seeds are not for you"}}, "400: seeds are not for you;"),
    "its detail": ({"detail": "no such plan"}, "400: no such plan;"),
    "its details": (
        {"detail": [{"loc": ["body", "seed"], "msg": "Field required"}, "and more"]},
        "body.seed: Field required; and",
    ),
    "a body of its own": ({"code": 7, "why": "tired"}, '400: {"code": 7, "why": "tired"};'),
    "its error as a word": ({"error": "tired"}, "400: tired;"),
    "plain text": ("<h1>too tired</h1>", "400: <h1>too tired</h1>;"),
    "nothing": ("", "Error code: 400"),
    "long": ({"detail": "no " * 500}, "no …;"),
    "our key": ({"detail": f"got Bearer {KEY}"}, r"got Bearer (key);"),
    "a key of its own": ({"detail": f"my upstream said {HIDDEN} is over"}, "my upstream said (key) is over;"),
    "a key where it is cut": ({"detail": "x" * 280 + f" {KEY}"}, "x (key)"),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", STAYS)
def test_a_refusal_that_stays_is_shown_in_the_servers_words_and_without_keys(server, monkeypatch, kind):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    body, words = STAYS[kind]
    server.refuses["messages"] = (400, body)
    with pytest.raises(RpoError) as refused:
        Endpoint(server.url, "m").ask(QUESTION)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 500
    assert not any(part in str(refused.value) for part in (KEY, KEY[:16], HIDDEN))
    assert ["response_format" in asked for _, _, asked in server.asked] == [True, False]


def test_a_form_that_was_refused_for_another_reason_is_offered_again(server):
    server.refuses["messages"] = (422, {"detail": "not now"})
    judge = Endpoint(server.url, "m")
    with pytest.raises(RpoError, match="not now"):
        judge.ask(QUESTION)
    server.refuses.clear()
    assert judge.ask(QUESTION).outcome is Outcome.FIRST
    assert "response_format" in server.asked[-1][2]


def test_a_version_in_the_address_reaches_the_server_with_the_key_as_it_wants_it(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    there = server.url.replace("/v1", "/openai/deployments/ours")
    assert Endpoint(f"{there}?api-version=2024-10-21", "m").ask(QUESTION).outcome is Outcome.FIRST
    assert Endpoint(server.url, "m").ask(QUESTION).outcome is Outcome.FIRST
    (path, headers, _), (plain, bare, _) = server.asked
    assert path == "/openai/deployments/ours/chat/completions?api-version=2024-10-21"
    assert (headers["api-key"], headers["authorization"]) == (KEY, f"Bearer {KEY}")
    assert plain == "/v1/chat/completions"
    assert "api-key" not in bare
