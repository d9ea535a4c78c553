"""A spec from the text of a file, YAML or JSON: strict, so that a field is never misread and never passed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as brief
from typing import Any

from rpo.errors import RpoError, foreign
from rpo.fields import broken, checked, nearest_field
from rpo.settings import BY_NAME, varying
from rpo.spec import RunSpec

SWEEP = "sweep"  # the key of a file under which a sweep's axes stand
MOST_CHARACTERS = 200_000  # characters; with all of its comments a spec has about 10,000


@dataclass(frozen=True)
class SpecFile:
    """What a file asks for: a spec, and where it is a sweep, which fields it varies and how."""

    spec: RunSpec
    sweep: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def read_spec(text: str, name: str) -> SpecFile:
    """What a text asks for, YAML or JSON; fields it lacks keep their defaults, unknown ones are refused. `name` is the file's.

    A `sweep:` holds the fields that are varied, each with a list of values.
    """
    raw = _mapping(text, name)
    varied = raw.pop(SWEEP, {})
    try:
        spec = RunSpec.from_dict(raw)
        return SpecFile(spec, _axes(varied))
    except RpoError as error:
        raise RpoError(f"{name}: {error}") from error


def _mapping(text: str, name: str) -> dict[str, Any]:
    if len(text) > MOST_CHARACTERS:
        raise RpoError(
            f"{name} must have at most {MOST_CHARACTERS:,} characters to be a spec, it has {len(text):,}; choose another file"
        )
    from rpo.spec_files.yaml12 import load_json, load_yaml

    with foreign(f"{name} must be YAML or JSON", "correct it, or write a new one with `rpo spec`"):
        raw = load_json(text) if text.lstrip().startswith("{") else load_yaml(text)
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        said = "nothing" if raw is None else brief(raw)
        raise RpoError(f"{name} must hold fields like `tau: 0.5`, it holds {said}; write one with `rpo spec`")
    return raw


def _axes(varied: Any) -> dict[str, list[Any]]:
    if not isinstance(varied, dict):
        raise RpoError(f"{SWEEP} must hold fields with lists, like `tau: [0.1, 0.5]`, it holds {brief(varied)}; correct it")
    known = varying()
    if strange := next((name for name in varied if name not in known), None):
        raise RpoError(f"{SWEEP} varies {', '.join(known)}, got {brief(strange)}; {nearest_field(str(strange), known)}")
    return {name: _values(name, values) for name, values in varied.items()}


def _values(name: str, values: Any) -> list[Any]:
    if not isinstance(values, list) or not values:
        raise RpoError(f"{SWEEP}.{name} must be a list of values, it is {brief(values)}; write for instance [0.1, 0.5]")
    for value in values:
        if rule := broken(BY_NAME[name], value):
            raise RpoError(f"{SWEEP}.{name} must hold values that are each {rule}, got {brief(value)}; correct it")
    return [checked(BY_NAME[name], value) for value in values]
