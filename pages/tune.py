"""Tune: what a temperature does to one batch, before any training."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from rpo import preferences, prompts, weights
from rpo.charts.contrast import TAUS, contrast_of, matrix_figure, rivals_figure, tau_figure
from rpo.contrast import ContrastMatrix
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind, PreferenceSet
from rpo.prompts import Sample, View

PRESETS = {
    "RPO-Paired, τ 0.5": (0.5, EMBEDDED),
    "RPO-Unpaired, τ 0.75": (0.75, EMBEDDED_LOG),
    "DPO, τ → 0": (TAUS[0], EMBEDDED),
}
SIZES = [2, 4, 8, 16, 32, 64, 128, 256]
LIMITS = {"tau": (TAUS[0], TAUS[-1]), "seed": (0, 2**31), "beta": (0.01, 10.0)}


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
    """What the address asks for, else what was set here before, else the paper's."""
    asked = {**st.session_state.get("tuned", {}), **st.query_params}
    data = st.query_params.get("data", st.session_state.get("data", EMBEDDED))
    st.session_state.setdefault("tune_data", data if data in shelf() else EMBEDDED)
    st.session_state.setdefault("tau", nearest_tau(number(asked.get("tau"), 0.5, *LIMITS["tau"])))
    size = number(asked.get("M"), 8, SIZES[0], SIZES[-1])
    st.session_state.setdefault("size", min(SIZES, key=lambda known: abs(known - size)))
    st.session_state.setdefault("seed", int(number(asked.get("seed"), 0, *LIMITS["seed"])))
    st.session_state.setdefault("beta", number(asked.get("beta"), 0.1, *LIMITS["beta"]))


def number(text: str | None, otherwise: float, low: float, high: float) -> float:
    """A number from the address, within its limits; anything else is as if it had not been said."""
    try:
        value = float(text or otherwise)
    except ValueError:
        return otherwise
    return value if low <= value <= high else otherwise


def choose() -> Choice:
    presets()
    a, b, c, d, e = st.columns([3, 3, 2, 2, 2])
    source = a.selectbox("Data", shelf(), key="tune_data")
    known: str = st.session_state.get("encoder", weights.ENCODER)
    encoder = b.text_input("Encoder", known)
    view = c.selectbox("It reads", list(View))
    size = d.selectbox("M (contrast size)", SIZES, key="size", help="Pairs in a batch, or answers a side for unpaired data")
    seed = e.number_input("Batch (seed)", *LIMITS["seed"], key="seed", help="Another number draws another batch")
    left, right = st.columns([5, 2])
    tau = left.select_slider("τ, the temperature of the weights", TAUS, key="tau")
    beta = right.number_input("β", *LIMITS["beta"], key="beta", help="Strength of the pull to the reference; not in the weights")
    return Choice(source, encoder, view, size, seed, tau, beta)


def remember(choice: Choice) -> None:
    """For the other pages, for a return to this one, and for the address that can be shared."""
    st.session_state["data"], st.session_state["encoder"] = choice.source, choice.encoder
    tuned = {"tau": choice.tau, "M": choice.size, "seed": choice.seed, "beta": choice.beta}
    st.session_state["tuned"] = {name: str(value) for name, value in tuned.items()}
    st.query_params.from_dict({"data": choice.source, **st.session_state["tuned"]})


def batch(data: PreferenceSet, choice: Choice) -> Sample:
    known = set(data.prompts)
    picked = [prompt for prompt in st.session_state.get("picked", []) if prompt in known]
    if picked and st.toggle(f"Use the {len(picked):,} prompts picked on the map", value=True):
        drawn = prompts.sample(data, choice.size, choice.seed, picked)
        most = f" ({prompts.MOST} a side at most, drawn by the seed)" if len(picked) > prompts.MOST else ""
        st.caption(f"They set M: {len(drawn.chosen)} chosen × {len(drawn.rejected)} rejected answers{most}.")
        return drawn
    return prompts.sample(data, choice.size, choice.seed)


def figures(contrast: ContrastMatrix, choice: Choice, paired: bool) -> None:
    rows, columns = contrast.weights.shape
    shown = rivals(contrast) | (of_pairs(contrast) if paired else {}) | column_sums(contrast)
    for place, (title, (value, meaning)) in zip(st.columns(len(shown)), shown.items(), strict=True):
        place.metric(title, value, border=True, help=meaning)
    size = rows if rows == columns else f"{rows} × {columns}"
    st.caption(
        f"Figures at τ = {choice.tau:g}, M = {size}, {choice.encoder}. None of these three means anything without the other two."
    )


def rivals(contrast: ContrastMatrix) -> dict[str, tuple[str, str]]:
    value = f"{contrast.rivals.mean():.1f} of {contrast.weights.shape[1]}"
    return {"Effective contrasts": (value, "exp of the entropy of a row's weights, mean over rows")}


def column_sums(contrast: ContrastMatrix) -> dict[str, tuple[str, str]]:
    low, high = float(contrast.column_sums.min()), float(contrast.column_sums.max())
    meaning = "Total weight a rejected answer receives; rows sum to 1, columns do not"
    return {"Column sums": (f"{low:.2f} – {high:.2f}", meaning)}


def of_pairs(contrast: ContrastMatrix) -> dict[str, tuple[str, str]]:
    scale = "Length of the gradient before training; Adam hides this factor, clipping does not"
    return {
        "Diagonal share": (f"{contrast.diagonal_share:.0%}", "Mean weight of a prompt's own rejected answer"),
        "Gradient against DPO": (f"× {contrast.gradient_scale:.3f}", scale),
    }


def draw(contrast: ContrastMatrix, sample: Sample) -> None:
    left, right = st.columns([3, 2])
    left.markdown("**Weights**: how much each rejected answer counts against each chosen one")
    left.plotly_chart(matrix_figure(contrast, sample.chosen, sample.rejected), key="matrix")
    right.markdown("**Effective contrasts** of each row; dashed: their mean")
    right.plotly_chart(rivals_figure(contrast, sample.chosen), key="rivals")


def use(contrast: ContrastMatrix, choice: Choice, paired: bool) -> None:
    draft = {
        "data": choice.source,
        "encoder": choice.encoder,
        "view": str(choice.view),
        "objective": "rpo-paired" if paired else "rpo-unpaired",
        "tau": choice.tau,
        "beta": choice.beta,
        "contrast_size": min(contrast.weights.shape),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        if paired and choice.tau == TAUS[0]:
            use_dpo(draft, contrast)
        elif st.button("Use this τ for a run", type="primary", icon=":material/model_training:"):
            train(draft)


def use_dpo(draft: dict[str, Any], contrast: ContrastMatrix) -> None:
    if st.button("Draft a DPO run", type="primary", icon=":material/model_training:"):
        train({**{name: value for name, value in draft.items() if name != "tau"}, "objective": "dpo"})
    if st.button("Use this τ for an RPO run"):
        train(draft)
    st.caption(
        "With τ → 0 each prompt meets its own pair alone: that is DPO, a contrast of size M = 1, "
        f"but for the factor {contrast.gradient_scale:.3f} of the gradient."
    )


def train(draft: dict[str, Any]) -> None:
    st.session_state["draft"] = draft
    st.switch_page("pages/train.py")


def vectors(data: PreferenceSet, sample: Sample, choice: Choice) -> tuple:
    with st.spinner("Embedding the batch"):
        sides = (sample.chosen, sample.rejected)
        return tuple(prompts.embed_some(side, data.prompts, choice.encoder, choice.view) for side in sides)


if "front" not in st.session_state:  # a fresh server opens a deep link past app.py, until someone has called st.navigation
    st.navigation([st.Page(st.stop, url_path="front"), __file__])
    st.rerun()
st.title("Tune")
st.markdown("A small τ lets each prompt meet only its nearest kin (in the limit DPO); a large τ weighs all prompts alike.")
first_visit()
choice = choose()
remember(choice)
if not weights.ready(choice.encoder):
    st.info("Weights need the demo encoder, which is not here yet. Set up fetches it; any other encoder works without.")
    st.page_link("pages/start.py", label="Set up", icon=":material/download:")
    st.stop()
try:
    with st.spinner(f"Reading {choice.source}"):
        data = preferences.load(choice.source)
    sample = batch(data, choice)
    chosen, rejected = vectors(data, sample, choice)
    contrast = contrast_of(chosen, rejected, choice.tau, choice.beta)
    figures(contrast, choice, data.kind is Kind.PAIRED)
    use(contrast, choice, data.kind is Kind.PAIRED)
    draw(contrast, sample)
    st.markdown("**The same batch over τ**")
    st.plotly_chart(tau_figure(chosen, rejected, choice.tau, data.kind is Kind.PAIRED), key="curve")
except ValueError as error:
    st.error(str(error))
