"""A spec with some fields set as a person types them: `tau=0.3`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rpo.errors import RpoError
from rpo.fields import nearest_field
from rpo.settings import from_text, misread
from rpo.spec import DEFAULTS, FIELDS, RunSpec


def changed(spec: RunSpec, said: Sequence[str]) -> RunSpec:
    """The spec with `said` set, each NAME=VALUE; of a name that is said twice the last counts.

    A change of the objective takes what only the old one looked at back to its default.
    """
    fields = dict(map(setting, said))
    if "objective" in fields:
        spec = spec.with_objective(fields.pop("objective"))
    return replace(spec, **fields)


def setting(said: str) -> tuple[str, Any]:
    """A field and its value out of NAME=VALUE, of the field's type."""
    name, equals, text = said.partition("=")
    name = name.strip().replace("-", "_")
    if not (name and equals):
        raise RpoError(f"a setting must be NAME=VALUE, got {said!r}; write for instance --set tau=0.3")
    if name not in FIELDS:
        raise RpoError(f"a run has no field {name!r}; {nearest_field(name, FIELDS)}")
    if not text.strip():
        raise RpoError(f"{name} must have a value, got none; write for instance {name}={getattr(DEFAULTS, name)}")
    if rule := misread(name, text.strip()):
        raise RpoError(f"{rule}; correct --set")
    return name, from_text(name, text.strip(), None)
