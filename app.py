"""The app's front door: page config and navigation; nothing else. A rule broken where no page could say so is said here."""

from typing import Any

import streamlit as st

from rpo import weights
from rpo.errors import RpoError


def pages(bare: bool) -> list[st.Page]:
    """All pages; the first to hand lives at "/" and, hidden from the menu, under its own name. Without weights it is Set up."""
    explore, start = ("pages/explore.py", "Explore", "scatter_plot"), ("pages/start.py", "Set up", "download")
    found = [
        page(*explore, "explore" if bare else "", default=not bare),
        page("pages/compare.py", "Compare", "compare", visibility="hidden"),  # reached from Explore
        page("pages/tune.py", "Tune", "tune"),
        page("pages/train.py", "Train", "model_training"),
        page("pages/watch.py", "Watch", "monitoring"),
        page("pages/vote.py", "Vote", "how_to_vote"),
        page("pages/results.py", "Results", "leaderboard"),
        page("pages/learn.py", "Learn", "school"),
        page(*start, "" if bare else "start", default=bare),
    ]
    return [*found, page(*start, "start", visibility="hidden") if bare else page(*explore, "explore", visibility="hidden")]


def page(path: str, title: str, icon: str, name: str | None = None, **more: Any) -> st.Page:
    """A page of the menu."""
    where = {} if name is None else {"url_path": name or "home"}
    return st.Page(path, title=title, icon=f":material/{icon}:", **where, **more)


st.set_page_config(page_title="rpo", page_icon="⚖️", layout="wide")
st.html("<style>.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 2rem }</style>")
st.session_state["front"] = True
try:
    st.navigation(pages(bool(weights.missing())), position="top").run()
except (RpoError, OSError) as error:
    st.error(str(error))
