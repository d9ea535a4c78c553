"""Questions across prompts on the page Panels: whether a new panel asks them, of which data, by which encoder."""

from collections.abc import Sequence

import streamlit as st

from pages.shared import hub, kept, pickers
from pages.shared.plain import plain
from rpo import weights
from rpo.glossary import quantity
from rpo.preferences import View
from rpo.voting import CROSS_DEFAULT, CROSS_MOST, AskedOf, Ballots, Comparison, CrossQuestion, Panel, draw_questions

ENCODER = kept.lasting("across-encoder")
WHAT_FOR = (
    "RPO contrasts the chosen answer of one prompt with the rejected answer of another. It assumes that the chosen one serves "
    "its own prompt better. These questions ask people whether it does. Results and Tune show how often, by cosine."
)
HOW_DRAWN = (
    "They come after the pairs, and every rater gets all of them. A quarter joins the nearest prompts, the others near, distant "
    "and unrelated ones. Prompts that a panel asks blind are left out. Answers count in no score."
)


def across_prompts() -> tuple[AskedOf, int] | None:
    """What a new panel asks across prompts, and how many questions; None where it asks none."""
    if not kept.flag(st, "Also ask about other prompts' answers", "across", False, help=WHAT_FOR):
        return None
    a, b, c, d = st.columns([1, 2, 2, 1])
    count = kept.number(a, "Questions", "across-count", (1, CROSS_MOST), CROSS_DEFAULT)
    names = pickers.sources()
    data = kept.option(b, "Of the data", "across-data", names, 0) or names[0]
    encoder = c.text_input("By the encoder", weights.ENCODER, on_change=hub.typed, args=(ENCODER["key"],), **ENCODER)
    reads = d.selectbox("The encoder reads", list(View), **kept.lasting("across-reads"))
    st.caption(HOW_DRAWN)
    return AskedOf(data, encoder.strip(), reads), count


def drawn(asked: tuple[AskedOf, int] | None, comparisons: Sequence[Comparison]) -> tuple[CrossQuestion, ...]:
    """The questions themselves; their prompts are embedded first where they are new to the encoder."""
    if asked is None:
        return ()
    of, count = asked
    with st.spinner(f"Drawing {quantity(count, 'question')} from {plain(of.data)}"):
        return draw_questions(of, count, leave_out=[one.prompt for one in comparisons])


def asked_besides(panel: Panel) -> None:
    """What a panel asks across prompts, and how far its raters are with that."""
    questions = Ballots.here().questions.of(panel.id)
    if not questions:
        return
    of, answered = questions[0].of, Ballots.here().questions.turnout(panel.id)
    each = [f"{plain(name)} {count} of {len(questions)}" for name, count in answered.items()]
    whose = f"{quantity(len(questions), 'question')} across prompts of {plain(of.data)} by {plain(of.encoder)}"
    st.caption(f"After the pairs: {whose}. {'; '.join(each) or 'Nobody has come to them yet'}.")
