"""What a rater is sent does not depend on who wrote what, nor on which pairs come again: equal bytes through a whole seat."""

import itertools
import re

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from rpo.storage import digest
from rpo.voting import Answer, Ballots, Comparison, Options, practice_from_rows
from tests.pages.conftest import said as message
from tests.security.client import Tab, ask, component, pressed
from tests.security.conftest import serving

pytestmark = pytest.mark.server
PAIRS = 24
PRACTICE = practice_from_rows([{"prompt": "Why?", "A": "So.", "B": "Because.", "better": "B", "reason": "It says why."}])
EXTRAS = {"guideline": "# Be kind", "practice": PRACTICE, "second_rubric": "Shorter?", "strength": True, "differences": True}


def pairs(swapped=(), authors=("base", "tuned")):
    """Pairs with texts of equal lengths; in those of these numbers the other author wrote what the first had written."""
    found = []
    for number in range(PAIRS):
        texts = [f"an answer {number:02} {side}" for side in "xy"]
        first, second = reversed(texts) if number in swapped else texts
        found.append(Comparison(f"Question {number:02}?", Answer(first, authors[0]), Answer(second, authors[1])))
    return found


@pytest.fixture
def seat(tmp_path, monkeypatch):
    """`seat("a", comparisons)`: a home of this name with a panel of them, all that is random given, and Ann's link."""

    def made(name, comparisons, title="Round 1", secret="0"):
        draws = itertools.chain([secret], itertools.count(1))  # the first is the panel's own, from which a seat's order follows
        home = tmp_path / name
        home.mkdir()
        with monkeypatch.context() as patch:
            patch.setenv("RPO_HOME", str(home))
            patch.setattr("time.time_ns", lambda: 0)
            for draw in ("token_hex", "token_urlsafe"):
                patch.setattr(f"secrets.{draw}", lambda size=32: f"{next(draws):0>{size}}")
            ballots = Ballots()
            panel = ballots.make_panel(title, comparisons, "Which?", Options(repeats=2, **EXTRAS))
            token = ballots.invitations.invite(panel, "Ann")
            ballots.progress(panel, "Ann")  # what she will see is drawn now
        return home, token

    return made


def whole(home, token):
    """All that a rater's page sends, from the first pair to the last, with her votes looked at on the way."""
    said, votes = [], itertools.cycle(("Left is better", "Right is better", "Tie", "Both bad"))
    with serving(home) as server:
        answer = ask(server.port, f"/invite/{token}")
        query = answer.headers["location"].partition("?")[2]
        with Tab(server.port, answer.cookies) as tab:
            tab.send(query=query)
            page = tab.read()
            while paper := component(page):
                said.append(drawn(page))
                tab.send(query=query, widgets=pressed(paper, **what_next(paper.sent, votes)))
                page = tab.read()
            said.append(drawn(page))
    assert len(said) == PAIRS + 2 + 1 + 2
    return said


def what_next(sent, votes):
    """A word on a practice pair, then on, and on each pair a vote with all that is asked."""
    if sent["practice"] is not None:
        return {**message(sent, "Tie"), "act": "onward" if sent["practice"] else "practise"}
    vote = message(sent, next(votes), second="left", marked=True)
    return vote if vote["choice"] == "tie" else {**vote, "strength": "clearly"}


def drawn(messages):
    """The elements of a page, without what a session is called."""
    kept = [data for data in messages if ForwardMsg.FromString(data).WhichOneof("type") == "delta"]
    return b"".join(ForwardMsg.FromString(data).delta.SerializeToString(deterministic=True) for data in kept)


def test_two_panels_that_differ_in_who_wrote_what_send_equal_bytes(seat):
    first = whole(*seat("first", pairs()))
    assert whole(*seat("all", pairs(range(PAIRS)))) == first
    assert whole(*seat("some", pairs(range(0, PAIRS, 3), ("z", "a")))) == first


def test_seats_whose_order_sides_and_repeats_differ_send_equal_bytes_but_for_the_texts(seat):
    def veiled(said):
        for number, side in itertools.product(range(PAIRS), "xy"):
            said = [one.replace(f"an answer {number:02} {side}".encode(), b"A" * 14) for one in said]
            said = [one.replace(f"Question {number:02}?".encode(), b"Q" * 12) for one in said]
        return [re.sub(rb'"key": "[0-9a-f]{16}"', b"key", one) for one in said]  # made of the two texts alone

    first = whole(*seat("first", pairs()))
    second = whole(*seat("second", pairs(), secret="another"))
    assert first != second
    assert veiled(first) == veiled(second)


def test_nothing_that_a_rater_is_sent_can_be_made_from_a_guess_of_the_authors(seat):
    home, token = seat("first", pairs())
    said = b"".join(whole(home, token))
    for one in pairs():
        for prompt, (left, right) in itertools.product([one.prompt], itertools.permutations((one.first, one.second))):
            name = digest(prompt, left.author, left.text, right.author, right.text)
            for word in (name, digest(name, "again"), one.id, digest(one.id, "again")):
                assert word.encode() not in said
    assert not any(word in said for word in (b"tuned", b"candidate", b'"base"'))
