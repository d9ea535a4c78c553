"""The example that comes with the package: said in words wherever it is shown, and a button that removes it for good."""

import streamlit as st

from pages.shared import deep_link
from pages.shared.session import session
from rpo import example
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.runs import Run
from rpo.voting import Ballots, Panel


def about_votes(panel: Panel) -> None:
    """Say of an example that rules cast its votes, and which; nothing of other panels."""
    if panel.example:
        st.caption(f":material/science: {example.ABOUT_VOTES} {example.ABOUT_RULES}")


def about_votes_beside_a_pair(panel: Panel) -> None:
    """The same where a pair needs the room: the rules on hover."""
    if panel.example:
        st.caption(f":material/science: {example.ABOUT_VOTES}", help=example.ABOUT_RULES)


def about_run(run: Run) -> None:
    """Say of an example that it was trained elsewhere and lacks its adapter; nothing of other runs."""
    if run.example:
        st.caption(f":material/science: {example.ABOUT_RUN}")


def to_panel() -> None:
    """What the example offers in the place of a panel of its answers: the one that it comes with, and its end."""
    panel = next((one for one in Ballots.here().panels() if one.example), None)
    if panel is not None:
        pairs = f"{quantity(panel.comparisons, 'pair')} of its answers are on a panel."
        st.caption(f"{pairs} To judge a run of your own, start one on Train.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if panel is not None:
            st.page_link("vote.py", label="Vote", icon=":material/how_to_vote:", query_params={"panel": panel.id})
            st.page_link("results.py", label="Results", icon=":material/leaderboard:", query_params={"panel": panel.id})
        to_remove()


def to_remove() -> None:
    """A button that takes run, panel and votes away."""
    what = "Takes the example run, its panel and all votes on it away, your own too. It does not come back"
    st.button("Remove the example", icon=":material/delete:", on_click=remove, help=what)


def remove() -> None:
    try:
        example.remove(Ballots.here())
    except RpoError as error:
        session.trouble = str(error)
        return
    deep_link.drop("run")
    deep_link.drop("panel")
    del session.watched
