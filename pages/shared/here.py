"""Who is here, as the server found it when this connection was opened and as the database has it now.

Nothing is read from session state or a widget: a visitor can forge their ids. Without a server of ours (`app.py`) nobody is here.
"""

import logging
from functools import cache

import streamlit as st

from pages.shared import deep_link
from pages.shared.plain import trouble
from rpo.errors import RpoError
from rpo.hosts import LOOPBACK, public_url
from rpo.voting import LOCAL, SEAL, Access, Ballots, EditedError, Visit, Visitor, Who

LOG = logging.getLogger("rpo")
OWNERS_MATTER = "The votes database cannot be read. Its owner finds the reason on its machine, in the app's log."
CORNER = "position: fixed; top: 1.1rem; right: 1.5rem; z-index: 1000000; font-size: .875rem"
SIGN_OUT = f'<a href="/sign-out" target="_self" style="{CORNER}">Sign out</a>'  # for whoever came in by a cookie


def access() -> Access:
    """The door of this server, in front of the votes database of its home."""
    return _access(Ballots.here())


@cache
def _access(ballots: Ballots) -> Access:
    served = st.get_option("server.address") not in LOOPBACK or bool(public_url())
    return Access(ballots, network=served)


def visitor() -> Visitor:
    """Who is here; ask at every run."""
    found = Visit(st.context.headers.get(LOCAL) == SEAL, st.context.cookies.to_dict(), deep_link.asked("seat"))
    return access().visitor(found)


def shown(error: RpoError) -> str:
    """What is said of an error: a row that was edited names a pair, which is for the owner's eyes and the log alone."""
    if not isinstance(error, EditedError) or _opens_all():
        return str(error)
    LOG.error("%s", error)
    return OWNERS_MATTER


def _opens_all() -> bool:
    try:
        return visitor().opens_all
    except RpoError:  # who is here stands in rows that were edited too
        return False


def owner_only() -> Visitor:
    """The owner, or the one person on this machine; for anybody else the page ends here."""
    found = _known()
    if not found.opens_all:
        st.error("This page is the owner's. Open the link that was printed when the app started, or sign in.")
        st.stop()
    return found


def rater_or_owner() -> Visitor:
    """Whoever may vote; for a stranger the page ends here."""
    found = _known()
    if found.who is Who.STRANGER:
        trouble(found.trouble or "Raters come by the link that they were sent; the owner signs in.")
        st.stop()
    return found


def _known() -> Visitor:
    """Who is here; where the database cannot say so the page ends."""
    try:
        return visitor()
    except RpoError as error:
        trouble(shown(error))
        st.stop()


def by_organisation() -> tuple[str, ...]:
    """Whose sign-in by the organisation (OIDC, `[auth]` in Streamlit's secrets) makes them the owner; empty without one.

    They are named by e-mail in `[rpo] owners`; without that list nobody comes in this way.
    """
    try:
        named = st.secrets.get("rpo", {}).get("owners", ()) if "auth" in st.secrets else ()
    except FileNotFoundError:
        return ()
    return (named,) if isinstance(named, str) else tuple(named)


def sign_in() -> None:
    """For a stranger who has a connection: to the sign-in page, or by the organisation's own sign-in."""
    owners = by_organisation()
    if not owners:
        st.html('<a href="/sign-in" target="_self">Sign in</a>')
    elif not st.user.is_logged_in:
        st.button("Sign in with your organisation", on_click=st.login, type="primary")
    elif st.user.get("email") in owners and st.user.get("email_verified") is not False:
        go(f"/enter?token={access().ticket()}")
    else:
        st.error("This account is not one of this app's owners.")
        st.button("Use another account", on_click=st.logout)


def go(address: str) -> None:
    """Have the browser open this path of ours."""
    st.html(f"<script>location.replace({address!r})</script>", unsafe_allow_javascript=True)
