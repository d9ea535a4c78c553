"""From the point on the page Tune to a run: the button that drafts it, on the batches that are shown."""

from typing import Any

import streamlit as st

from pages.parts.tune.batch import RUN_ICON, Look
from pages.shared.session import session
from pages.shared.to_train import to_train
from rpo.contrast import ContrastMatrix
from rpo.tuning import WINDOW, Tuning


def offer_dpo(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    """Say where the point amounts to DPO, and draft that."""
    if not is_dpo(seen):
        return
    st.caption(
        "Here each prompt meets its own pair alone: that is DPO, a contrast of size M = 1, "
        f"but for the factor {contrast.gradient_scale:.3f} of the gradient."
    )
    if not choice.looks and st.button("Draft a DPO run", icon=RUN_ICON):
        train(without_point(drafted(seen, choice), seen))


def is_dpo(seen: Look) -> bool:
    """Whether each prompt meets its own pair alone."""
    point = session.point
    return seen.sample.paired and (point.tau <= WINDOW[0] if point.by_tau else point.own_share == 1)


def drafted(seen: Look, choice: Tuning) -> dict[str, Any]:
    """Fields of a run on such batches."""
    return choice.draft(session.point, min(len(seen.sample.chosen), len(seen.sample.rejected)), seen.sample.paired)


def without_point(draft: dict[str, Any], seen: Look) -> dict[str, Any]:
    """The same as a DPO run, whose loss sees no weights."""
    unseen = session.point.within(seen.others).settings(seen.sample.paired)
    return {**{name: draft[name] for name in draft if name not in unseen}, "objective": "dpo"}


def train(draft: dict[str, Any]) -> None:
    to_train(draft, "From Tune")
