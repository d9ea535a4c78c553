"""A spec as YAML with comments, or as JSON: what `rpo.spec_files.reading` reads back as the same spec."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from textwrap import wrap
from typing import Any

from rpo.fields import About, Group, options
from rpo.settings import BY_NAME
from rpo.spec import FIELDS, RunSpec, looks_at
from rpo.spec_files.reading import SWEEP

COMMENT_WIDTH = 100  # characters of a line of comments
SAFE = re.compile(r"[A-Za-z][\w./-]*(?: [\w./-]+)*", re.ASCII)  # a text that needs no quotes
OTHERS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}  # what YAML 1.1 or 1.2 does not read as a text
HEAD = "A run of rpo: `rpo train FILE` starts it. A line may be left out; it then stands at its default."


def as_json(spec: RunSpec, sweep: Mapping[str, Sequence[Any]] | None = None) -> str:
    """The spec as JSON, all of its fields."""
    axes = {SWEEP: {name: list(values) for name, values in sweep.items()}} if sweep else {}
    return json.dumps(spec.as_dict() | axes, indent=2, ensure_ascii=False) + "\n"


def as_yaml(spec: RunSpec, sweep: Mapping[str, Sequence[Any]] | None = None) -> str:
    """The spec as YAML, each field under its meaning and range; those that its objective does not look at are left out."""
    return "\n".join([*_comment(HEAD), *_groups(spec), *_sweep(sweep or {}), ""])


def _groups(spec: RunSpec) -> Iterator[str]:
    for group in Group:
        names = [name for name, one in FIELDS.items() if one.group is group and looks_at(spec.objective, spec.weighting, name)]
        if names:
            yield from ("", f"# == {group} ==")
        for name in names:
            yield from _comment(_about(name, FIELDS[name]))
            yield f"{name}: {_scalar(getattr(spec, name))}"


def _sweep(axes: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    if axes:
        yield from ("", "# Every combination of these is a run.", f"{SWEEP}:")
    for name, values in axes.items():
        yield f"  {name}: [{', '.join(map(_scalar, values))}]"


def _about(name: str, one: About) -> str:
    """A field's title, meaning and range."""
    among = f" One of: {', '.join(options(BY_NAME[name]))}." if options(BY_NAME[name]) else ""
    unit = f" {one.within.unit}" if one.within and one.within.unit else ""
    within = f" A number {one.within}{unit}." if one.within else ""
    return f"{one.title}. {one.help.rstrip('.')}.{among or within}"


def _comment(words: str) -> list[str]:
    return [f"# {line}" for line in wrap(" ".join(words.split()), COMMENT_WIDTH - 2, break_long_words=False)]


def _scalar(value: Any) -> str:
    """A value as versions 1.1 and 1.2 of YAML read it alike."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))  # version 1.1 wants a point in 5e-07
    if isinstance(value, int):
        return str(value)
    text = str(value) if isinstance(value, StrEnum) else value
    return text if SAFE.fullmatch(text) and text.lower() not in OTHERS else _quoted(text)


def _quoted(text: str) -> str:
    import yaml

    return yaml.dump(text, default_style='"', allow_unicode=True, width=10**9).strip()
