"""Parts of a page that run by themselves: they follow what is at work in the background, and draw the page anew at its end."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared.plain import plain, trouble
from rpo import embeddings, jobs
from rpo.errors import RpoError
from rpo.jobs import Status

Sign = Callable[[], str | bool | None]
"""What a page waits for: a name, or whether it is there."""
Act = Callable[[], None]


def by_itself(every: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A part that runs every so many seconds and says what is wrong: the page's own words would come too early for it."""

    def of(part: Callable[..., None]) -> Callable[..., None]:
        @wraps(part)
        def spoken(*about: Any) -> None:
            try:
                part(*about)
            except RpoError as error:
                trouble(error)

        return st.fragment(spoken, run_every=every)

    return of


def nothing() -> None:
    """What a page waits for besides the end, or does before it is drawn anew, where that is nothing."""


def follow(folder: Path, words: str = "", sign: Sign = nothing, before: Act = nothing) -> None:
    """How far a job is, after some words; the page is drawn anew once it ends or its sign is another than now."""
    _follow(folder, words, sign, sign(), before)


@by_itself(1.0)
def _follow(folder: Path, words: str, sign: Sign, seen: str | bool | None, before: Act) -> None:
    state = jobs.look(folder)
    if not state.active or sign() != seen:
        before()
        st.rerun(scope="app")
    st.progress(state.progress, words + plain(state.message))


def follow_map(folder: Path, sign: Sign, words: str = "", key: str = "map", before: Act = nothing) -> None:
    """Follow the job that draws a map until its sign is another; where it ended without one, say so and offer to begin anew."""
    state = jobs.look(folder)
    if state.active:
        follow(folder, words, sign, before)
    elif state.status is not Status.DONE or not sign():
        trouble(f"The map was not finished: {state.message}")
        st.button("Try again", key=f"again-{key}", on_click=embeddings.again, args=(folder,))
