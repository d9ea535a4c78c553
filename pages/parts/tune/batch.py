"""The batch on the page Tune: its data, encoder, size and prompts, and whether picked ones are looked at or trained on"""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from pages.parts.tune.visit import set_point, sources
from pages.shared import pickers
from pages.shared.plain import plain
from pages.shared.session import Session, session
from rpo.components.tau import Board
from rpo.errors import RpoError
from rpo.glossary import meaning, these
from rpo.preferences import EMBEDDED, EMBEDDED_LOG
from rpo.settings import range_of
from rpo.spec import Batching
from rpo.tuning import BATCH_SIZES, TOY, UNTRAINED_MARGINS, WINDOW, Picked, Point, Pool, Sample, Tuning, margins_of, smaller_side

RUN_ICON = ":material/model_training:"
PRESETS = {
    "RPO-Paired, τ 0.5": (Point(tau=0.5), EMBEDDED),
    "RPO-Unpaired, τ 0.75": (Point(tau=0.75), EMBEDDED_LOG),
    "DPO, τ → 0": (Point(tau=WINDOW[0]), EMBEDDED),
}


@dataclass(frozen=True)
class Look:
    """One batch, the cosines (M, N) of its prompts, and both laid out for the instrument."""

    sample: Sample
    cosines: Any
    board: Board

    @property
    def others(self) -> int:
        """How many rejected answers a row meets besides its own pair's."""
        return len(self.sample.rejected) - self.sample.paired


def choose() -> tuple[Tuning, bool]:
    """The batch: a phrase says it, and opens its settings; whether a run on such batches is asked for."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="bar"):
        st.title("Tune", width="content")
        with st.popover(phrase(), icon=":material/tune:", key="settings"):
            presets()
            choice = settings()
        pressed = to_run(choice)
    purpose(choice)
    return replace(choice, picked_for=session.picked_for), pressed


def to_run(choice: Tuning) -> bool:
    """The way to a run; prompts that are looked at are first to be trained on, in batches that can be seen."""
    if not (choice.rows and session.picked_for is Picked.LOOK):
        help_ = "τ, or the point of the plane, as it stands"
        return st.button("Use this τ for a run", type="primary", icon=RUN_ICON, disabled=choice.toy, help=help_)
    why = "A run draws batches of M from them: look at one, then use τ for the run"
    words = f"Train on {these(len(choice.rows), 'prompt')}"
    st.button(words, type="primary", icon=RUN_ICON, on_click=train_on_them, help=why)
    return False


def phrase() -> str:
    """The batch in words, before its widgets are drawn: they hold what the session says."""
    source = session.tune_data
    margins = session.of(f"margins-{source}", session.sees)
    encoder = session.of("tune_encoder", session.encoder)
    drawn = session.size, session.batching, session.seed
    return plain(Tuning(source, encoder, session.view, *drawn, session.beta, margins, rows(source), session.picked_for).words)


def presets() -> None:
    """Points and data to start from."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Start from", width="content")
        for name in PRESETS:
            st.button(name, on_click=apply, args=(name,))


def apply(preset: str) -> None:
    """Start from this preset."""
    point, source = PRESETS[preset]
    session.tune_data = source
    set_point(point)


def settings() -> Tuning:
    """All but what picked prompts are for."""
    a, b, c = st.columns(3)
    source = a.selectbox("Data", sources(), key=Session.tune_data.key)
    toy = source == TOY
    encoder = pickers.encoder(b, "tune_encoder", session.encoder, disabled=toy)
    view = pickers.reads(c, key=Session.view.key, disabled=toy)
    drawn = composed(source, toy)
    left, right = st.columns([2, 1])
    margins = seen(source, left)
    in_words = f"{meaning('β')} It is not in the weights."
    beta = right.number_input("β", *range_of("beta"), key=Session.beta.key, format="%g", help=in_words)
    return Tuning(source, encoder, view, *drawn, beta, margins, rows(source))


def composed(source: str, toy: bool) -> tuple[int, Batching, int]:
    """How a run composes the batch: M, at random or of near prompts, and the seed; prompts that are looked at say it all."""
    d, e, f = st.columns(3)
    few = f"{meaning('M')} For unpaired data: answers a side."
    if looked_at := rows(source) and session.picked_for is Picked.LOOK:
        d.text_input("M (contrast size)", str(len(rows(source))), disabled=True, help="All picked prompts together")
    else:
        d.selectbox("M (contrast size)", BATCH_SIZES, key=Session.size.key, help=few, disabled=toy)
    near = "At random, or composed of near prompts, as a run does it"
    e.selectbox("Batches", list(Batching), key=Session.batching.key, help=near, disabled=toy or bool(looked_at))
    first = "The first batch that a run with this seed meets"
    f.number_input("Batch (seed)", *range_of("seed"), key=Session.seed.key, help=first, disabled=toy)
    return session.size, session.batching, session.seed


def seen(source: str, place: Any) -> str:
    """Whose margins the loss sees."""
    help_ = f"{meaning('log-ratio')} Those of a finished run's held-out rows; before training all are 0."
    known, key = margins_of(source), f"margins-{source}"
    held = session.of(key, session.sees)
    session.put(key, held if held in known else UNTRAINED_MARGINS)
    session.sees = place.selectbox("Log-ratios from", known, key=key, help=help_)
    return session.sees


def rows(source: str) -> tuple[int, ...]:
    """Numbers of the prompts of this source that were picked on the map or stand in the address."""
    return session.rows if session.rows_of == source else ()


def purpose(choice: Tuning) -> None:
    """Whether picked prompts are looked at or trained on."""
    if not choice.rows:
        return
    count = len(choice.rows)
    words = {
        Picked.LOOK: f"Look at {these(count, 'prompt')} together (M = {count})",
        Picked.TRAIN: f"Train on {these(count, 'prompt')}, in batches of M",
        Picked.ASIDE: f"All of {choice.source}",
    }
    options = {"horizontal": True, "label_visibility": "collapsed", "on_change": fit_size}
    st.radio("Picked on the map", list(Picked), format_func=lambda use: plain(words[use]), key=Session.picked_for.key, **options)


def train_on_them() -> None:
    """From looking at picked prompts to training on them."""
    session.picked_for = Picked.TRAIN
    fit_size()


def fit_size() -> None:
    """Lower M to what the picked prompts can fill."""
    if session.picked_for is not Picked.TRAIN:
        return
    try:
        most = smaller_side(Pool(session.rows_of, session.rows).data())
    except RpoError:  # the page says it when it draws the batch
        return
    session.size = max((size for size in BATCH_SIZES if size <= min(most, session.size)), default=session.size)
