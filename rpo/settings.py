"""What a spec's fields say to others: settings in words, values from an address, and the parts of a key that decide what is kept.

All of it follows from the fields' descriptions (`rpo.fields`). Not the presets: those are in `rpo.spec` and `rpo.presets`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from enum import Enum
from reprlib import repr as brief
from typing import Any

from rpo.errors import RpoError
from rpo.fields import Axis, Decides, broken
from rpo.spec import DEFAULTS, FIELDS, RunSpec

BY_NAME = {one.name: one for one in fields(RunSpec)}


def range_of(name: str) -> tuple[Any, Any]:
    """The two ends of a number's one range, of the number's type: every page, address and search asks here."""
    one, kind = FIELDS[name], BY_NAME[name].type
    if one.within is None or not isinstance(kind, type):
        raise TypeError(f"{name} must be a number to have a range; ask for tau, or another number")
    return kind(one.within.low), kind(one.within.high)


def in_words(name: str, value: Any) -> str:
    """A setting in words, as a form names it: "τ 0.5", "Optimizer rmsprop", "without Gradient checkpointing"."""
    title = FIELDS[name].sign or FIELDS[name].title
    if isinstance(value, bool):
        return title if value else f"without {title}"
    return f"{title} {value:g}" if isinstance(value, float) else f"{title} {value}"


def differences(spec: RunSpec, other: RunSpec = DEFAULTS) -> tuple[str, ...]:
    """What a spec sets otherwise than another, in words, in the order of the fields."""
    return tuple(in_words(name, getattr(spec, name)) for name in FIELDS if getattr(spec, name) != getattr(other, name))


def differing(specs: Sequence[RunSpec | None], names: Iterable[str] = FIELDS) -> dict[str, tuple[Any, ...]]:
    """Field -> its value in each spec, for those of the names that differ; "" where there is no spec."""
    columns = {name: tuple("" if spec is None else getattr(spec, name) for spec in specs) for name in names}
    return {name: values for name, values in columns.items() if len({value for value in values if value != ""}) > 1}


def figures_of(spec: RunSpec) -> RunSpec:
    """The spec without what changes no figure: specs that agree in it have the same figures."""
    return replace(spec, **{name: getattr(DEFAULTS, name) for name, one in FIELDS.items() if one.decides is Decides.NOTHING})


def varying() -> dict[str, Axis]:
    """The fields that a sweep may vary, and how."""
    return {name: one.sweep for name, one in FIELDS.items() if one.sweep}


def keyed(spec: RunSpec, what: Decides, always: Sequence[str]) -> dict[str, Any]:
    """The fields that decide `what`, for a key: `always` these, others only where they are not at their default.

    So a field that is added later leaves the keys of what is on disk already as they are.
    """
    later = [name for name, one in FIELDS.items() if one.decides & what and name not in always]
    changed = [name for name in later if getattr(spec, name) != getattr(DEFAULTS, name)]
    return {name: getattr(spec, name) for name in (*always, *changed)}


def in_address(spec: RunSpec) -> dict[str, str]:
    """What a spec sets otherwise than a first run, as words of an address; `of_address` reads them."""
    changed = {name: getattr(spec, name) for name in FIELDS if getattr(spec, name) != getattr(DEFAULTS, name)}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in changed.items()}


def of_address(words: Mapping[str, str]) -> dict[str, Any]:
    """The fields that an address names, with their values; an error names the first that cannot be taken."""
    named = {name: words[name] for name in FIELDS if words.get(name)}
    for name, text in named.items():
        if rule := misread(name, text):
            raise RpoError(f"{rule}; correct the address, or open the page without it")
    return {name: _value(name, text) for name, text in named.items()}


def from_text(name: str, text: str | None, otherwise: Any) -> Any:
    """A field's value as an address says it; `otherwise` where it says nothing, or what `misread` refuses."""
    return otherwise if not text or misread(name, text) else _value(name, text)


def misread(name: str, text: str | None) -> str:
    """Why what an address says of a field cannot be taken, in words; "" where it can, or where it says nothing."""
    if not text:
        return ""
    try:
        rule = broken(BY_NAME[name], _value(name, text))
    except ValueError:
        rule = broken(BY_NAME[name], text)
    return rule and f"{name} must be {rule}, got {brief(text)}"


def typed(name: str, text: str) -> list[Any]:
    """Several values of a field as a person types them, numbers with commas between."""
    try:
        return [_value(name, word) for word in text.replace(",", " ").split()]
    except ValueError:
        rule = f"a sweep's values must be numbers with commas between, got {brief(text)} for {name}"
        raise RpoError(f"{rule}; write for instance {getattr(DEFAULTS, name)}") from None


def _value(name: str, text: str) -> Any:
    """A text as this field's type; ValueError where it is none."""
    kind = BY_NAME[name].type
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    return kind(text) if isinstance(kind, type) and (issubclass(kind, Enum) or kind in (int, float)) else text
