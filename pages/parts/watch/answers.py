"""What a run writes, on the page Watch: three held-out prompts before training and now, side by side; all of them in a table."""

import streamlit as st

from pages.parts.watch.style import room
from rpo import courses, runs
from rpo.components.side_by_side.changes import changes_html
from rpo.glossary import quantity
from rpo.runs import Run, Standing


def answers(run: Run, how: Standing) -> None:
    shown = courses.before_after(run)
    if not shown:
        st.caption("This run answers no held-out prompts, so there is no before and after.")
        return
    with room("before-after", 480):
        st.html(changes_html(shown, waiting(run, how)))


def waiting(run: Run, how: Standing) -> tuple[str, str]:
    """Why the answer before, and the one after, are not there yet."""
    done = max((record["step"] for record in run.metrics), default=0)
    later = [step for step in run.spec.probed_after if step > done]
    when = f"after step {later[0]} of {run.spec.steps}" if later else "after the last step"
    if not how.state.active:
        return "No answer from before training is kept.", "No answer from after a step is kept."
    return "Written before the first step; it comes in a moment.", f"Written for the first time {when}."


def every_answer(run: Run) -> None:
    rows = runs.generations_table(run)
    if rows:
        with st.expander(f"Answers to {quantity(len(rows), 'held-out prompt')}, before, along the way, after"):
            st.dataframe(list(rows), row_height=110, hide_index=True, alt="Held-out prompts with the answers before and after")
