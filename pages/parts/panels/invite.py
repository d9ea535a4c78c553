"""Raters on the page Panels: links that let one in, and somebody new for one who drops out."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from pages.shared import here
from pages.shared.plain import plain
from rpo.glossary import quantity
from rpo.hosts import LOOPBACK, name_of, public_url
from rpo.voting import Ballots, Panel, Who, names_in


def replace(panel: Panel) -> None:
    st.caption("Votes stay; the pairs without one go to somebody new, who needs a link of their own. End the old link.")
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    gone = left.selectbox("Drops out", panel.raters)
    name = middle.text_input("Takes over", max_chars=40)
    if right.button("Hand over", disabled=not name.strip(), width="stretch"):
        count = Ballots.here().hand_over(panel.id, gone, name)
        st.toast(f"{quantity(count, 'pair now waits', 'pairs now wait')} for {plain(name)}")
        st.rerun()


def invite(panel: Panel) -> None:
    st.caption("A link opens the voting page alone, for one rater. It is shown once; new links can be given and old ones ended.")
    if here.visitor().who is Who.ALONE:
        first_invitation()
        return
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    names = wanted(panel, left)
    days = middle.number_input("Ends after days", 1, 365, None, placeholder="never")
    single = st.checkbox("For one browser: the first that opens the link. Without this it works on every device of the rater")
    label = "Make a link" if len(names) < 2 else f"Make {quantity(len(names), 'link')}"
    if right.button(label, disabled=not names, width="stretch", key="make-links"):
        links(Ballots.here().invitations.invite_all(panel.id, names, days, single))
    invited(panel)


def wanted(panel: Panel, place: Any) -> list[str]:
    """Who is to be invited: of a panel with named raters those without an open link, if nobody says otherwise."""
    if not panel.raters:
        return list(names_in(place.text_input("Raters' names", placeholder="Ann, Ben, Cleo")))
    there = {one.rater for one in Ballots.here().invitations.of(panel.id) if one.open}
    return place.multiselect("Raters", panel.raters, [name for name in panel.raters if name not in there])


def links(tokens: dict[str, str]) -> None:
    """One text with a line a rater, which one click copies."""
    root = address()
    st.code("\n".join(f"{name}: {root}/invite/{token}" for name, token in tokens.items()), language=None, wrap_lines=True)
    st.caption("Copy them all now: they cannot be shown again.")


def first_invitation() -> None:
    """Before somebody else can come in, this browser is made the owner's: being on this machine then proves nothing any more."""
    st.info(
        "Until now whoever sits at this machine opens every page. From the first invitation on, the app asks who is here. This "
        "browser will be yours; another one becomes yours by the link that is printed when the app starts, or by a secret (`rpo "
        "owner`)."
    )
    if st.button("Make this browser the owner's", type="primary"):
        here.go(f"/enter?token={here.access().ticket()}&to=/panels")


def address() -> str:
    """Where raters reach this app."""
    public = public_url()
    root = public or "/".join(str(st.context.url).split("/")[:3])
    if name_of(urlsplit(root).netloc) in LOOPBACK:
        st.warning("This address works on this machine alone. Start the app with `rpo --host` and `--public-url` for others.")
    return root


def invited(panel: Panel) -> None:
    for one in Ballots.here().invitations.of(panel.id):
        ends = "" if one.expires is None else f" until {datetime.fromtimestamp(one.expires):%d %b %Y}"
        state = f"open{ends}{', one browser' if one.single else ''}" if one.open else "ended"
        place = st.container(horizontal=True, vertical_alignment="center")
        place.text(f"{one.rater}: {state}")
        if one.open:
            key = f"revoke-{one.rater}-{one.created}"
            place.button("End", key=key, on_click=Ballots.here().invitations.revoke, args=(panel.id, one.rater))
