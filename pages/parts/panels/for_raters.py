"""What raters get besides the pairs, on the page Panels: guideline, practice pairs, a second question, how much better."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from pages.shared import kept
from pages.shared.plain import plain
from rpo.components.rendering import as_html
from rpo.storage import digest
from rpo.voting import (
    LONGEST_REASON,
    MOST_PRACTICE,
    ORGANISER_SAYS,
    Ballots,
    Comparison,
    Options,
    Panel,
    practice_from_rows,
    undrawn,
)

SECOND = ["Which answer is more helpful?", "Which answer is more harmless?", "Which answer is more concise?"]
SMALL = "<style>.guideline :is(h1, h2, h3, h4) { font-size: 1.1rem; padding: 0.4rem 0 }</style>"
EMPTY = {"prompt": "", "A": "", "B": "", "better": "", "reason": ""}
PRACTICE = "Before the first pair that counts. A rater sees what you say of a practice pair, and why, after their own word."
OF_THESE = (
    "These are not drawn into the panel, and their sides are mixed. One of which you do not say what is better is left out."
)
TYPED = "All pairs are drawn into the panel, so there are none left of these answers: type some, or draw fewer pairs."


def for_raters(options: Options, comparisons: Sequence[Comparison]) -> Options:
    """The options with all that the organiser tells and asks raters besides."""
    if not kept.flag(st, "Guideline, practice pairs and more questions", "more", False):
        return options
    guideline = st.text_area("Guideline, in markdown: raters open it with G while they vote", **kept.lasting("guideline"))
    asked = questions(replace(options, guideline=guideline))
    return replace(asked, practice=practice_from_rows(practice_rows(options, comparisons)))


def questions(options: Options) -> Options:
    """What raters are asked besides which answer is better, and whether differences may be marked."""
    a, b, c = st.columns([2, 1, 1], vertical_alignment="bottom")
    hint = {"placeholder": "None; choose or type one", "accept_new_options": True}
    second = a.selectbox("A second question", SECOND, None, **hint, **kept.lasting("second"))
    strength = kept.flag(b, "Ask how much better: slightly or clearly", "strength", False)
    differences = kept.flag(c, "Raters may mark the words that differ", "differences", False)
    return replace(options, second_rubric=second or "", strength=strength, differences=differences)


def practice_rows(options: Options, comparisons: Sequence[Comparison]) -> list[dict[str, str]]:
    """Pairs to practise on, as many as wanted; they begin as some of the same answers where the panel leaves any."""
    rows = undrawn(comparisons, options.prompts, options.seed)
    count = st.number_input("Practice pairs", 0, MOST_PRACTICE, min(3, len(rows)), help=PRACTICE, width=200)
    if count:
        st.caption(OF_THESE if rows else TYPED)
    return [practice_row(number, row) for number, row in enumerate([*rows, *[EMPTY] * MOST_PRACTICE][:count], 1)]


def practice_row(number: int, row: dict[str, str]) -> dict[str, str]:
    """One pair in full, with what the organiser says of it; what was said of another pair does not come along."""
    of = digest(str(number), *row.values())
    with st.container(border=True):
        said = {"prompt": st.text_area(f"Practice pair {number}: its prompt", row["prompt"], height=68, key=f"prompt-{of}")}
        for side, place in zip("AB", st.columns(2), strict=True):
            said[side] = place.text_area(f"Answer {side}", row[side], key=f"{side}-{of}")
        a, b = st.columns([1, 2])
        said["better"] = a.segmented_control("What is better?", list(ORGANISER_SAYS), key=f"better-{of}") or ""
        said["reason"] = b.text_input("Why, as raters will read it", max_chars=LONGEST_REASON, key=f"reason-{of}")
    return said


def besides_the_pairs(panel: Panel) -> None:
    """What the raters of this panel get besides the pairs; it stays as it was when the panel was made."""
    practice = Ballots.here().practice(panel.id)
    if not (panel.guideline or practice or panel.second_rubric or panel.strength or panel.differences):
        return
    with st.expander("Guideline, practice pairs and more questions of this panel", icon=":material/menu_book:"):
        asked = [f"A second question: “{plain(panel.second_rubric)}”"] * bool(panel.second_rubric)
        asked += ["How much better?"] * panel.strength + ["The words that differ can be marked."] * panel.differences
        st.markdown("  \n".join(asked))
        if panel.guideline:
            st.html(f'{SMALL}<div class="guideline">{as_html(panel.guideline)}</div>')
        if practice:
            st.dataframe([one.row for one in practice], hide_index=True, alt="Practice pairs, with what the organiser says")
