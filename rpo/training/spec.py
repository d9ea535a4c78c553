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
from rpo.training.batches import Batching


class Objective(StrEnum):
    """What is minimised (arXiv 2402.10958 for both RPOs, 2305.18290 for DPO, 2310.12036 for IPO, 2402.01306 for KTO)."""

    RPO_PAIRED = "rpo-paired"
    RPO_UNPAIRED = "rpo-unpaired"
    DPO = "dpo"
    IPO = "ipo"
    KTO = "kto"

    @property
    def kind(self) -> Kind:
        """The kind of data it learns from."""
        return Kind.UNPAIRED if self in (Objective.RPO_UNPAIRED, Objective.KTO) else Kind.PAIRED

    @property
    def contrasts(self) -> bool:
        """Whether it compares answers across prompts, and so needs an encoder and tau."""
        return self in (Objective.RPO_PAIRED, Objective.RPO_UNPAIRED)


class Weighting(StrEnum):
    """Where RPO's weights come from: prompts' likeness, or the paper's two ablations without it."""

    CONTRAST = "contrast"
    UNIFORM = "uniform"
    DIAGONAL = "diagonal"


class Control(StrEnum):
    """What a study holds RPO against: the same machinery with likeness that means nothing."""

    NONE = "none"
    RANDOM = "random embeddings"
    SHUFFLED = "shuffled weights"


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """Lengths are tokens, `lr` the peak of a linear warm-up and linear decay, `contrast_size` is M (pairs, or answers a side)."""

    model: str = weights.MODEL
    data: str = EMBEDDED
    encoder: str = weights.ENCODER
    view: str = "last turn"
    objective: Objective = Objective.RPO_PAIRED
    form: str = "inside"
    weighting: Weighting = Weighting.CONTRAST
    batching: Batching = Batching.RANDOM
    control: Control = Control.NONE
    centred: bool = False
    tau: float = 0.5
    beta: float = 0.1
    contrast_size: int = 8
    micro_batch: int = 8
    save_every: int = 20
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
        for name, kind in CHOICES.items():
            object.__setattr__(self, name, _member(kind, name, getattr(self, name)))
        if self.form not in ("inside", "outside"):
            raise RpoError(f"form must be 'inside' or 'outside', got {self.form!r}")
        if self.objective.kind is Kind.UNPAIRED and (self.centred or self.weighting is Weighting.DIAGONAL):
            raise RpoError(
                f"centred margins and diagonal weights need pairs, {self.objective} has none; choose another objective"
            )
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

    @property
    def needs_vectors(self) -> bool:
        """Whether prompts must be embedded: for RPO's weights, or to compose batches of near prompts."""
        weighed = self.objective.contrasts and self.weighting is Weighting.CONTRAST
        return weighed or self.batching is Batching.NEIGHBOURHOOD

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


CHOICES: dict[str, type[StrEnum]] = {
    "objective": Objective,
    "weighting": Weighting,
    "batching": Batching,
    "control": Control,
}


def _default(name: str) -> Any:
    return next(field.default for field in fields(RunSpec) if field.name == name)


def _member(kind: type[StrEnum], name: str, value: Any) -> StrEnum:
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
