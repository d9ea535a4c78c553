"""What an address asks of Tune: a batch and how it is shown; and, in words, what of it cannot be given.

The way back is written by `Tuning`, `Point` and `Display` themselves.
"""

from collections.abc import Mapping
from reprlib import repr as brief
from typing import Any

from rpo.preferences import EMBEDDED
from rpo.settings import from_text, misread
from rpo.spec import DEFAULTS
from rpo.tuning.choice import BATCH_SIZES, UNTRAINED_MARGINS, margins_of
from rpo.tuning.display import misread_display
from rpo.tuning.point import misread_point
from rpo.tuning.pool import Picked

SPEC_WORDS = {"M": "contrast_size", "seed": "seed", "beta": "beta", "batches": "batching", "reads": "view"}
"""Words of an address, and the fields of a spec for which they stand; those of the point are `tuning.point.POINT_WORDS`."""


def from_address(words: Mapping[str, str]) -> dict[str, Any]:
    """What an address asks for; whatever it does not say is as in a new spec, and so is what `refused` names."""
    found = {name: from_text(name, words.get(word), getattr(DEFAULTS, name)) for word, name in SPEC_WORDS.items()}
    margins = words.get("margins", "")
    return {
        "size": found["contrast_size"] if found["contrast_size"] in BATCH_SIZES else DEFAULTS.contrast_size,
        **{name: found[name] for name in ("seed", "beta", "batching", "view")},
        "sees": margins if margins and not _misread_margins(words) else UNTRAINED_MARGINS,
        "rows": tuple(int(row) for row in _rows_said(words) if _numbers_a_row(row)),
        "picked_for": Picked(words["picked"]) if words.get("picked") and not _misread_use(words) else Picked.LOOK,
    }


def refused(words: Mapping[str, str]) -> tuple[str, ...]:
    """What an address asks for and does not get, in words: the rule, the value, and that the usual one stands in its place."""
    found = {word: misread(name, words.get(word)) for word, name in SPEC_WORDS.items()}
    if not found["M"] and words.get("M") and from_address(words)["size"] != int(words["M"]):
        found["M"] = f"M must be one of {', '.join(map(str, BATCH_SIZES))} here, got {words['M']}"
    faults = (
        *misread_point(words),
        *found.values(),
        _misread_margins(words),
        _misread_use(words),
        _misread_rows(words),
        *misread_display(words),
    )
    return tuple(f"{fault}; the address is read without it" for fault in faults if fault)


def _misread_margins(words: Mapping[str, str]) -> str:
    asked = words.get("margins", "")
    unknown = asked and asked not in margins_of(words.get("data", EMBEDDED))
    return f"margins must be of a run on these data that is here, got {brief(asked)}" if unknown else ""


def _misread_use(words: Mapping[str, str]) -> str:
    asked = words.get("picked", "")
    return f"picked must be {', '.join(Picked)}, got {brief(asked)}" if asked and asked not in list(Picked) else ""


def _misread_rows(words: Mapping[str, str]) -> str:
    wrong = [row for row in _rows_said(words) if not _numbers_a_row(row)]
    return f"rows must be numbers of prompts with commas between, got {brief(wrong[0])}" if wrong else ""


def _rows_said(words: Mapping[str, str]) -> list[str]:
    return [row for row in words.get("rows", "").split(",") if row]


def _numbers_a_row(row: str) -> bool:
    return row.isdecimal() and row.isascii() and len(row) < 10
