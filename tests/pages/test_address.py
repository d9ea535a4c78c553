"""Whatever stands in the address: no page shows a traceback, opens what it must not, or writes outside of the home."""

import pytest

from rpo import storage
from rpo.voting import Ballots
from tests.pages.conftest import named, press, words
from tests.pages.test_door import come, seated
from tests.runs.test_edited import made
from tests.voting.conftest import comparisons

pytestmark = pytest.mark.weights  # together they take seconds

__all__ = ["come", "seated"]
NAMES = ("data", "encoder", "prompt", "tau", "alpha", "k", "M", "seed", "beta", "batches", "reads", "rows")
NAMES += ("run", "sweep", "panel", "rater", "show", "seat", "invite", "step", "other", "at", "kind", "width")
VALUES = (
    *("", " ", "nan", "inf", "-1", "1e999", "0x10", "²", "٣", "9" * 5000, "1,2,²," + "9" * 5000, "null", "[]", "..", "CON"),
    *("../../etc/passwd", "/etc/passwd", "/dev/zero", "~nobody/x", ".hidden", "a\0b", "x" * 5000, "owner/name:split", "%00"),
    *("<script>alert(1)</script>", "'; DROP TABLE events; --", "![x](http://127.0.0.1:9/x.png)", "\u202e", "\U0001f600"),
)
PAGES = ("explore", "data", "health", "compare", "tune", "train", "watch", "panels", "vote", "results", "learn", "setup")


def odd(turn, names):
    """Each name with another value, in each turn with the next ones."""
    return {name: VALUES[(turn * len(names) + place) % len(VALUES)] for place, name in enumerate(names)}


@pytest.fixture
def furnished(rpo_home):
    """A run and a panel, so that pages have something to look for."""
    made()
    return Ballots.here().make_panel("Which?", comparisons(4), "Which is kinder?")


@pytest.mark.weights
@pytest.mark.parametrize("page", PAGES)
def test_odd_addresses_do_no_harm(visit, furnished, page):
    before = set(storage.home().parent.iterdir())
    for turn in range(5):
        visit(page, **odd(turn, NAMES))
    assert set(storage.home().parent.iterdir()) == before


@pytest.mark.parametrize(("page", "more"), [("tune", {}), ("learn", {"step": "5"})])
@pytest.mark.parametrize("tau", ["5000", "0", "0.0009", "x"])
def test_a_tau_outside_of_the_range_is_refused_in_words(visit, page, more, tau):
    assert named(visit(page, tau=tau, **more).warning, "tau", 0.001, 1000, tau)


@pytest.mark.parametrize(("page", "more"), [("tune", {}), ("learn", {"step": "5"})])
@pytest.mark.parametrize("tau", ["0.001", "0.0123", "50", "1000"])
def test_a_tau_within_the_range_is_taken_as_it_is(visit, page, more, tau):
    at = visit(page, tau=tau, **more)
    assert words(at.warning) == ""
    kept = at.session_state["tau"] if page == "tune" else at.session_state["lab_settings"]["tau"]
    assert float(kept) == float(tau)


@pytest.mark.weights
def test_odd_addresses_do_no_harm_where_the_map_is_drawn(visit, mapped):
    for page in ("explore", "data", "health", "compare", "tune"):
        for turn in range(6):
            assert words(visit(page, data="embedded", **odd(turn, NAMES[2:10])).error) == ""


@pytest.mark.weights
@pytest.mark.parametrize("name", ["panel", "rater", "run", "data"])
def test_an_invitation_stays_with_its_seat_whatever_else_is_asked(come, seated, furnished, name):
    ballots = Ballots.here()
    other = ballots.make_panel("Another", comparisons(6), "Which?")
    seat = seated(ballots.invitations.invite(furnished, "Ann"))
    for value in (other, "Ben", "../../etc/passwd", "votes.db"):
        at = come(seat=seat, **{name: value})
        assert named(at.caption, "Ann", "Which?")
        with pytest.raises(ValueError, match="Known pages"):
            at.switch_page("results.py")
        press(at, "Tie")
    assert {vote.rater for vote in ballots.votes(furnished)} == {"Ann"}
    assert ballots.votes(other) == ()
