"""Learn: how RPO differs from DPO, by playing with a policy of eight prompts."""

import streamlit as st

from rpo.charts.toy import outcome_figure, path_figure, place_figure, weights_figure
from rpo.training.toy import ANSWERS, Method, Toy, train_toy

TAUS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0]


def idea() -> None:
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        st.markdown("**DPO** compares the two answers to *one* prompt: chosen against its own rejected.")
        st.latex(r"-\log\sigma\big(\beta\,(c_i - r_i)\big)")
    with right.container(border=True, height="stretch"):
        st.markdown("**RPO** compares *every* chosen with *every* rejected answer, weighted by how alike their prompts are.")
        st.latex(r"-\log\sigma\big(\beta\,W_{ij}\,(c_i - r_j)\big),\quad W_{ij}\propto e^{-d_{ij}/\tau}")
    st.caption(
        "c and r are log-ratios: how much likelier the policy finds an answer than its reference does; d is one minus the "
        "cosine of two prompts' embeddings. "
        "Relative Preference Optimization, Yin et al., arXiv 2402.10958."
    )


def world(toy: Toy, tau: float) -> None:
    left, right = st.columns(2)
    left.markdown(
        "**Eight prompts** on a half circle: near ones are alike. "
        "Blue has a pair ✓ ✗, orange only a liked ✓ or a disliked ✗ answer, grey none."
    )
    left.plotly_chart(place_figure(toy), key="place")
    right.markdown(f"**Weights** at τ = {tau:g}: row by row, which disliked answers a liked one is held against")
    right.plotly_chart(weights_figure(toy, tau), key="weights")


def outcome(toy: Toy, tau: float, steps: int) -> None:
    runs = [train_toy(toy, method, tau, steps=steps) for method in Method]
    st.plotly_chart(outcome_figure(toy, runs), key="outcome")
    st.caption(
        "All methods take steps of the same length, so the difference is the direction. DPO leaves every prompt without a pair "
        "where it was; RPO reaches all that have any answer. With a small τ an answer is held against its neighbours' alone, "
        "with a large one against all alike: watch B and C as you turn it. H has none and stays: a table shares nothing between "
        "prompts, a real model does."
    )
    left, right = st.columns([1, 3])
    name = left.radio("Follow a prompt", toy.names, index=toy.names.index("C"), horizontal=True)
    answer = left.radio("and its answer", ANSWERS, index=1, horizontal=True)
    right.plotly_chart(path_figure(toy, runs, toy.names.index(name), ANSWERS.index(answer)), key="path")


if "front" not in st.session_state:  # a fresh server opens a deep link past app.py, until someone has called st.navigation
    st.navigation([st.Page(st.stop, url_path="front"), __file__])
    st.rerun()
st.title("Learn")
st.markdown("What Relative Preference Optimization adds to DPO, in a world small enough to train while you watch.")
idea()
first, second = st.columns(2)
tau = first.select_slider("τ, the temperature of the weights", TAUS, 0.3)
steps = second.slider("Training steps", 0, 200, 20)
world(Toy(), tau)
outcome(Toy(), tau, steps)
