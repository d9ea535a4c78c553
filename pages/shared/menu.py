"""All pages, in four groups, and the bar that leads to them: the groups, and beside them the pages of the one that is open."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st

from rpo import weights

STYLE = """
.stApp .st-key-menu { position: fixed; top: 0; left: 1.25rem; z-index: 999991; width: auto; max-width: calc(100vw - 8rem);
  height: 3.25rem; padding-top: 0.9rem; overflow-x: auto; overflow-y: hidden; flex-wrap: nowrap }
.stApp [data-testid=stHeader] { background: color-mix(in srgb, Canvas 70%, transparent); backdrop-filter: blur(12px);
  height: 3.25rem; min-height: 0 } /* what scrolls goes below it */
.stApp .st-key-menu .stVerticalBlock { flex-wrap: nowrap; width: auto; flex: none; gap: 0.1rem }
.stApp .st-key-menu > div { width: auto; height: 1.6rem; flex: none }
.stApp :has(> .st-key-menu) { position: absolute }
.stApp .st-key-views { border-left: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding-left: 0.7rem;
  margin-left: 0.4rem }
.st-key-groups a p { font-weight: 600 }
@media (max-width: 760px) { .stApp .st-key-menu { left: 0.5rem; max-width: calc(100vw - 3.5rem); scrollbar-width: none } }
.st-key-lit-group a, .st-key-lit-view a { background: color-mix(in srgb, currentColor 9%, transparent) }
"""


@dataclass(frozen=True)
class Entry:
    """A page of the menu: its script, which also gives its address, its title and its icon."""

    script: str
    title: str
    icon: str

    def page(self, **more: Any) -> st.Page:
        """The page as Streamlit has it."""
        return st.Page(self.script, title=self.title, icon=f":material/{self.icon}:", **more)


SET_UP = Entry("setup.py", "Set up", "download")
GROUPS: dict[str, tuple[Entry, ...]] = {
    "Look": (
        Entry("explore.py", "Explore", "scatter_plot"),
        Entry("tune.py", "Tune", "tune"),
        Entry("data.py", "Data", "database"),
        Entry("health.py", "Health", "stethoscope"),
        Entry("compare.py", "Compare maps", "compare"),
    ),
    "Train": (Entry("train.py", "Train", "model_training"), Entry("watch.py", "Watch", "monitoring")),
    "Judge": (
        Entry("panels.py", "Panels", "groups"),
        Entry("vote.py", "Vote", "how_to_vote"),
        Entry("judge.py", "Model judge", "gavel"),
        Entry("results.py", "Results", "leaderboard"),
    ),
    "Learn": (Entry("learn.py", "Learn", "school"),),
}


def entries() -> Iterator[Entry]:
    """All pages in the menu's order; Set up is the last."""
    for views in GROUPS.values():
        yield from views
    yield SET_UP


def pages() -> list[st.Page]:
    """All pages for Streamlit's navigation; Explore lives at "/" and under its own name."""
    home, *others = entries()
    return [home.page(url_path="home", default=True), *(one.page() for one in others), home.page(url_path="explore")]


def menu(shown: st.Page) -> None:
    """Draw the bar; Set up is in it as long as weights lack."""
    open_group = next((views for views in GROUPS.values() if shown.title in {one.title for one in views}), ())
    with st.container(key="menu", horizontal=True):
        with st.container(key="groups", horizontal=True):
            for title, views in GROUPS.items():
                link(views[0], title, "lit-group" if views is open_group else "")
            if weights.missing():
                link(SET_UP, SET_UP.title, "lit-group" if shown.title == SET_UP.title else "")
        if len(open_group) > 1:
            with st.container(key="views", horizontal=True):
                for one in open_group:
                    link(one, one.title, "lit-view" if shown.title == one.title else "")


def link(entry: Entry, title: str, lit: str) -> None:
    """A way to a page; `lit` where the visitor is in it."""
    with st.container(key=lit or None, width="content"):
        st.page_link(entry.script, label=title)
