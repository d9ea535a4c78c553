"""Which rows are trained on and which are held out: as the data say, else by a draw over prompts.

Prompts are split, never rows, and prompts that differ in white space or case alone count as one. Not a check that training and
panels stay apart: that is `holdout`.
"""

import hashlib
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from rpo.errors import RpoError
from rpo.preferences.dialogue import alike
from rpo.preferences.formats.mapping import SplitRule

HELD_OUT = 0.1  # share of the prompts held out where the data name no split
TRAIN, MEASURE = "train", "held-out"
TRAINING = {"train", "training"}
MEASURING = {"test", "testing", "eval", "evaluation", "validation", "valid", "val", "dev", "development", "heldout"}
SPLITS_NAMED = 8  # names of splits in an error


def split_named(name: str) -> str:
    """What the name of a split means: "train", "held-out", or "" where it is not known."""
    plain = re.sub(r"held[-_ ]?out", "heldout", name.lower())
    words = {word.rstrip("0123456789") for word in re.split(r"[^a-z0-9]+", plain)}
    found = {TRAIN for _ in words & TRAINING} | {MEASURE for _ in words & MEASURING}
    return found.pop() if len(found) == 1 else ""


def of_part(part: str) -> str:
    """What the path of a file in a folder, or the name of a split, means: its own name decides before its folder's."""
    place = PurePosixPath(part)
    return next((found for name in (place.name, *map(str, place.parents)) if (found := split_named(name))), "")


class Splits:
    """Reads what rows say of their split. Names without a known meaning are asked for, once all rows are read."""

    def __init__(self, rule: SplitRule) -> None:
        self.rule, self.unknown, self.parts = rule, Counter[str](), dict[str, str]()

    def of(self, row: dict[str, Any], part: str) -> str:
        """The split of a row: by its column, else by the part of the source that it stands in; "" where neither names one."""
        said = row.get(self.rule.column) if self.rule.column else None
        if isinstance(said, bool | int | str) and str(said).strip():
            return self._named(str(said).strip())
        if not part:
            return ""
        if self.rule.held_out is not None:
            return MEASURE if part in self.rule.held_out else TRAIN
        return self.parts.setdefault(part, of_part(part))

    def _named(self, name: str) -> str:
        if self.rule.held_out is not None:
            return MEASURE if name in self.rule.held_out else TRAIN
        found = split_named(name)
        if not found:
            self.unknown[name] += 1
        return found

    def check(self) -> None:
        """Ask for what is not known."""
        if any(self.parts.values()):
            self.unknown.update(part for part, found in self.parts.items() if not found)
        if self.unknown:
            names = ", ".join(repr(name[:30]) for name, _ in self.unknown.most_common(SPLITS_NAMED))
            more = ", …" if len(self.unknown) > SPLITS_NAMED else ""
            raise RpoError(
                f"a split must have a name whose meaning is known (train, test, dev, validation, …), got {names}{more}; say "
                "which are held out, or that the column does not name splits"
            )


def fill(table: dict[str, list[Any]]) -> tuple[str, ...]:
    """Give every row of a table its split; returns what a person should know.

    What is given for one row of a prompt holds for all of them, and held out wins. A prompt's place in the draw is a hash of its
    text, so it does not change when rows are added.
    """
    keys = {prompt: alike(prompt) for prompt in dict.fromkeys(table["prompt"])}
    given: dict[str, set[str]] = {}
    for prompt, split in zip(table["prompt"], table["split"], strict=True):
        if split:
            given.setdefault(keys[prompt], set()).add(split)
    place = {key: MEASURE if MEASURE in splits else TRAIN for key, splits in given.items()} | _drawn(keys, given)
    table["split"] = [place[keys[prompt]] for prompt in table["prompt"]]
    both = sum(len(splits) > 1 for splits in given.values())
    return (f"Prompts in a split to train on and in one that is held out: {both:,}. They are held out.",) if both else ()


def _drawn(keys: dict[str, str], given: dict[str, set[str]]) -> dict[str, str]:
    places: dict[str, str] = {}
    for prompt, key in keys.items():
        if key not in given:
            places[key] = min(_draw(prompt), places.get(key, "~"))
    order = sorted(places, key=places.__getitem__)
    held = max(1, round(HELD_OUT * len(order))) if len(order) > 1 and not given else round(HELD_OUT * len(order))
    return {key: MEASURE if rank < held else TRAIN for rank, key in enumerate(order)}


def _draw(prompt: str) -> str:
    return hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()
