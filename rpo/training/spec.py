"""A run, described before it starts: everything that decides the objective, and nothing about the machine.

Not a config framework: one frozen dataclass, read from and written to one JSON file. Equal specs mean equal objectives
whatever the device or the micro-batch.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind


class Objective(StrEnum):
    """What is minimised (arXiv 2402.10958 for both forms of RPO, 2305.18290 for DPO, 2310.12036 for IPO)."""

    RPO_PAIRED = "rpo-paired"
    RPO_UNPAIRED = "rpo-unpaired"
    DPO = "dpo"
    IPO = "ipo"

    @property
    def kind(self) -> Kind:
        """The kind of data it learns from."""
        return Kind.UNPAIRED if self is Objective.RPO_UNPAIRED else Kind.PAIRED

    @property
    def contrasts(self) -> bool:
        """Whether it compares answers across prompts, and so needs an encoder and tau."""
        return self in (Objective.RPO_PAIRED, Objective.RPO_UNPAIRED)


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """Lengths are tokens, `lr` the peak of a linear warm-up and linear decay, `contrast_size` is M (pairs, or answers a side)."""

    model: str = weights.MODEL
    data: str = EMBEDDED
    encoder: str = weights.ENCODER
    view: str = "last turn"
    objective: Objective = Objective.RPO_PAIRED
    form: str = "inside"
    tau: float = 0.5
    beta: float = 0.1
    contrast_size: int = 8
    micro_batch: int = 8
    steps: int = 24
    lr: float = 2e-4
    warmup: int = 5
    clip: float = 10.0
    lora_rank: int = 8
    lora_alpha: int = 16
    prompt_tokens: int = 256
    answer_tokens: int = 128
    new_tokens: int = 96
    evaluations: int = 1
    held_out: int = 60
    samples: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "objective", _member(Objective, "objective", self.objective))
        if self.form not in ("inside", "outside"):
            raise RpoError(f"form must be 'inside' or 'outside', got {self.form!r}")
        for name in ("tau", "beta", "lr", "clip"):
            value = getattr(self, name)
            if not (isinstance(value, int | float) and math.isfinite(value) and value > 0):
                raise RpoError(f"{name} must be a positive number, got {value!r}; the default is {_default(name)}")
        lowest = {"warmup": 0, "seed": 0, "evaluations": 0, "held_out": 0, "samples": 0, "steps": 0}
        for field in fields(self):
            value, least = getattr(self, field.name), lowest.get(field.name, 1)
            if field.type is int and not (isinstance(value, int) and not isinstance(value, bool) and value >= least):
                raise RpoError(f"{field.name} must be a whole number of at least {least}, got {value!r}")
            if field.type is str and not (isinstance(value, str) and value.strip()):
                raise RpoError(f"{field.name} must be a name, got {value!r}")

    def as_dict(self) -> dict[str, Any]:
        """The spec as JSON holds it."""
        return {key: str(value) if isinstance(value, StrEnum) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "RunSpec":
        """Read what `as_dict` wrote; names it does not know are refused, those that are missing keep their defaults."""
        unknown = sorted(set(raw) - {field.name for field in fields(cls)})
        if unknown:
            raise RpoError(f"a run spec has no field {', '.join(unknown)}; it may come from a newer version: remove or update")
        return cls(**raw)


def _default(name: str) -> Any:
    return next(field.default for field in fields(RunSpec) if field.name == name)


def _member(kind: type[Objective], name: str, value: Any) -> Objective:
    try:
        return kind(value)
    except ValueError:
        raise RpoError(f"{name} must be one of {', '.join(kind)}, got {value!r}") from None


PRESETS = {
    "First run: RPO-Paired, τ 0.5": RunSpec(),
    "RPO-Unpaired, τ 0.75": RunSpec(objective=Objective.RPO_UNPAIRED, data=EMBEDDED_LOG, tau=0.75),
    "DPO": RunSpec(objective=Objective.DPO),
    "A quick look: 6 steps": RunSpec(steps=6, warmup=1, held_out=12, samples=12, evaluations=1),
}
