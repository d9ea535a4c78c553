"""The app's front door: page config, who is here (owner or rater), navigation, three first hints; nothing else.

On a machine of one's own whoever opens it is the owner. Where a secret was set (`rpo owner`) it is asked for; an invitation opens
the voting page alone. A rule broken where no page could say so is said here.
"""

from typing import Any

import streamlit as st

from pages.shared.plain import trouble
from rpo import home, weights
from rpo.errors import RpoError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
TOUR = {
    "Explore": "Each point is a prompt, and near ones are alike. Click one: lines lead to those that RPO weighs it against.",
    "Tune": "Drag τ and watch the rows: how many rejected answers does each chosen one really meet?",
    "Train": "Start the run as it stands, some minutes on a laptop; Watch follows it, and then you judge its answers blind.",
}
NEXT = {"Explore": ("pages/tune.py", "Tune"), "Tune": ("pages/train.py", "Train")}


def pages(bare: bool) -> list[st.Page]:
    """All pages; the first to hand lives at "/" and, hidden from the menu, under its own name. Without weights it is Set up."""
    explore, start = ("pages/explore.py", "Explore", "scatter_plot"), ("pages/start.py", "Set up", "download")
    found = [
        page(*explore, "explore" if bare else "", default=not bare),
        page("pages/data.py", "Data", "database", visibility="hidden"),  # these three are reached from Explore
        page("pages/health.py", "Health", "stethoscope", visibility="hidden"),
        page("pages/compare.py", "Compare", "compare", visibility="hidden"),
        page("pages/tune.py", "Tune", "tune"),
        page("pages/train.py", "Train", "model_training"),
        page("pages/watch.py", "Watch", "monitoring"),
        page("pages/convene.py", "Panels", "groups"),
        page("pages/vote.py", "Vote", "how_to_vote"),
        page("pages/judge.py", "Judge", "gavel"),
        page("pages/results.py", "Results", "leaderboard"),
        page("pages/learn.py", "Learn", "school"),
        page(*start, "" if bare else "start", default=bare),
    ]
    return [*found, page(*start, "start", visibility="hidden") if bare else page(*explore, "explore", visibility="hidden")]


def page(path: str, title: str, icon: str, name: str | None = None, **more: Any) -> st.Page:
    """A page of the menu."""
    where = {} if name is None else {"url_path": name or "home"}
    return st.Page(path, title=title, icon=f":material/{icon}:", **where, **more)


def invited() -> bool:
    """Whether a rater came by a link; then all they can open is their seat."""
    if token := st.query_params.get("invite", st.session_state.get("invite", "")):
        st.session_state["invite"] = token
        from rpo.voting import Ballots  # opened only where somebody must be told from the owner

        st.session_state["seat"] = Ballots.here().invitations.admit(token)
    return bool(token)


def owned() -> bool:
    """Whether this visitor may see everything; where a secret was set it is asked for once a session."""
    alone = st.get_option("server.address") in LOOPBACK and not home.owned()
    if alone or st.session_state.get("owner"):
        return True
    from rpo.voting import Ballots

    owner = Ballots.here().owner
    if not owner.known:
        st.error("This app is open to a network and has no owner yet: run `rpo owner` on its machine, then come back.")
        return False
    secret = st.text_input("The owner's secret", type="password", help="Raters need none: they come by the link they were sent")
    if secret and owner.knows(secret):
        st.session_state["owner"] = True
        st.rerun()
    if secret:
        st.error("That is not the owner's secret.")
    return False


def door() -> list[st.Page]:
    """The pages for whoever is here."""
    if invited():
        return [st.Page("pages/vote.py", title="Vote", default=True)]
    return pages(bool(weights.missing())) if owned() else []


def tour(title: str) -> None:
    """Three hints for the first visit, each on its page, until they are put away."""
    if title not in TOUR or home.toured():
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="tour"):
        st.markdown(f":material/explore: **{list(TOUR).index(title) + 1} of {len(TOUR)}.** {TOUR[title]}")
        if title in NEXT:
            st.page_link(NEXT[title][0], label=f"Next: {NEXT[title][1]}", icon=":material/arrow_forward:")
        if st.button("Put the hints away", type="tertiary", icon=":material/close:"):
            home.toured(mark=True)
            st.rerun()


st.set_page_config(page_title="rpo", page_icon="⚖️", layout="wide")
st.html("<style>.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 2rem }</style>")
st.session_state["front"] = True
try:
    found = door()
    shown = st.navigation(
        found or [st.Page(st.stop, title="rpo", url_path="door")], position="top" if len(found) > 1 else "hidden"
    )
    st.set_page_config(page_title=f"{shown.title} · rpo" if found else "rpo")
    tour(shown.title)
    shown.run()
except (RpoError, OSError) as error:
    st.navigation([st.Page(st.stop, title="rpo", url_path="door")], position="hidden")
    trouble(error)
