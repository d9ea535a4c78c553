"""The app's front door: page config and navigation; nothing else."""

import streamlit as st

from rpo import weights

st.set_page_config(page_title="rpo", page_icon=":material/hub:", layout="wide")

bare = bool(weights.missing())
pages = [
    st.Page("pages/explore.py", title="Explore", icon=":material/scatter_plot:", default=not bare),
    st.Page("pages/tune.py", title="Tune", icon=":material/tune:"),
    st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
    st.Page("pages/vote.py", title="Vote", icon=":material/how_to_vote:"),
    st.Page("pages/results.py", title="Results", icon=":material/leaderboard:"),
    st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
    st.Page("pages/start.py", title="Set up", icon=":material/download:", default=bare),
]
st.html("<style>.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 2rem }</style>")
st.navigation(pages, position="top").run()
