"""What a visitor finds: who is here (owner or rater), navigation, three first hints. `app.py` serves this script."""

import streamlit as st

from pages.shared import here, menu
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from rpo import jobs, storage, weights
from rpo.errors import RpoError
from rpo.voting import Visitor, Who

TOUR = {
    "Explore": "Each point is a prompt, and near ones are alike. Click one: lines lead to those that RPO weighs it against.",
    "Tune": "Drag τ and watch the rows: how many rejected answers does each chosen one really meet?",
    "Train": "Start the run as it stands, some minutes on a laptop; Watch follows it, and then you judge its answers blind.",
}
NEXT = {"Explore": ("tune.py", "Tune"), "Tune": ("train.py", "Train")}


def offered(visitor: Visitor) -> list[st.Page]:
    """The pages for whoever is here."""
    if visitor.opens_all:
        return menu.pages()
    return [st.Page("vote.py", title="Vote", default=True)] if visitor.who is Who.RATER else []


def tour(title: str) -> None:
    """Three hints for the first visit, each on its page, until they are put away."""
    if title not in TOUR or storage.toured():
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour"):
        st.markdown(f":material/explore: **{list(TOUR).index(title) + 1} of {len(TOUR)}.** {TOUR[title]}")
        if title in NEXT:
            st.page_link(NEXT[title][0], label=f"Next: {NEXT[title][1]}", icon=":material/arrow_forward:")
        if st.button("Put the hints away", type="tertiary", icon=":material/close:"):
            storage.toured(mark=True)
            st.rerun()


def fetching(title: str) -> None:
    """How far the demo weights are, on every page but the one that says it already."""
    if title != menu.SET_UP.title and weights.missing() and jobs.look(weights.fetching()).active:
        with st.container(key="fetching", border=True):
            follow(weights.fetching(), "Fetching the demo models, for runs and for data of your own: ")


def nothing() -> None:
    """No page at all, whichever address was opened; with fewer Streamlit would cover what we say by its own words."""
    paths = [one.url_path or "home" for one in menu.pages()]
    st.navigation([st.Page(st.stop, title="rpo", url_path=path) for path in paths], position="hidden")


def stranger(said: str) -> None:
    """Somebody whose sign-in or invitation ended while the page was open, or who comes by the organisation's own sign-in."""
    nothing()
    st.error(plain(said) if said else "This app asks who is here: open the link that was printed when it started, or sign in.")
    here.sign_in()


st.set_page_config(page_title="rpo", page_icon="⚖️", layout="wide")
try:
    visitor = here.visitor()
    if visitor.who in (Who.OWNER, Who.RATER):
        st.html(here.SIGN_OUT)
    found = offered(visitor)
    if not found:
        stranger(visitor.trouble)
        st.stop()
    shown = st.navigation(found, position="hidden")
    st.set_page_config(page_title=f"{shown.title} · rpo")
    if visitor.opens_all:
        menu.menu(shown)
        fetching(shown.title)
        tour(shown.title)
    shown.run()
except (RpoError, OSError) as error:
    nothing()
    trouble(error)
