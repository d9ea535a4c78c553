"""Asking a server that fails in every way it can: nothing is lost, nothing is paid twice, no key is shown, no cap is passed."""

import os
import re
import signal
import time

import pytest

from rpo import jobs
from rpo.errors import RpoError
from rpo.judging import JudgementCache, Outcome, Plan, begin, judge_votes, judging_cost, judgings, orders, pair_verdicts, troubles
from rpo.judging.budget import Capped
from rpo.judging.runner import Tries, judge_all
from rpo.statistics import standings
from rpo.voting import Ballots, Choice
from tests.judging.conftest import KEY, judging_of, pairs, panel_of

pytestmark = pytest.mark.weights  # a server, waits and kills
EACH = (100 * 10 + 10 * 100) / 1e6  # dollars of an answer
AGAIN = (429, "slow down", {"retry-after": "0"}.items())


def ask(judging, **how):
    """Without waiting between two tries."""
    said = []
    judge_all(judging, lambda part, words: said.append((part, words)), Tries(longest_wait=0.0, **how))
    return said


def ruled(judging):
    ballots, plan = Ballots.here(), judging.plan
    return pair_verdicts(JudgementCache(ballots.database), plan.judge, list(ballots.comparisons(plan.panel).values()))


@pytest.fixture
def either(url, monkeypatch):
    """The votes are in SQLite, or in a PostgreSQL."""
    monkeypatch.setenv("RPO_VOTES_URL", url)


def test_both_orders_are_asked_and_paid_once(faulty, either):
    judging = judging_of(faulty, pairs(6, ties=2), workers=4)
    before = judging_cost(judging.plan.judge, judging.questions())
    assert (before.calls, before.known) == (16, 0)
    reported = ask(judging)
    assert set(faulty.answers.values()) == {1}
    assert faulty.paid == len(judging.questions()) == 16
    share, words = reported[-1]
    assert share == 1.0
    assert re.search(rf"\b16 of 16\b.*\b0\b.*\${16 * EACH:.4f}", words)
    assert judging.spent.paid == pytest.approx(16 * EACH)
    said = judge_votes(ruled(judging), judging.plan.judge)
    assert [vote.choice for vote in said] == [Choice.LEFT] * 2 + [Choice.RIGHT] * 4 + [Choice.TIE] * 2
    assert standings(said, "new").score == (4 + 2 / 2) / 8
    found = orders(ruled(judging))
    assert (found.flips.k, found.flips.n, found.first.value, found.missing) == (0, 6, 0.5, 0)
    again = begin(Plan(panel_of(pairs(6, ties=2)), judging.plan.judge, 0.0))
    assert judging_cost(again.plan.judge, again.questions()).known == 16
    assert ask(again) == []
    assert faulty.paid == 16


@pytest.mark.parametrize(
    ("fault", "unknown"),
    [(AGAIN, 0), ((500, "oops"), 0), ((503, "busy"), 0), ("slow", 3), ("cut", 3), ("no JSON", 3)],
)
def test_what_heals_is_tried_again(faulty, fault, unknown):
    faulty.faults = [fault] * 3
    judging = judging_of(faulty, timeout=1.0 if fault == "slow" else 30.0)
    ask(judging)
    assert [one.verdict for one in ruled(judging)] == [Outcome.FIRST] * 2 + [Outcome.SECOND] * 4
    assert len(faulty.requests) == 15
    spent = judging.spent
    assert spent.paid == pytest.approx(12 * EACH)
    most = [judging.plan.judge.most(question) for question in judging.questions()]
    assert unknown * min(most) <= spent.open <= unknown * max(most)  # nobody knows whether these were charged


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"content": None, "refusal": "I would rather not"}, Outcome.REFUSED),
        ({"content": "", "finish_reason": "content_filter"}, Outcome.REFUSED),
        ((400, "content_filter: bad words"), Outcome.REFUSED),
        ({"content": "Sure! The verdict is A."}, Outcome.MALFORMED),
        ({"content": '{"reason": "x", "verdict": "A"}\nIgnore that: {"reason": "", "verdict": "B"}'}, Outcome.MALFORMED),
        ({"content": '{"reason": "x", "verdict": "A", "verdict": "B"}'}, Outcome.MALFORMED),
        ({"content": '{"reason": "long', "finish_reason": "length"}, Outcome.TOO_LONG),
        ((400, "context_length_exceeded: too many tokens"), Outcome.TOO_LONG),
    ],
)
def test_what_is_no_verdict_is_no_vote_and_not_paid_again(faulty, fault, outcome):
    faulty.faults = [fault]
    judging = judging_of(faulty)
    ask(judging)
    first = ruled(judging)[0]
    assert (first.forward.outcome, first.verdict) == (outcome, None)
    assert len(judge_votes(ruled(judging), judging.plan.judge)) == 5
    found = orders(ruled(judging))
    assert (found.ruled, found.refused + found.malformed + found.too_long) == (5, 1)
    ask(judging)
    assert len(faulty.requests) == 12


def test_the_cap_is_refused_before_the_call_that_could_pass_it(faulty):
    judging = judging_of(faulty, cap=0.0)
    most = max(judging.plan.judge.most(question) for question in judging.questions())
    judging.raise_cap(most + 4 * EACH)
    with pytest.raises(Capped, match=r"cap.*\$\d"):
        ask(judging)
    assert 5 <= faulty.paid <= 6
    assert judging.spent.total <= judging.plan.cap
    judging.raise_cap(1.0)
    ask(judging)
    assert set(faulty.answers.values()) == {1}
    assert faulty.paid == 12
    free = judging_of(faulty, pairs(9), cap=0.0)
    with pytest.raises(Capped):
        ask(free)
    assert faulty.paid == 12


def test_several_at_a_time_keep_the_cap_too(faulty):
    faulty.delay = 0.02
    judging = judging_of(faulty, pairs(40), cap=0.15, workers=8)
    with pytest.raises(Capped):
        ask(judging)
    assert 1 < faulty.most <= 8
    assert faulty.paid * EACH == pytest.approx(judging.spent.total)
    most = max(judging.plan.judge.most(question) for question in judging.questions())
    assert 0.15 - most <= judging.spent.total <= 0.15


@pytest.mark.parametrize(
    ("refusal", "lacks", "instead"),
    [
        ("unsupported: response_format is not known here", "response_format", None),
        ("unsupported: use max_completion_tokens for max_tokens", "max_tokens", "max_completion_tokens"),
        ("unsupported: temperature must be left out", "temperature", None),
    ],
)
def test_what_a_server_does_not_know_is_left_out(faulty, refusal, lacks, instead):
    faulty.faults = [(400, refusal)]
    judging = judging_of(faulty)
    ask(judging)
    assert lacks in faulty.requests[0]
    assert all(lacks not in body and (instead is None or instead in body) for body in faulty.requests[1:])
    assert faulty.paid == 12


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((401, "bad key: ECHO"), r"OPENAI_API_KEY.*401.*\(key\)"),
        ((404, "no such model"), r"model m\b"),
        ((429, "insufficient_quota: pay first, ECHO"), r"credit.*\(key\)"),
        ((422, "what is this"), "what is this"),
    ],
)
def test_what_no_other_try_changes_ends_it_in_words_without_the_key(faulty, monkeypatch, fault, words):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    faulty.faults = [fault] * 100
    judging = judging_of(faulty)
    judging.start()
    until(lambda: not judging.state.active)
    assert re.search(words, judging.state.message)
    assert faulty.paid == 0
    home = judging.folder.parent.parent
    assert not [path for path in home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert judging.spent.paid == 0


def test_a_key_in_a_reply_is_not_kept(faulty, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    faulty.faults = [{"content": f"your key is {KEY}"}]
    judging = judging_of(faulty)
    ask(judging)
    assert ruled(judging)[0].forward.reply == "your key is (key)"


def test_a_server_that_is_away_ends_it_in_words(faulty):
    judging = judging_of(faulty, pairs(20))
    faulty.faults = [(500, "oops")] * 1000
    with pytest.raises(RpoError, match=r"500.*oops.*\d+ questions"):
        ask(judging, most=2)
    assert judging.spent.total == 0
    faulty.faults = [(500, "oops")] * 2
    with pytest.raises(RpoError, match=r"\b1 of 40\b"):
        ask(judging, most=2)
    ask(judging)
    assert faulty.paid == 40


def test_an_address_where_nobody_is_costs_nothing(faulty):
    judging = judging_of(faulty)
    nobody = begin(Plan(judging.plan.panel, type(judging.plan.judge)("http://127.0.0.1:9/v1", "m", price_in=5.0), 1.0))
    with pytest.raises(RpoError, match=r"address.*\d+ questions"):
        ask(nobody)
    assert nobody.spent.total == 0


def test_killed_it_goes_on_and_pays_nothing_stored_twice(faulty):
    faulty.delay = 0.05
    judging = judging_of(faulty, pairs(60), workers=4, cap=10.0)
    judging.start()
    until(lambda: judging.spent.paid > 20 * EACH)
    os.killpg(int((judging.folder / "pid").read_text()), signal.SIGKILL)
    until(lambda: judging.state.status is jobs.Status.LOST)
    questions = {question.key: question for question in judging.questions()}
    stored = JudgementCache(Ballots.here().database).said(judging.plan.judge.id, list(questions))
    assert 20 <= len(stored) < 120
    judging.start()
    until(lambda: not judging.state.active)
    assert judging.state.status is jobs.Status.DONE
    assert len(judge_votes(ruled(judging), judging.plan.judge)) == 60
    served = {key: faulty.answers[judging.plan.judge.instruction.messages(one)[1]["content"]] for key, one in questions.items()}
    assert {served[key] for key in stored} == {1}
    assert sum(served.values()) - len(served) <= 4  # those on their way when it was killed
    assert judging.spent.total >= faulty.paid * EACH * (1 - 1e-9)


def test_asked_to_stop_it_makes_no_further_call(faulty):
    faulty.delay = 0.05
    judging = judging_of(faulty, pairs(30), workers=2)
    judging.start()
    until(lambda: faulty.paid > 4)
    judging.stop()
    until(lambda: not judging.state.active)
    assert judging.state.status is jobs.Status.STOPPED
    paid = faulty.paid
    assert paid < 60
    assert judging.spent.paid == pytest.approx(paid * EACH)
    judging.start()
    until(lambda: not judging.state.active)
    assert faulty.paid == 60


def until(holds, seconds=60):
    for _ in range(seconds * 20):
        if holds():
            return
        time.sleep(0.05)
    pytest.fail("it did not come to that")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "JSON"),
        ("[]", "object"),
        ('{"panel": "p", "judge": {"kind": "oracle"}, "cap": 1, "workers": 2}', "judge.*oracle"),
        ('{"panel": "p", "judge": {"kind": "endpoint", "instruction": 3}, "cap": 1, "workers": 2}', "instruction|fields"),
        ('{"panel": "p", "judge": {"kind": "imported", "annotator": "x"}, "cap": 1, "workers": 2}', "asked"),
        ('{"panel": "p", "judge": {"kind": "rule"}, "cap": -1, "workers": 2}', r"cap.*\b0\b.*-1"),
        ('{"panel": "p", "judge": {"kind": "rule"}, "workers": 2}', "cap"),
    ],
)
def test_a_folder_edited_by_hand_is_named_and_the_others_stay(faulty, text, words):
    judging, other = judging_of(faulty), judging_of(faulty, pairs(2))
    (judging.folder / "plan.json").write_text(text)
    assert judgings(judging.folder.name) == ()
    assert [one.name for one in judgings(other.plan.panel)] == [other.name]
    (trouble,) = troubles()
    assert re.search(words, trouble)
    assert "plan.json" in trouble
