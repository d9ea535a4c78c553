"""A data set's report, drawn: what it was recognised as, its counts, what is not used or left out, and one row as it is read."""

import random

import streamlit as st

from pages.shared import hub
from pages.shared.plain import plain, trouble
from pages.shared.session import Session, session
from rpo import preferences, weights
from rpo.charts.reading import reading_html
from rpo.charts.report import balance, control_tokens, length_lines
from rpo.glossary import quantity
from rpo.preferences import Role, Turn
from rpo.tokens import DataReport

AVATARS = {Role.SYSTEM: ":material/settings:", Role.USER: ":material/person:", Role.ASSISTANT: ":material/smart_toy:"}
HEIGHT, LOW = 440, 180  # pixels of a row's texts, so that what is below stays where it is; of one long turn
LONG = 500  # letters of a turn that is long
RULES = 12  # rules that are listed


def said(found: DataReport) -> None:
    """How it is read and how many rows there are."""
    form = f"Read as **{plain(found.form)}**: " if found.form else ""
    st.markdown(f"{form}{plain(' '.join(filter(None, [found.counts, balance(found)])))}")


def remarks(found: DataReport) -> None:
    """What a person should know before the file is kept: columns that are not used, and what was found in the rows."""
    quiet = [column for column in found.unused if column not in found.unused_texts]
    if found.unused_texts:
        trouble(f"Not used, though they hold text: {', '.join(found.unused_texts)}", st.warning)
    if quiet:
        st.caption(f"Not used: {plain(', '.join(quiet))}")
    for note in found.notes:
        st.caption(f":material/info: {plain(note)}")


def left_out(found: DataReport) -> None:
    if not found.left_out:
        return
    st.markdown("**Rows left out, and why**")
    for one in found.left_out[:RULES]:
        lines = "line" if one.count == 1 else "lines"
        st.markdown(f"- **{quantity(one.count, 'row')}**: {plain(one.rule)} ({lines} {plain(one.places)})")
    if len(found.left_out) > RULES:
        rest = quantity(sum(one.count for one in found.left_out[RULES:]), "more row is", "more rows are")
        st.caption(f"{rest} left out by {quantity(len(found.left_out) - RULES, 'other rule')}.")


def choose_row(rows: int, key: str) -> int:
    """Which row is shown; the button takes any other."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(f"Row, of {rows:,}", 1, rows, key=f"row-{key}-{rows}", width=160)
        another = {"on_click": other, "args": (f"row-{key}-{rows}", rows, number)}
        st.button("Another row", icon=":material/casino:", disabled=rows < 2, **another)
    return number


def other(key: str, rows: int, number: int) -> None:
    session.put(key, random.choice([row for row in (random.randint(1, rows), number % rows + 1) if row != number]))


def model() -> str:
    """Whose tokens are shown."""
    return session.reading_model.strip() or weights.MODEL


def row(found: DataReport) -> None:
    """The row as people read it, and as the model does."""
    text, tokens = st.tabs(["The row", "As the model reads it"])
    with text, st.container(height=HEIGHT, border=False):
        *earlier, last = found.example.turns
        if earlier:
            with st.expander(f"{quantity(len(earlier), 'earlier turn')}: {', '.join(turn.role for turn in earlier[:6])}"):
                for one in earlier:
                    turn(one)
        turn(last)
        answers(found.example.answers)
    with tokens, st.container(height=HEIGHT, border=False):
        in_tokens(found)


def turn(said: Turn) -> None:
    height = LOW if len(said.text) > LONG else "content"  # so that the answers can be seen
    with st.container(height=height, border=False), st.chat_message(str(said.role), avatar=AVATARS[said.role]):
        st.text(preferences.brief(said.text))


def answers(named: tuple[tuple[str, str], ...]) -> None:
    for place, (name, text) in zip(st.columns(len(named)), named, strict=True):
        with place.container(border=True):
            st.markdown(f"**{name}**")
            st.text(preferences.brief(text))


def in_tokens(found: DataReport) -> None:
    key = Session.reading_model.key
    st.text_input("Model", found.model, key=key, on_change=hub.typed, args=(key,))
    if found.lacking:
        trouble(found.lacking, st.info)
    if not weights.ready(found.model):
        hub.to_set_up()
    if found.reading is None:
        return
    st.caption(plain(" ".join([length_lines(found), *control_tokens(found)])))
    st.html(reading_html((found.reading.prompt, *found.reading.answers)))
