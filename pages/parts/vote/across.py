"""Questions across prompts on the page Vote: they come after the pairs, and a sentence says first how they differ."""

import streamlit as st

from pages.shared.session import session
from rpo.glossary import quantity
from rpo.voting import RaterProgress, Seat

ANOTHER_KIND = (
    "Here **each answer belongs to the prompt above it**, and you say **which one serves its own prompt "
    "better**. The keys stay the same. They count apart from the pairs, so you may also stop here."
)


def begun(seat: Seat, answered: RaterProgress) -> bool:
    """Whether this rater has read what the questions are, and gone on to them."""
    return bool(answered.last_event) or session.questioned == seat


def announced(seat: Seat, pairs: int, count: int) -> None:
    """The pairs are done, and what comes now differs."""
    every = f"All {quantity(pairs, 'pair')} are" if pairs > 1 else "The pair is" if pairs else "No pair is left; all is"
    more = f"If you have a few minutes more, there {'are' if count > 1 else 'is'} {quantity(count, 'question')} of another kind."
    st.success(f"{every} done and saved. {more}", icon=":material/check:")
    st.markdown(ANOTHER_KIND)
    st.button("Go on to the questions", type="primary", on_click=go_on, args=(seat,))


def go_on(seat: Seat) -> None:
    session.questioned = seat
