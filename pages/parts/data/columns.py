"""A form in which a person says whose columns mean what: first what a row is, then a column for each field."""

import streamlit as st

from pages.shared.plain import plain
from pages.shared.session import session
from rpo.preferences import Peek, Way, guess, guess_better, guess_held_out, way_of

RECOGNISE = "recognise it by its columns"
LABELS = {
    "prompt": "Prompt",
    "chosen": "Chosen answer",
    "rejected": "Rejected answer",
    "first": "First answer",
    "second": "Second answer",
    "better": "Which is better",
    "first_score": "Score of the first",
    "second_score": "Score of the second",
    "answer": "Answer",
    "liked": "Liked, or a rating",
    "system": "System prompt",
    "history": "Earlier turns",
    "first_if": "The first is better if it is",
    "second_if": "The second is better if it is",
    "slice": "Slice",
    "split": "Split",
}
HELP = {
    "prompt": "Several columns are joined by a line break, in this order.",
    "better": "The column that names the better answer, or a number whose sign does.",
    "first_score": "The higher score is the better answer; rows with equal scores are left out.",
    "liked": "Yes or no, win or lose, 1 or 0; or a number that is liked from a threshold on.",
    "history": "A column with the turns before the prompt.",
    "split": "Which rows are trained on and which are held out.",
}
BETTER_IF = ("first_if", "second_if")
BY_SIGN = ("<0", ">0")
HELD = "splits by their known names"
NO_SPLIT = ""  # the file's split column is not used
PLAIN_VERDICTS = {"0", "1", "true", "false"}

Said = dict[str, str | list[str]]
"""Fields and what a person said of each."""


def way(key: str) -> Way | None:
    """How a row says what people preferred, as the person said; None while the file is to be recognised."""
    said = session.of(f"way-{key}", RECOGNISE)
    return None if said == RECOGNISE else Way(said)


def opened(key: str) -> bool:
    """Whether the person has begun to fill the form in, so that the file is not read without it."""
    return way(key) is not None


def mapping(seen: Peek, key: str, refused: bool) -> Said | None:
    """The form; {} while the file is recognised and nothing else was said, None while a field still lacks its column."""
    with st.expander("Say which column is which", icon=":material/table_chart:", expanded=refused or opened(key)):
        st.selectbox("A row is", [RECOGNISE, *Way], key=f"way-{key}", format_func=str)
        chosen = way(key)
        if chosen is None:
            hint(seen, key, refused)
            return split(seen, key)
        found = required(chosen, seen, key) | optional(seen, key)
    lacking = [LABELS[field] for field in chosen.fields if not found.get(field)]
    if lacking:
        st.info(f"Choose a column or value for: {', '.join(lacking)}.")
    return None if lacking else found


def hint(seen: Peek, key: str, refused: bool) -> None:
    """The file's columns, and what they may be."""
    st.caption(f"Columns: {plain(', '.join(seen.columns))}.")
    probably = way_of(seen.columns) if refused else None
    if probably:
        st.button(f"By their names: {probably}. Read it so", on_click=take, args=(key, probably), icon=":material/arrow_forward:")


def take(key: str, probably: Way) -> None:
    session.put(f"way-{key}", probably)


def required(chosen: Way, seen: Peek, key: str) -> Said:
    """A column for each field that such a row must have, and what its values mean."""
    likely, key = guess(chosen.columns, seen.columns), f"{key}-{chosen.name}"
    found: Said = {"prompt": prompt(seen, likely["prompt"], key)}
    places = st.columns(2)
    for number, field in enumerate(chosen.columns[1:]):
        with places[number % 2]:
            found |= column(field, seen, likely[field], key)
    if chosen is Way.ORGANISER_SAYS and "better" in found:
        found |= better_if(seen.values.get(str(found["better"]), ()), f"{key}-{found['better']}")
    if chosen is Way.LIKED and "liked" in found:
        found |= threshold(seen.values.get(str(found["liked"])), key)
    return found


def prompt(seen: Peek, likely: str | None, key: str) -> str | list[str]:
    given = [likely] if likely else []
    said = st.multiselect(LABELS["prompt"], seen.columns, given, key=f"prompt-{key}", help=HELP["prompt"])
    return said[0] if len(said) == 1 else said


def column(field: str, seen: Peek, likely: str | None, key: str) -> Said:
    """The column that the person chose for a field; {} for none."""
    place = seen.columns.index(likely) if likely else None
    said = st.selectbox(LABELS[field], seen.columns, place, key=f"{field}-{key}", help=HELP.get(field), placeholder="none")
    return {field: said} if said else {}


def better_if(values: tuple[str, ...], key: str) -> Said:
    """The values that say which answer is better; any other is a tie."""
    offered, found = [*values, *BY_SIGN], {}
    for place, field, likely in zip(st.columns(2), BETTER_IF, guess_better(values), strict=True):
        at = offered.index(likely) if likely in offered else None
        said = place.selectbox(
            LABELS[field], offered, at, key=f"{field}-{key}", accept_new_options=True, placeholder="choose or type"
        )
        found |= {field: said} if said else {}
    st.caption("Rows with any other value are ties and are left out.")
    return found


def threshold(values: tuple[str, ...] | None, key: str) -> Said:
    """From which number on an answer is liked, where the column may hold numbers."""
    if values is not None and ({value.lower() for value in values} <= PLAIN_VERDICTS or not all(map(numeric, values))):
        return {}
    least = st.number_input(
        "Liked from", value=None, format="%g", key=f"threshold-{key}", placeholder="a number, or empty for yes and no"
    )
    return {} if least is None else {"threshold": f"{least:g}"}


def numeric(value: str) -> bool:
    return value.strip().removeprefix("-").replace(".", "", 1).isdigit()


def optional(seen: Peek, key: str) -> Said:
    """Fields that any row may have."""
    found, likely = {}, guess(("system", "history"), seen.columns)
    st.caption("If you like:")
    first, second = st.columns(2)
    with first:
        found |= column("system", seen, likely["system"], key) | column("slice", seen, None, key)
    with second:
        found |= column("history", seen, likely["history"], key) | split(seen, key)
    return found


def split(seen: Peek, key: str) -> Said:
    """Which rows are held out: by a column, by the file's own names of splits, or by a draw here."""
    said = st.selectbox(
        LABELS["split"], [NO_SPLIT, *seen.columns], None, key=f"split-{key}", help=HELP["split"],
        placeholder="as the file says", format_func=lambda name: name or "draw one here",
    )  # fmt: skip
    if said == NO_SPLIT:
        return {"split": said}
    values = seen.values.get(said or "split", ())
    given = guess_held_out(values) if said else []
    held = st.multiselect("Held out", values, given, key=f"held-{key}-{said}", accept_new_options=True, placeholder=HELD)
    return ({"split": said} if said else {}) | ({"held_out": held} if held else {})
