"""The app's front door: page config and navigation; nothing else. A rule broken where no page could say so is said here."""

import streamlit as st

from rpo import weights
from rpo.errors import RpoError


def pages(bare: bool) -> list[st.Page]:
    """All pages; without weights Set up comes first to hand."""
    return [
        st.Page("pages/explore.py", title="Explore", icon=":material/scatter_plot:", default=not bare),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:", visibility="hidden"),  # reached from Explore
        st.Page("pages/tune.py", title="Tune", icon=":material/tune:"),
        st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("pages/watch.py", title="Watch", icon=":material/monitoring:"),
        st.Page("pages/vote.py", title="Vote", icon=":material/how_to_vote:"),
        st.Page("pages/results.py", title="Results", icon=":material/leaderboard:"),
        st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
        st.Page("pages/start.py", title="Set up", icon=":material/download:", default=bare),
    ]


st.set_page_config(page_title="rpo", page_icon="⚖️", layout="wide")
st.html("<style>.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 2rem }</style>")
st.session_state["front"] = True
try:
    st.navigation(pages(bool(weights.missing())), position="top").run()
except (RpoError, OSError) as error:
    st.error(str(error))
