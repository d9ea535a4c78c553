"""Earlier votes on the page Vote: the rater's own, to look at or to change."""

import streamlit as st

from pages.shared.plain import plain
from pages.shared.session import session
from rpo import preferences
from rpo.voting import Ballot, Choice, EarlierVote, RaterSession, VoteContent

SAID = {Choice.LEFT: "A (left)", Choice.RIGHT: "B (right)", Choice.TIE: "tie"}
LISTED = 50  # votes that are listed
LINE = 90  # characters of their prompts


def changed(rater_session: RaterSession) -> tuple[Ballot, VoteContent] | None:
    """The earlier pair that the rater opened again, and what they said of it."""
    asked = session.changing
    found = [(one.ballot, one.word) for one in rater_session.earlier() if one.ballot.showing == asked] if asked else []
    return found[0] if found else None


def looking_back(rater_session: RaterSession) -> None:
    """The rater's earlier votes, read only while the section is open; a press opens one again."""
    section = st.expander("Your votes so far, to look at or change", key="back", on_change="rerun")
    if not section.open:
        return
    earlier = {one.ballot.showing: one for one in rater_session.earlier()}
    with section:
        if not earlier:
            st.caption("None yet.")
        for name, one in list(earlier.items())[:LISTED]:
            st.button(as_said(one), key=f"open-{name}", type="tertiary", on_click=reopen, args=(name,))


def as_said(one: EarlierVote) -> str:
    bad = ", both bad" if one.word.both_bad else ""
    return f"{SAID[one.word.choice]}{bad}: {plain(preferences.headline(one.ballot.prompt, LINE))}"


def reopen(name: str) -> None:
    session.changing = name
