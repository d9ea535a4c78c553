"""From the point on the page Tune to a run: the button that drafts it, on the batches that are shown"""

from typing import Any

import streamlit as st

from pages.parts.tune.batch import Look, train_on_them
from pages.shared.session import session
from rpo.contrast import ContrastMatrix
from rpo.glossary import these
from rpo.tuning import WINDOW, Tuning

ICON = ":material/model_training:"


def use(seen: Look, choice: Tuning) -> None:
    """What can be done with the point; prompts that are looked at are first to be trained on."""
    with st.container(horizontal=True, horizontal_alignment="right", key="to-run"):
        if choice.looks:
            instead(choice)
        elif is_dpo(seen):
            if st.button("Draft a DPO run", type="primary", icon=ICON):
                train(without_point(drafted(seen, choice), seen))
            if st.button("Use it for an RPO run"):
                train(drafted(seen, choice))
        elif st.button(f"Use this {'τ' if session.point.by_tau else 'point'} for a run", type="primary", icon=ICON):
            train(drafted(seen, choice))


def instead(choice: Tuning) -> None:
    """The way from a look to a run."""
    words = f"Train on {these(len(choice.rows), 'prompt')}"
    help_ = "A run draws batches of M from them: choose M, then use τ for it"
    if st.button(words, type="primary", icon=ICON, on_click=train_on_them, help=help_):
        st.rerun()


def is_dpo(seen: Look) -> bool:
    """Whether each prompt meets its own pair alone."""
    point = session.point
    return seen.sample.paired and (point.tau <= WINDOW[0] if point.by_tau else point.own_share == 1)


def as_dpo(contrast: ContrastMatrix) -> None:
    """Say what the point amounts to where it is DPO."""
    st.caption(
        "Here each prompt meets its own pair alone: that is DPO, a contrast of size M = 1, "
        f"but for the factor {contrast.gradient_scale:.3f} of the gradient."
    )


def drafted(seen: Look, choice: Tuning) -> dict[str, Any]:
    """Fields of a run on such batches."""
    return choice.draft(session.point, min(len(seen.sample.chosen), len(seen.sample.rejected)), seen.sample.paired)


def without_point(draft: dict[str, Any], seen: Look) -> dict[str, Any]:
    """The same as a DPO run, whose loss sees no weights."""
    unseen = session.point.within(seen.others).settings(seen.sample.paired)
    return {**{name: draft[name] for name in draft if name not in unseen}, "objective": "dpo"}


def train(draft: dict[str, Any]) -> None:
    session.draft, session.draft_words = draft, ""
    st.switch_page("train.py")
