"""The form of a run, and of a sweep of runs: each field of a `RunSpec` once, asked for as the field describes itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from pages.shared.kept import lasting
from pages.shared.plain import plain
from pages.shared.session import session
from rpo.fields import Axis, Group, options
from rpo.settings import BY_NAME, differences, range_of, typed, varying
from rpo.spec import FIELDS, Objective, RunSpec, looks_at

ROOM = 4  # columns of a tab, which keep their width where a tab has fewer fields
Filled = dict[str, Any]
Offered = Mapping[str, Sequence[str]]  # texts among which a field is chosen here


def filled(spec: RunSpec, offered: Offered) -> Filled:
    """All fields as they are set on a form that starts from `spec`; what the objective does not look at is left out."""
    found = essentials(spec, offered)
    explained(found["objective"])
    with st.expander("Weights, batches, adapter, lengths, measuring, memory"):
        if changed := differences(spec):
            st.caption(f"Set otherwise than in a first run: {plain(', '.join(changed))}.")
        groups = [group for group in Group if group is not Group.ESSENTIALS]
        for tab, group in zip(st.tabs(groups), groups, strict=True):
            with tab:
                found = tabbed(spec, group, offered, found)
    return found


def explained(objective: Objective) -> None:
    """What an objective does, with usual values and its source."""
    st.caption(f":material/info: {objective.entry.words} ({objective.entry.paper})")


def essentials(spec: RunSpec, offered: Offered) -> Filled:
    """What is always in view: names and choices in a row, numbers in one below."""
    piles, found = stacks(Group.ESSENTIALS), Filled(objective=spec.objective, weighting=spec.weighting)
    for numbers in (False, True):
        row = [pile for pile in piles if bool(FIELDS[pile[0]].within) is numbers]
        found = laid(spec, row, st.columns(len(row)), offered, found)
    return found


def tabbed(spec: RunSpec, group: Group, offered: Offered, found: Filled) -> Filled:
    piles = stacks(group)
    level = "bottom" if all(len(pile) == 1 for pile in piles) else "top"
    return laid(spec, piles, st.columns(max(ROOM, len(piles)), vertical_alignment=level), offered, found)


def laid(spec: RunSpec, piles: list[list[str]], places: Sequence[Any], offered: Offered, found: Filled) -> Filled:
    """`found`, and what is set in these columns; a field is asked for where the objective set so far looks at it."""
    for place, pile in zip(places, piles, strict=False):
        for name in pile:
            if looks_at(found["objective"], found["weighting"], name):
                found = {**found, name: asked(place, name, getattr(spec, name), offered.get(name, ()))}
    return found


def stacks(group: Group) -> list[list[str]]:
    """A group's fields, those together that stand below each other."""
    found: list[list[str]] = []
    for name, one in FIELDS.items():
        if one.group is group and one.under:
            found[-1].append(name)
        elif one.group is group:
            found.append([name])
    return found


def asked(place: Any, name: str, value: Any, offered: Sequence[str] = ()) -> Any:
    """One field's widget, by what it holds: a choice, a flag, a number, or a text, which may be one of those offered.

    What was typed stays over a visit of other pages; a starting point with another value begins anew.
    """
    one, kept = FIELDS[name], lasting(f"{session.form_turn} {name} {value}")
    members = options(BY_NAME[name]) or (list(dict.fromkeys([value, *offered])) if offered else ())
    if members:
        return place.selectbox(one.title, members, list(members).index(value), help=one.help, **kept)
    if isinstance(value, bool):
        return place.toggle(one.title, value, help=one.help, **kept)
    if one.within:
        return number(place, name, value, kept)
    return place.text_input(one.title, value, help=one.help, **kept)


def number(place: Any, name: str, value: float, kept: Mapping[str, Any]) -> Any:
    """A number within the field's range, all of its digits shown. An open end can be typed, and the spec refuses it in words."""
    one, (low, high) = FIELDS[name], range_of(name)
    whole = isinstance(low, int)
    return place.number_input(
        one.title, low, high, value if whole else float(value), format=None if whole else "%g", help=one.help, **kept
    )


def axes() -> dict[str, list[Any]]:
    """What a sweep varies: field -> values, without the fields for which none was given."""
    places = st.columns(3)
    found = {name: axis(places[at % len(places)], name, one) for at, (name, one) in enumerate(varying().items())}
    return {name: values for name, values in found.items() if values}


def axis(place: Any, name: str, one: Axis) -> list[Any]:
    kept = lasting(f"sweep {name}")
    if members := options(BY_NAME[name]):
        return place.multiselect(one.title, members, **kept)
    return typed(name, place.text_input(one.title, placeholder=one.example, **kept))
