"""Who may open what: a machine of one's own asks nothing, an owner's secret opens all pages, an invitation one seat."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from rpo import home
from rpo.voting import Ballots
from tests.pages.conftest import APP, drawn, words
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


def owned():
    Ballots().owner.claim(SECRET)
    home.owned(mark=True)


def test_the_owner_is_asked_once_a_session(come):
    owned()
    at = come()
    assert [title.value for title in at.title] == []
    at.text_input[0].set_value("guess").run()
    assert "not the owner's secret" in words(drawn(at).error)
    at.text_input[0].set_value(SECRET).run()
    assert [title.value for title in drawn(at).title] == ["Set up"]  # this home has no weights yet
    at.switch_page("pages/results.py").run()
    assert [title.value for title in drawn(at).title] == ["Results"]


def test_without_the_secret_no_page_is_there(come):
    owned()
    at = come()
    with pytest.raises(ValueError, match=r"Known pages: \['rpo'\]"):
        at.switch_page("pages/results.py")


def test_an_invitation_opens_one_seat_and_nothing_else(come):
    owned()
    ballots = Ballots()
    panel = ballots.make_panel("Which?", comparisons(4), "Which is kinder?")
    token = ballots.invitations.invite(panel, "Ann")
    at = come(invite=token)
    assert [title.value for title in at.title] == ["Vote"]
    assert "voting as **Ann**" in words(at.caption)
    assert len(at.get("bidi_component")) == 1
    assert len(at.selectbox) == len(at.text_input) == 0  # no other panel, no other name
    ballots.invitations.revoke(panel, "Ann")
    next(one for one in at.button if one.label == "Tie").click().run()
    assert "this one was taken back" in words(drawn(at).error)
    assert ballots.votes(panel) == ()


@pytest.mark.parametrize("token", ["nonsense", "'; DROP TABLE events; --", "x" * 10_000])
def test_a_token_that_is_none_opens_nothing(come, token):
    at = come(invite=token)
    assert "an invitation must be one the owner gave" in words(at.error)
    assert [title.value for title in at.title] == []


def test_an_app_open_to_a_network_wants_an_owner(come, monkeypatch):
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else option(name))
    at = come()
    assert "run `rpo owner` on its machine" in words(at.error)
    assert [title.value for title in at.title] == []
