"""From the page Learn to Tune: exactly the batch and the temperature that are on the screen."""

import streamlit as st

from pages.shared.session import session
from rpo import weights
from rpo.preferences import EMBEDDED, View
from rpo.spec import DEFAULTS, Batching
from rpo.teaching.eight import EIGHT_PROMPTS
from rpo.teaching.two import rows_of_two
from rpo.tuning import Point, Tuning


def offer_two(key: str) -> None:
    """The two prompts in Tune."""
    if st.button("Open these two prompts in Tune", key=f"tune-two-{key}", icon=":material/tune:"):
        rows = rows_of_two(session.shown)
        go(
            Tuning(
                EMBEDDED, weights.ENCODER, View.LAST_TURN, DEFAULTS.contrast_size, Batching.RANDOM, 0, DEFAULTS.beta, rows=rows
            )
        )


def offer_eight(key: str) -> None:
    """The eight prompts in Tune: the first batch of seed 0."""
    if st.button("Open these eight prompts in Tune", key=f"tune-eight-{key}", icon=":material/tune:"):
        go(Tuning(EMBEDDED, weights.ENCODER, View.LAST_TURN, len(EIGHT_PROMPTS), Batching.RANDOM, 0, DEFAULTS.beta))


def go(batch: Tuning) -> None:
    """Open it as a visitor would who brings this address."""
    del session.tune_data, session.view, session.size, session.batching, session.seed, session.beta
    del session.rows, session.rows_of, session.tuned, session.turn
    st.switch_page("tune.py", query_params=batch.address(Point(tau=session.shown.tau)))
