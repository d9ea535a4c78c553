"""Tune: what a temperature does to one batch, before any training."""

from dataclasses import dataclass

import streamlit as st

from rpo import preferences, prompts, weights
from rpo.charts.contrast import TAUS, contrast_of, matrix_figure, rivals_figure, tau_figure
from rpo.contrast import ContrastMatrix
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind, PreferenceSet
from rpo.prompts import Sample, View

PRESETS = {
    "RPO-Paired, τ 0.5": (0.5, EMBEDDED),
    "RPO-Unpaired, τ 0.75": (0.75, EMBEDDED_LOG),
    "nearly DPO, τ 0.02": (0.02, EMBEDDED),
}
SIZES = [2, 4, 8, 16, 32, 64, 128, 256]


@dataclass(frozen=True)
class Choice:
    """What the visitor set."""

    source: str
    encoder: str
    view: View
    size: int
    seed: int
    tau: float
    beta: float


def nearest_tau(tau: float) -> float:
    return min(TAUS, key=lambda value: abs(value - tau))


def apply(preset: str) -> None:
    tau, source = PRESETS[preset]
    st.session_state["tau"], st.session_state["tune_data"] = nearest_tau(tau), source


def presets() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Start from", width="content")
        for name in PRESETS:
            st.button(name, on_click=apply, args=(name,))


def shelf() -> list[str]:
    """What can be picked: the shelf, and a hub id that Explore opened."""
    return list(dict.fromkeys([*preferences.shelf(), st.session_state.get("data", EMBEDDED)]))


def first_visit() -> None:
    asked = st.query_params
    data = asked.get("data", st.session_state.get("data", EMBEDDED))
    st.session_state.setdefault("tune_data", data if data in shelf() else EMBEDDED)
    st.session_state.setdefault("tau", nearest_tau(number(asked.get("tau"), 0.5)))
    st.session_state.setdefault("size", min(SIZES, key=lambda size: abs(size - number(asked.get("M"), 8))))


def number(text: str | None, otherwise: float) -> float:
    try:
        return float(text or otherwise)
    except ValueError:
        return otherwise


def choose() -> Choice:
    presets()
    a, b, c, d, e = st.columns([3, 3, 2, 2, 2])
    source = a.selectbox("Data", shelf(), key="tune_data")
    encoder = b.text_input("Encoder", weights.ENCODER)
    view = c.selectbox("It reads", list(View))
    size = d.selectbox("M (contrast size)", SIZES, key="size", help="Pairs in a batch, or answers a side for unpaired data")
    seed = e.number_input("Batch (seed)", 0, 2**31, 0, help="Another number draws another batch")
    left, right = st.columns([5, 2])
    tau = left.select_slider("τ, the temperature of the weights", TAUS, key="tau")
    beta = right.number_input("β", 0.01, 10.0, 0.1, help="Strength of the pull to the reference; does not change the weights")
    st.session_state["data"] = source
    st.query_params.from_dict({"data": source, "tau": str(tau), "M": str(size), "seed": str(seed)})
    return Choice(source, encoder, view, size, seed, tau, beta)


def batch(data: PreferenceSet, choice: Choice) -> Sample:
    picked = st.session_state.get("picked", [])
    if picked and st.toggle(f"Use the {len(picked)} prompts picked on the map", value=True):
        return prompts.sample(data, choice.size, choice.seed, picked)
    return prompts.sample(data, choice.size, choice.seed)


def figures(contrast: ContrastMatrix, choice: Choice, paired: bool) -> None:
    rows, columns = contrast.weights.shape
    together = f"at τ = {choice.tau:g}, M = {rows}, {choice.encoder}"
    a, b, c, d = st.columns(4)
    a.metric(
        "Effective contrasts",
        f"{contrast.rivals.mean():.1f} of {columns}",
        border=True,
        help="exp of the entropy of a row's weights, mean over rows",
    )
    if paired:
        b.metric(
            "Diagonal share", f"{contrast.diagonal_share:.0%}", border=True, help="Mean weight of a prompt's own rejected answer"
        )
        c.metric(
            "Gradient against DPO",
            f"× {contrast.gradient_scale:.3f}",
            border=True,
            help="Length of the gradient before training; Adam hides this factor, clipping does not",
        )
    low, high = float(contrast.column_sums.min()), float(contrast.column_sums.max())
    d.metric(
        "Column sums",
        f"{low:.2f} – {high:.2f}",
        border=True,
        help="Total weight a rejected answer receives; rows sum to 1, columns do not",
    )
    st.caption(f"Figures {together}. None of these three means anything without the other two.")


def draw(contrast: ContrastMatrix, sample: Sample) -> None:
    left, right = st.columns([3, 2])
    left.markdown("**Weights**: how much each rejected answer counts against each chosen one")
    left.plotly_chart(matrix_figure(contrast, sample.chosen, sample.rejected), key="matrix")
    right.markdown("**Effective contrasts** of each row; dashed: their mean")
    right.plotly_chart(rivals_figure(contrast, sample.chosen), key="rivals")


def use(data: PreferenceSet, choice: Choice) -> None:
    if st.button("Use this τ for a run", type="primary", icon=":material/model_training:"):
        st.session_state["draft"] = {
            "data": choice.source,
            "encoder": choice.encoder,
            "view": str(choice.view),
            "objective": "rpo-paired" if data.kind is Kind.PAIRED else "rpo-unpaired",
            "tau": choice.tau,
            "beta": choice.beta,
            "contrast_size": choice.size,
        }
        st.switch_page("pages/train.py")


def vectors(data: PreferenceSet, sample: Sample, choice: Choice) -> tuple:
    with st.spinner("Embedding the batch"):
        sides = (sample.chosen, sample.rejected)
        return tuple(prompts.embed_some(side, data.prompts, choice.encoder, choice.view) for side in sides)


st.title("Tune")
st.markdown("A small τ lets each prompt meet only its nearest kin (in the limit DPO); a large τ weighs all prompts alike.")
first_visit()
choice = choose()
if not weights.ready(choice.encoder):
    st.info("Weights need the demo encoder, which is not here yet. Set up fetches it; any other encoder works without.")
    st.page_link("pages/start.py", label="Set up", icon=":material/download:")
    st.stop()
try:
    data = preferences.load(choice.source)
    sample = batch(data, choice)
    chosen, rejected = vectors(data, sample, choice)
    contrast = contrast_of(chosen, rejected, choice.tau, choice.beta)
    figures(contrast, choice, data.kind is Kind.PAIRED)
    use(data, choice)
    draw(contrast, sample)
    st.markdown("**The same batch over τ**")
    st.plotly_chart(tau_figure(chosen, rejected, choice.tau, data.kind is Kind.PAIRED), key="curve")
except ValueError as error:
    st.error(str(error))
