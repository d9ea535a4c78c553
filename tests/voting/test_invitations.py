"""Who may do what: invitations, a rater's own booth, the owner's secret."""

import pytest

from rpo.errors import RpoError
from rpo.voting import Options, Seat
from tests.voting.conftest import comparisons, vote_all


def test_a_token_opens_one_seat_and_is_kept_as_a_hash(ballots, panel):
    token = ballots.invitations.invite(panel, " Ann ")
    assert ballots.invitations.admit(token) == Seat(panel, "Ann")
    assert len(token) >= 43
    assert token != ballots.invitations.invite(panel, "Ann")
    with ballots.database.engine.connect() as connection:
        stored = str(connection.exec_driver_sql("select * from invitations").all())
    assert token not in stored
    assert [(one.rater, one.revoked) for one in ballots.invitations.of(panel)] == [("Ann", None)] * 2


def test_a_revoked_or_unknown_token_is_refused(ballots, panel):
    ann, bob = (ballots.invitations.invite(panel, name) for name in ("Ann", "Bob"))
    assert vote_all(ballots.booth(ballots.invitations.admit(ann))) == 30
    ballots.invitations.revoke(panel, "Ann")
    with pytest.raises(RpoError, match="was taken back; ask the owner"):
        ballots.invitations.admit(ann)
    for token in ("", "guess", ann[:-1], "\ud800"):
        with pytest.raises(RpoError, match="is unknown; ask the owner"):
            ballots.invitations.admit(token)
    assert ballots.invitations.admit(bob).rater == "Bob"
    assert len(ballots.votes(panel)) == 30


def test_invitations_are_to_a_panel_that_is_there_and_to_its_raters(ballots):
    named = ballots.make_panel("named", comparisons(2), options=Options(raters=["Ann"]))
    assert ballots.invitations.admit(ballots.invitations.invite(named, "Ann")).rater == "Ann"
    with pytest.raises(RpoError, match="the raters of named are Ann, got Bob"):
        ballots.invitations.invite(named, "Bob")
    with pytest.raises(RpoError, match="there must be a panel 'nowhere'"):
        ballots.invitations.invite("nowhere", "Ann")


def test_a_booth_knows_only_its_own_ballots(ballots, panel):
    ann, bob = (ballots.booth(Seat(panel, name)) for name in ("Ann", "Bob"))
    ballot = ann.next()
    for act in (lambda: bob.cast(ballot, "left"), lambda: bob.skip(ballot)):
        with pytest.raises(RpoError, match="must be the rater's own, got one of Ann"):
            act()
    ann.cast(ballot, "left")
    assert bob.earlier() == ()
    assert bob.undo() is None
    assert len(ann.earlier()) == 1


def test_the_owner_has_a_secret_that_is_set_once(ballots):
    assert not ballots.owner.known
    assert not ballots.owner.knows("")
    with pytest.raises(RpoError, match="at least 8 characters, got 5"):
        ballots.owner.claim("short")
    ballots.owner.claim("a long secret")
    assert ballots.owner.known
    assert ballots.owner.knows("a long secret")
    assert not ballots.owner.knows("a long secreT")
    with pytest.raises(RpoError, match="is set once"):
        ballots.owner.claim("another secret")
    with ballots.database.engine.connect() as connection:
        assert "a long secret" not in str(connection.exec_driver_sql("select * from owner").all())
