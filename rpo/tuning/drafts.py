"""A first draft of a run on given data: its objective by their kind, a contrast size that they hold. Not a check of a spec."""

from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import Kind, PreferenceSet
from rpo.spec import Objective, RunSpec
from rpo.tuning.sample import smaller_side


@dataclass(frozen=True)
class Draft:
    """What differs from the first preset, as fields of a spec, and a word on what the data forced."""

    fields: dict[str, Any]
    words: str = ""


def draft_on(source: str, data: PreferenceSet) -> Draft:
    """A run on the data of this source that starts; refused where they hold nothing to train on."""
    wanted, there = RunSpec().contrast_size, smaller_side(data)
    if there < 1:
        raise RpoError(f"a run must have an example a side to train on, {data.name} holds none; bring more data, or vote on more")
    fields: dict[str, Any] = {"data": source}
    if data.kind is Kind.UNPAIRED:
        fields["objective"] = Objective.RPO_UNPAIRED
    if there >= wanted:
        return Draft(fields)
    both = ("pair", "pairs") if data.kind is Kind.PAIRED else ("answer on the shorter side", "answers on the shorter side")
    words = f"{data.name} holds {quantity(there, *both)} to train on, so M (contrast size) is {there} and not {wanted}."
    alone = " With M = 1 nothing is contrasted: that is DPO." if there == 1 and data.kind is Kind.PAIRED else ""
    return Draft({**fields, "contrast_size": there}, words + alone)
