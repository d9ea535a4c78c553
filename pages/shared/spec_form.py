"""The form of a run, and of a sweep of runs: each field of a `RunSpec` once, asked for as the field describes itself."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared.plain import plain
from rpo.fields import Axis, Group, options
from rpo.settings import BY_NAME, differences, range_of, typed, unseen, varying
from rpo.spec import FIELDS, RunSpec, looks_at

ROOM = 4  # columns of a tab, which keep their width where a tab has fewer fields
Filled = dict[str, Any]


def filled(spec: RunSpec, shelf: Sequence[str]) -> Filled:
    """All fields as they are set on a form that starts from `spec`; what the objective does not look at is at its default."""
    found = essentials(spec, shelf)
    with st.expander("Weights, batches, adapter, lengths, measuring, memory"):
        if changed := differences(spec):
            st.caption(f"Set otherwise than in a first run: {plain(', '.join(changed))}.")
        groups = [group for group in Group if group is not Group.ESSENTIALS]
        for tab, group in zip(st.tabs(groups), groups, strict=True):
            with tab:
                found |= tabbed(spec, group)
    return found | unseen(found["objective"])


def essentials(spec: RunSpec, shelf: Sequence[str]) -> Filled:
    """What is always in view: names and choices in a row, numbers in one below."""
    piles, found = stacks(Group.ESSENTIALS), Filled(objective=spec.objective)
    rows = [pile for pile in piles if not FIELDS[pile[0]].within], [pile for pile in piles if FIELDS[pile[0]].within]
    for row in rows:
        for place, pile in zip(st.columns(len(row)), row, strict=True):
            for name in pile:
                if looks_at(found["objective"], name):
                    found[name] = asked(place, name, getattr(spec, name), known(spec, shelf) if name == "data" else ())
    return found


def tabbed(spec: RunSpec, group: Group) -> Filled:
    piles = stacks(group)
    level = "bottom" if all(len(pile) == 1 for pile in piles) else "top"
    places = st.columns(max(ROOM, len(piles)), vertical_alignment=level)
    return {name: asked(place, name, getattr(spec, name)) for place, pile in zip(places, piles, strict=False) for name in pile}


def stacks(group: Group) -> list[list[str]]:
    """A group's fields, those together that stand below each other."""
    found: list[list[str]] = []
    for name, one in FIELDS.items():
        if one.group is group:
            found.append([name]) if not one.under else found[-1].append(name)
    return found


def known(spec: RunSpec, shelf: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([spec.data, *shelf]))


def asked(place: Any, name: str, value: Any, among: Sequence[str] = ()) -> Any:
    """One field's widget, by what it holds: a choice, a flag, a number, or a free text."""
    one, members = FIELDS[name], among or options(BY_NAME[name])
    if one.note:
        place.caption(one.note)
    if members:
        return place.selectbox(one.title, members, list(members).index(value), help=one.help)
    if isinstance(value, bool):
        return place.toggle(one.title, value, help=one.help)
    if one.within:
        return number(place, name, value)
    return place.text_input(one.title, value, help=one.help)


def number(place: Any, name: str, value: float) -> Any:
    """A number within the field's range, all of its digits shown. An open end can be typed, and the spec refuses it in words."""
    one, (low, high) = FIELDS[name], range_of(name)
    whole = isinstance(low, int)
    return place.number_input(
        one.title, low, high, value if whole else float(value), format=None if whole else "%g", help=one.help
    )


def axes() -> dict[str, list[Any]]:
    """What a sweep varies: field -> values, without the fields for which none was given."""
    places = st.columns(3)
    found = {name: axis(places[at % len(places)], name, one) for at, (name, one) in enumerate(varying().items())}
    return {name: values for name, values in found.items() if values}


def axis(place: Any, name: str, one: Axis) -> list[Any]:
    if members := options(BY_NAME[name]):
        return place.multiselect(one.title, members)
    return typed(name, place.text_input(one.title, placeholder=one.example))
