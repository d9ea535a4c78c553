"""Who is here: one table of what a server knows of a visit, and what follows."""

import time

import pytest

from rpo.voting import Ballots, Options, Seat
from rpo.voting.access import Access, Visit, Visitor, Who
from tests.voting.conftest import comparisons, vote_all

NEAR, FAR = True, False


@pytest.fixture
def door():
    ballots = Ballots("sqlite://")
    ballots.make_panel("Round 1", comparisons(3))
    return Access(ballots)


def shut_by_an_owner(door):
    door.ballots.owner.claim("a long secret")


def shut_by_an_invitation(door):
    door.ballots.invitations.invite(door.ballots.panels()[0].id, "Ann")


def shut_by_a_revoked_invitation(door):
    shut_by_an_invitation(door)
    door.ballots.invitations.revoke(door.ballots.panels()[0].id, "Ann")


def shut_by_a_network(door):
    door.network = True


def open_still(door):
    pass


@pytest.mark.parametrize(
    ("state", "local", "who"),
    [
        (open_still, NEAR, Who.ALONE),
        (open_still, FAR, Who.STRANGER),
        (shut_by_an_owner, NEAR, Who.STRANGER),
        (shut_by_an_invitation, NEAR, Who.STRANGER),
        (shut_by_a_revoked_invitation, NEAR, Who.STRANGER),
        (shut_by_a_network, NEAR, Who.STRANGER),
        (shut_by_a_network, FAR, Who.STRANGER),
    ],
)
def test_being_on_this_machine_is_enough_until_the_door_is_shut(door, state, local, who):
    state(door)
    assert door.visitor(Visit(local, {})) == Visitor(who)
    assert door.visitor(Visit(local, {"rpo": "x", door.cookie: "x", door.seat_cookie("x"): "x"})).who in (who, Who.STRANGER)
    key = door.redeem(door.start)
    assert door.visitor(Visit(FAR, {door.cookie: key})).who is Who.OWNER


def test_the_word_of_the_start_works_again_a_ticket_once_and_not_for_long(door, monkeypatch):
    assert None not in (door.redeem(door.start), door.redeem(door.start))
    word, late = door.ticket(), door.ticket()
    assert (door.redeem(word) is None, door.redeem(word)) == (False, None)
    assert {door.redeem(guess) for guess in ("", "x", "é", door.start[:-1], "\ud800"[:0])} == {None}
    monkeypatch.setattr(time, "time", lambda real=time.time: real() + 121)
    assert door.redeem(late) is None


def test_servers_of_two_databases_do_not_share_a_cookie(door, tmp_path):
    assert door.cookie != Access(Ballots(f"sqlite:///{tmp_path / 'other.db'}")).cookie


def test_a_seat_is_the_one_that_the_address_names(door):
    panel = door.ballots.panels()[0].id
    seats = [door.ballots.invitations.enter(door.ballots.invitations.invite(panel, name)) for name in ("Ann", "Ben")]
    cookies = {door.seat_cookie(one.name): one.key for one in seats}
    for one in seats:
        assert door.visitor(Visit(FAR, cookies, one.name)).seat == one.seat
    assert door.visitor(Visit(FAR, cookies)).who is Who.RATER
    door.ballots.invitations.revoke(panel, "Ann")
    gone = door.visitor(Visit(FAR, cookies, seats[0].name))
    assert (gone.who, "taken back" in gone.trouble) == (Who.STRANGER, True)
    assert door.visitor(Visit(FAR, cookies)).seat == Seat(panel, "Ben")


def test_a_raters_own_list_does_not_tell_which_pairs_came_twice(door):
    panel = door.ballots.make_panel("Round 2", comparisons(30), options=Options(repeats=2))
    rater_session = door.ballots.rater_session(Seat(panel, "Ann"))
    assert vote_all(rater_session) == 32
    listed = [one.ballot.prompt for one in rater_session.earlier()]
    assert len(listed) == len(set(listed)) == 30


def test_what_a_ballot_tells_is_not_made_of_the_pair(door):
    first, second = (door.ballots.make_panel("the same", comparisons(12)) for _ in range(2))
    ballots = [door.ballots.rater_session(Seat(panel, "Ann")).next() for panel in (first, second)]
    known = {name for panel in (first, second) for name in door.ballots.comparisons(panel)}
    assert ballots[0].showing != ballots[1].showing
    assert not {one.showing for one in ballots} & known
