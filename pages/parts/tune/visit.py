"""A visit of the page Tune: what the address asks for, what was set here before, and the address that opens the same again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from pages.shared import deep_link, pickers
from pages.shared.plain import trouble
from pages.shared.session import Session, session
from rpo import preferences
from rpo.tuning import TOY, Picked, Point, Tuning, display_of, from_address, misread_display, point_of, refused

GOAL = "goal"  # the key of the field in which it can be typed
KEPT_ELSEWHERE = ("data", "encoder", "rows")  # of every page, or no widget's


def begin() -> None:
    """What a new address asks for, else what was set here before (data and encoder: anywhere before), else the paper's."""
    asked = deep_link.everything()
    if asked and asked not in (session.written_address, session.opened_address):
        session.opened_address = asked
        adopt(asked)
    elif not session.turn:
        set_point(Point(tau=session.tau))
    lasso()
    source = session.data if session.data in sources() else preferences.EMBEDDED
    session.begin({**from_address({**session.tuned, "data": source}), Session.tune_data.key: source})
    hold(*from_address({}), Session.tune_data.key)


def hold(*keys: str) -> None:
    """Say again what widgets hold: one that waits in a closed popover has not heard it, and would open with its default."""
    for key in keys:
        session.put(key, session.of(key))


def adopt(asked: Mapping[str, str]) -> None:
    """Set all that an address says, and say what of it cannot be."""
    source = asked.get("data", session.of(Session.tune_data.key, session.data))
    words = {**session.tuned, **asked, "data": source}
    for name, value in from_address(words).items():
        session.put(name, value)
    session.tune_data, session.rows_of = source, source
    session.encoder = words.get("encoder", session.encoder)
    session.display = display_of(words)
    set_point(point_of(asked) or point_of(session.tuned) or Point(tau=session.tau))
    for fault in refused(words):
        trouble(fault, st.warning)


def lasso() -> None:
    """Prompts that were picked on the map since: looked at first, whatever was picked before."""
    prompts = session.take(Session.picked)
    if prompts and session.tune_data != TOY:
        source = session.of(Session.tune_data.key, session.data)
        known = {prompt: row for row, prompt in enumerate(preferences.load(source).prompts)}
        session.rows = tuple(known[prompt] for prompt in prompts if prompt in known)
        session.rows_of, session.picked_for = source, Picked.LOOK


def sources() -> list[str]:
    """What can be picked: the data folder, what an address or Explore named, the toy."""
    return pickers.sources(session.data, session.of(Session.tune_data.key, session.data), TOY)


def set_point(point: Point) -> None:
    """Move the hand from outside: the instrument follows a new turn."""
    session.asked = point
    session.turn += 1
    keep(point)


def keep(point: Point) -> None:
    """Take a point for the one in hand."""
    session.point = point
    if point.by_tau:
        session.tau = point.tau


def show(**changes: Any) -> None:
    """Let the page show this otherwise from now on."""
    session.display = replace(session.display, **changes)


def shown(raw: Mapping[str, Any]) -> None:
    """What the browser says of its cells, order, goal and pin."""
    if wrong := misread_display(raw):
        session.trouble = wrong[0]
        return
    session.display = display_of({**session.display.address, **raw})
    session.put(GOAL, session.display.goal)


def goal_typed() -> None:
    """A goal that was typed below moves the one that is drawn."""
    show(goal=float(session.of(GOAL)))
    set_point(session.point)


def remember(choice: Tuning) -> None:
    """For the other pages, for a return to this one, and for the address that can be shared."""
    if not choice.toy:
        session.data, session.encoder = choice.source, choice.encoder
    address = {**choice.address(session.point), **session.display.address}
    session.tuned = {word: said for word, said in address.items() if word not in KEPT_ELSEWHERE}
    session.written_address = address
    deep_link.become(address)
