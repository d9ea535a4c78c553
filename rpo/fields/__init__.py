"""How a field of a spec describes itself, and the named choices that fields hold."""

from rpo.fields.choices import Batching, Control, Optimizer, Rejected, Schedule, Weighting
from rpo.fields.description import (
    About,
    Axis,
    Decides,
    Group,
    Unit,
    Within,
    about,
    broken,
    checked,
    described,
    nearest_field,
    options,
)

__all__ = [
    "About",
    "Axis",
    "Batching",
    "Control",
    "Decides",
    "Group",
    "Optimizer",
    "Rejected",
    "Schedule",
    "Unit",
    "Weighting",
    "Within",
    "about",
    "broken",
    "checked",
    "described",
    "nearest_field",
    "options",
]
