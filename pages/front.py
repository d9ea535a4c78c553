"""What a visitor finds: who is here (owner or rater), navigation, three first hints. `app.py` serves this script."""

from typing import Any

import streamlit as st

from pages.shared import here
from pages.shared.job_progress import follow
from pages.shared.plain import plain, trouble
from rpo import jobs, storage, weights
from rpo.errors import RpoError
from rpo.voting import Visitor, Who

STYLE = "<style>.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 2rem } .st-key-tour { padding: 0.2rem 1rem }"
STYLE += ".st-key-fetching { position: fixed; right: 1rem; bottom: 1rem; width: 24rem; z-index: 9; background: Canvas } "
STYLE += "[data-testid=stText] { unicode-bidi: plaintext; text-align: start }</style>"  # of people: each its own direction
TOUR = {
    "Explore": "Each point is a prompt, and near ones are alike. Click one: lines lead to those that RPO weighs it against.",
    "Tune": "Drag τ and watch the rows: how many rejected answers does each chosen one really meet?",
    "Train": "Start the run as it stands, some minutes on a laptop; Watch follows it, and then you judge its answers blind.",
}
EXPLORE, SETUP = ("explore.py", "Explore", "scatter_plot"), ("setup.py", "Set up", "download")
FROM_EXPLORE = (("data.py", "Data", "database"), ("health.py", "Health", "stethoscope"), ("compare.py", "Compare", "compare"))
MENU = (
    ("tune.py", "Tune", "tune"),
    ("train.py", "Train", "model_training"),
    ("watch.py", "Watch", "monitoring"),
    ("panels.py", "Panels", "groups"),
    ("vote.py", "Vote", "how_to_vote"),
    ("judge.py", "Judge", "gavel"),
    ("results.py", "Results", "leaderboard"),
    ("learn.py", "Learn", "school"),
)
NEXT = {"Explore": ("tune.py", "Tune"), "Tune": ("train.py", "Train")}


def pages(bare: bool) -> list[st.Page]:
    """All pages; Explore lives at "/" and, hidden from the menu, under its own name. Set up is in it as long as weights lack."""
    hidden = [page(*about, visibility="hidden") for about in FROM_EXPLORE]
    own_name = page(*EXPLORE, "explore", visibility="hidden")
    last = page(*SETUP, visibility="visible" if bare else "hidden")
    return [page(*EXPLORE, "", default=True), *hidden, *(page(*about) for about in MENU), last, own_name]


def page(path: str, title: str, icon: str, name: str | None = None, **more: Any) -> st.Page:
    """A page of the menu."""
    where = {} if name is None else {"url_path": name or "home"}
    return st.Page(path, title=title, icon=f":material/{icon}:", **where, **more)


def offered(visitor: Visitor) -> list[st.Page]:
    """The pages for whoever is here."""
    if visitor.opens_all:
        return pages(bool(weights.missing()))
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
    if title != SETUP[1] and weights.missing() and jobs.look(weights.fetching()).active:
        with st.container(key="fetching", border=True):
            follow(weights.fetching(), "Fetching the demo models, for runs and for data of your own: ")


def nothing() -> None:
    """No page at all, whichever address was opened; with fewer Streamlit would cover what we say by its own words."""
    paths = [one.url_path or "home" for one in pages(bare=False)]
    st.navigation([st.Page(st.stop, title="rpo", url_path=path) for path in paths], position="hidden")


def stranger(said: str) -> None:
    """Somebody whose sign-in or invitation ended while the page was open, or who comes by the organisation's own sign-in."""
    nothing()
    st.error(plain(said) if said else "This app asks who is here: open the link that was printed when it started, or sign in.")
    here.sign_in()


st.set_page_config(page_title="rpo", page_icon="⚖️", layout="wide")
try:
    visitor = here.visitor()
    st.html(STYLE + (here.SIGN_OUT if visitor.who in (Who.OWNER, Who.RATER) else ""))
    found = offered(visitor)
    if not found:
        stranger(visitor.trouble)
        st.stop()
    shown = st.navigation(found, position="top" if len(found) > 1 else "hidden")
    st.set_page_config(page_title=f"{shown.title} · rpo")
    if visitor.opens_all:
        fetching(shown.title)
        tour(shown.title)
    shown.run()
except (RpoError, OSError) as error:
    nothing()
    trouble(error)
