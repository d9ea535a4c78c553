"""Who may do what: invitations, a rater's own rater_session, the owner's secret."""

import time

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


def test_several_are_invited_at_once_or_none(ballots):
    named = ballots.make_panel("named", comparisons(2), options=Options(raters=["Ann", "Bob"]))
    tokens = ballots.invitations.invite_all(named, [" Ann ", "Bob"], single=True)
    assert {name: ballots.invitations.enter(token).seat for name, token in tokens.items()} == {
        name: Seat(named, name) for name in ("Ann", "Bob")
    }
    with pytest.raises(RpoError, match="named.*Ann, Bob.*Eve"):
        ballots.invitations.invite_all(named, ["Ann", "Eve"])
    assert [(one.rater, one.single) for one in ballots.invitations.of(named)] == [("Ann", True), ("Bob", True)]


def test_a_revoked_or_unknown_token_is_refused(ballots, panel):
    ann, bob = (ballots.invitations.invite(panel, name) for name in ("Ann", "Bob"))
    assert vote_all(ballots.rater_session(ballots.invitations.admit(ann))) == 30
    ballots.invitations.revoke(panel, "Ann")
    with pytest.raises(RpoError, match="taken back"):
        ballots.invitations.admit(ann)
    for token in ("", "guess", ann[:-1], "\ud800"):
        with pytest.raises(RpoError, match="unknown"):
            ballots.invitations.admit(token)
    assert ballots.invitations.admit(bob).rater == "Bob"
    assert len(ballots.votes(panel)) == 30


def test_invitations_are_to_a_panel_that_is_there_and_to_its_raters(ballots):
    named = ballots.make_panel("named", comparisons(2), options=Options(raters=["Ann"]))
    assert ballots.invitations.admit(ballots.invitations.invite(named, "Ann")).rater == "Ann"
    with pytest.raises(RpoError, match="named.*Ann.*Bob"):
        ballots.invitations.invite(named, "Bob")
    with pytest.raises(RpoError, match="panel.*nowhere"):
        ballots.invitations.invite("nowhere", "Ann")


def test_a_rater_session_knows_only_its_own_ballots(ballots, panel):
    ann, bob = (ballots.rater_session(Seat(panel, name)) for name in ("Ann", "Bob"))
    ballot = ann.next()
    for act in (lambda: bob.cast(ballot, "left"), lambda: bob.skip(ballot)):
        with pytest.raises(RpoError, match="rater.*Ann"):
            act()
    ann.cast(ballot, "left")
    assert bob.earlier() == ()
    assert bob.undo() is None
    assert len(ann.earlier()) == 1


def test_the_owner_has_a_secret_that_is_set_once(ballots):
    assert not ballots.owner.known
    assert not ballots.owner.knows("")
    with pytest.raises(RpoError, match=r"\b8\b.*\b5\b"):
        ballots.owner.claim("short")
    ballots.owner.claim("a long secret")
    assert ballots.owner.known
    assert ballots.owner.knows("a long secret")
    assert not ballots.owner.knows("a long secreT")
    with pytest.raises(RpoError, match="once"):
        ballots.owner.claim("another secret")
    with ballots.database.engine.connect() as connection:
        assert "a long secret" not in str(connection.exec_driver_sql("select * from owner").all())


def test_a_changed_secret_and_a_sign_out_end_what_cookies_open(ballots):
    owner = ballots.owner
    owner.claim("a long secret")
    first, second = owner.sign_in(), owner.sign_in()
    assert owner.signed_in(first)
    assert not owner.signed_in("")
    owner.sign_out(first)
    assert (owner.signed_in(first), owner.signed_in(second)) == (False, True)
    with pytest.raises(RpoError, match="owner's secret"):
        owner.change("guess", "another secret")
    with pytest.raises(RpoError, match=r"\b8 characters"):
        owner.change("a long secret", "short")
    assert owner.signed_in(second)
    owner.change("a long secret", "another secret")
    assert (owner.signed_in(second), owner.knows("another secret"), owner.knows("a long secret")) == (False, True, False)
    third = owner.sign_in()
    owner.reset("a third secret")
    assert (owner.signed_in(third), owner.knows("a third secret")) == (False, True)


def test_a_browser_is_signed_in_for_a_month(ballots, monkeypatch):
    key = ballots.owner.sign_in()
    monkeypatch.setattr(time, "time", lambda real=time.time: real() + 31 * 86_400)
    assert not ballots.owner.signed_in(key)


def test_an_invitation_can_end_and_can_be_for_one_browser(ballots, panel, monkeypatch):
    invitations = ballots.invitations
    ends = invitations.invite(panel, "Ann", days=2)
    single = invitations.invite(panel, "Ben", single=True)
    assert invitations.admit(ends) == Seat(panel, "Ann")
    assert invitations.needs_a_press(single)
    taken = invitations.enter(single)
    assert invitations.admit(taken.key) == taken.seat == Seat(panel, "Ben")
    assert invitations.enter(single, taken.key).key == taken.key
    for key in (single, f"{single}.x", f"{ends}.{taken.key}"):
        with pytest.raises(RpoError, match="first|unknown"):
            invitations.admit(key) if key != f"{ends}.{taken.key}" else invitations.admit(key[1:])
    with pytest.raises(RpoError, match="first"):
        invitations.enter(single)
    with pytest.raises(RpoError, match=r"\b0 days.*-1"):
        invitations.invite(panel, "Ann", days=-1)
    assert [(one.open, one.single) for one in invitations.of(panel)] == [(True, False), (True, True)]
    monkeypatch.setattr(time, "time", lambda real=time.time: real() + 3 * 86_400)
    with pytest.raises(RpoError, match="expired"):
        invitations.admit(ends)
    assert [one.open for one in invitations.of(panel)] == [False, True]
