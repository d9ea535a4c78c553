"""Who may open what: alone on one's machine all, the owner all, an invitation one seat, a stranger nothing."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rpo.voting import Ballots
from rpo.voting.access import Access
from tests.pages.conftest import APP, drawn, named, press
from tests.voting.conftest import comparisons

SECRET = "correct horse battery"


@pytest.fixture
def come(rpo_home):
    """Open the app's root with these query parameters."""
    st.cache_resource.clear()

    def go(**parameters):
        at = AppTest.from_file(str(APP), default_timeout=60)
        for key, value in parameters.items():
            at.query_params[key] = value
        return drawn(at.run())

    return go


@pytest.fixture
def seated(browser):
    """`seated(token)`: this browser has opened that invitation's link; the seat's name in the address."""

    def take(token):
        door = Access(Ballots.here())
        found = door.ballots.invitations.enter(token)
        browser.cookies[door.seat_cookie(found.name)] = found.key
        return found.name

    return take


@pytest.fixture
def signed_in(browser):
    """A browser that is the owner's."""
    door = Access(Ballots.here())
    browser.cookies[door.cookie] = door.ballots.owner.sign_in()


def test_alone_all_pages_are_there_until_an_owner_is_set(come):
    assert [title.value for title in come().title] == ["Explore"]
    Ballots.here().owner.claim(SECRET)
    at = come()
    assert [title.value for title in at.title] == []
    assert named(at.error, "sign in")
    with pytest.raises(ValueError, match="Known pages"):
        at.switch_page("results.py")


@pytest.mark.parametrize("name", ["explore", "data", "health", "compare", "tune", "train", "watch", "panels", "judge", "results"])
def test_each_page_asks_by_itself_who_is_here(browser, name):
    browser.headers.clear()  # no server of ours has looked at this visitor
    at = drawn(AppTest.from_file(str(APP.parent / f"{name}.py"), default_timeout=60).run())
    assert named(at.error, "owner")
    assert [title.value for title in at.title] == []


@pytest.mark.parametrize("key", ["front", "owner", "seat", "invite", "visitor"])
def test_what_session_state_says_lets_nobody_in(come, browser, key):
    browser.headers.clear()
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.session_state[key] = True
    assert [title.value for title in drawn(at.run()).title] == []


def test_the_owners_cookie_opens_all_pages_until_it_ends(come, signed_in):
    Ballots.here().owner.claim(SECRET)
    at = come()
    assert [title.value for title in drawn(at.switch_page("results.py").run()).title] == ["Results"]
    Ballots.here().owner.change(SECRET, "another secret")
    assert [title.value for title in drawn(at.run()).title] == []


def test_an_invitation_opens_one_seat_and_nothing_else(come, seated):
    ballots = Ballots.here()
    panel = ballots.make_panel("Which?", comparisons(4), "Which is kinder?")
    token = ballots.invitations.invite(panel, "Ann")
    at = come(seat=seated(token))
    assert [title.value for title in at.title] == ["Vote"]
    assert named(at.caption, "Ann")
    assert len(at.get("bidi_component")) == 1
    assert len(at.selectbox) == len(at.text_input) == 0  # no other panel, no other name
    ballots.invitations.revoke(panel, "Ann")
    press(at, "Tie")
    assert named(drawn(at).error, "invitation", "taken back")
    assert ballots.votes(panel) == ()


def test_after_the_first_invitation_being_on_this_machine_opens_nothing(come):
    panel = Ballots.here().make_panel("Which?", comparisons(4))
    Ballots.here().invitations.invite(panel, "Ann")
    at = come()
    assert [title.value for title in at.title] == []
    Ballots.here().invitations.revoke(panel, "Ann")
    assert [title.value for title in come().title] == []  # a tunnel that was there for Ann may still be


def test_the_first_invitation_waits_until_this_browser_is_the_owners(visit):
    Ballots.here().make_panel("Which?", comparisons(4))
    at = visit("panels")
    assert any(one.label == "Make this browser the owner's" for one in at.button)
    assert not any(one.label.startswith("Make a link") for one in at.button)


def test_a_seat_in_the_address_is_not_enough(come, browser, seated):
    ballots = Ballots.here()
    panel = ballots.make_panel("Which?", comparisons(4))
    name = seated(ballots.invitations.invite(panel, "Ann"))
    browser.cookies.clear()
    assert [title.value for title in come(seat=name).title] == []
