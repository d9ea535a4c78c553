"""Whether a panel is finished: only a list of raters that is closed has an end."""

from contextlib import suppress

import pytest

from rpo.errors import RpoError
from rpo.statistics import Looks, ending
from rpo.voting import Options, Seat
from tests.voting.conftest import comparisons, vote_all

NAMED = ("Ann", "Ben")


def made(ballots, raters=()):
    return ballots.make_panel("p", comparisons(4), options=Options(repeats=0, raters=raters))


def sit(ballots, panel, name, count=None):
    rater_session = ballots.rater_session(Seat(panel, name))
    if count is None:
        vote_all(rater_session)
    for _ in range(count or 0):
        rater_session.cast(rater_session.next(), "left")


@pytest.mark.weights
@pytest.mark.parametrize(
    ("raters", "acts", "look", "why", "late"),
    [
        ((), ["Ann"], Looks.ALWAYS, "whoever says a name may vote", ()),
        ((), ["Ann", "Ben", "Cleo"], Looks.ALWAYS, "whoever says a name may vote", ()),
        ((), ["Ann", "Ben 2"], Looks.ALWAYS, "whoever says a name may vote", ("Ben",)),
        (NAMED, ["Ann"], Looks.ALWAYS, "Not all have finished (Ben)", ("Ben",)),
        (NAMED, ["Ann", "Ben 3"], Looks.ALWAYS, "Not all have finished (Ben)", ("Ben",)),
        (NAMED, ["Ann", "Ben"], Looks.ONCE, "All raters who were named", ()),
        ((), ["invite Ann", "invite Ben", "Ann", "Ben"], Looks.ONCE, "All raters who were invited", ()),
        ((), ["invite Ann", "invite Ann", "Ann"], Looks.ONCE, "All raters who were invited", ()),
        ((), ["invite Ann", "invite Ben", "Ann"], Looks.ALWAYS, "Not all have finished (Ben)", ("Ben",)),
        ((), ["invite Ann", "invite Ben", "Ann", "end Ben"], Looks.ALWAYS, "Not all have finished (Ben)", ("Ben",)),
        ((), ["invite Ann", "Ann", "Ben"], Looks.ALWAYS, "Ben came without an invitation", ()),
        ((), ["invite Ann", "Ann 2", "invite Ben", "Ann", "Ben"], Looks.ONCE, "All raters who were invited", ()),
        (
            (),
            ["invite Ann", "Ann", "invite Ben", "Ben"],
            Looks.ALWAYS,
            "Ben was invited when all invited before had finished",
            (),
        ),
        (NAMED, ["invite Ann", "Ann", "invite Ben", "Ben"], Looks.ONCE, "All raters who were named", ()),
    ],
)
def test_a_panel_is_finished_when_a_closed_list_of_raters_is(ballots, raters, acts, look, why, late):
    panel = made(ballots, raters)
    for act in acts:
        match act.split():
            case ["invite", name]:
                ballots.invitations.invite(panel, name)
            case ["end", name]:
                ballots.invitations.revoke(panel, name)
            case [name, count]:
                sit(ballots, panel, name, int(count))
            case _:
                sit(ballots, panel, act)
    found = ending(ballots.attendance(panel))
    assert (found.look, found.late) == (look, late)
    assert why in found.why


def test_a_panel_of_names_lets_nobody_else_vote_so_its_list_is_closed(ballots):
    panel = made(ballots, NAMED)
    with pytest.raises(RpoError):
        sit(ballots, panel, "Cleo")
    for name in NAMED:
        sit(ballots, panel, name)
    with suppress(RpoError):
        ballots.hand_over(panel, "Ann", "Cleo")
    assert ending(ballots.attendance(panel)).look is Looks.ONCE
