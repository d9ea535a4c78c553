"""A run, described before it starts: everything that decides the objective, and nothing about the machine.

Not a config framework: one frozen dataclass, read from and written to one JSON file. Equal specs mean equal objectives
whatever the device or the micro-batch.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from reprlib import repr as brief
from typing import Any

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind
from rpo.prompts import View
from rpo.training.batches import Batching

KL_POINTS = 5  # times the KL to the reference is taken along the way, besides the evaluations
ALL_LINEAR = "all-linear"  # peft's own word
KL_ROWS = 8  # held-out rows on which it is taken


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


class Optimizer(StrEnum):
    """How a gradient becomes a step. RMSprop is what the paper used."""

    ADAMW = "adamw"
    RMSPROP = "rmsprop"


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """Lengths are tokens, `lr` the peak of a linear warm-up and linear decay, `contrast_size` is M (pairs, or answers a side).

    One step averages the gradients of `contrasts` matrices of M. With `sft_steps` the adapter first learns the chosen answers,
    and what it has become is the reference. `quantised` holds the base model in 4 bits (QLoRA, arXiv 2305.14314). `top_p` 0
    writes greedy answers. `target_modules` names the layers that carry the adapter, with commas between; "all-linear" are all but
    the head. `micro_batch`, `checkpointing` and `save_every` cost or save memory and time and change no figure.
    """

    model: str = weights.MODEL
    data: str = EMBEDDED
    encoder: str = weights.ENCODER
    view: View = View.LAST_TURN
    objective: Objective = Objective.RPO_PAIRED
    form: str = "inside"
    weighting: Weighting = Weighting.CONTRAST
    batching: Batching = Batching.RANDOM
    control: Control = Control.NONE
    centred: bool = False
    tau: float = 0.5
    beta: float = 0.1
    contrast_size: int = 8
    contrasts: int = 1
    micro_batch: int = 8
    checkpointing: bool = False
    quantised: bool = False
    save_every: int = 20
    sft_steps: int = 0
    sft_lr: float = 2e-4
    steps: int = 24
    optimizer: Optimizer = Optimizer.ADAMW
    lr: float = 2e-4
    warmup: int = 5
    clip: float = 10.0
    lora_rank: int = 8
    lora_alpha: int = 16
    target_modules: str = ALL_LINEAR
    prompt_tokens: int = 256
    answer_tokens: int = 128
    new_tokens: int = 96
    top_p: float = 0.0
    probes: int = 2
    evaluations: int = 1
    held_out: int = 60
    samples: int = 40
    seed: int = 0

    def __post_init__(self) -> None:
        for name, kind in CHOICES.items():
            object.__setattr__(self, name, _member(kind, name, getattr(self, name)))
        if self.form not in ("inside", "outside"):
            raise RpoError(f"form must be 'inside' or 'outside', got {brief(self.form)}")
        if self.objective.kind is Kind.UNPAIRED and (self.centred or self.weighting is Weighting.DIAGONAL):
            raise RpoError(
                f"centred margins and diagonal weights need pairs, {self.objective} has none; choose another objective"
            )
        for name in ("tau", "beta", "lr", "clip", "sft_lr"):
            value = getattr(self, name)
            if not (_number(value) and math.isfinite(value) and value > 0):
                raise RpoError(f"{name} must be a positive number, got {brief(value)}; the default is {_default(name)}")
        if not (_number(self.top_p) and 0 <= self.top_p <= 1):
            raise RpoError(f"top_p must lie between 0 (greedy) and 1, got {brief(self.top_p)}; the paper's is 0.95")
        for field in fields(self):
            self._check_kind(field.name, field.type)

    def _check_kind(self, name: str, kind: Any) -> None:
        value, least = getattr(self, name), 0 if name in MAY_BE_ZERO else 1
        if kind is int and not (isinstance(value, int) and not isinstance(value, bool) and value >= least):
            raise RpoError(f"{name} must be a whole number of at least {least}, got {brief(value)}")
        if kind is str and not (isinstance(value, str) and value.strip()):
            raise RpoError(f"{name} must be a name, got {brief(value)}")
        if kind is bool and not isinstance(value, bool):
            raise RpoError(f"{name} must be true or false, got {brief(value)}")

    @property
    def targets(self) -> str | list[str]:
        """`target_modules` as peft takes it."""
        names = [name.strip() for name in self.target_modules.split(",") if name.strip()]
        return ALL_LINEAR if names == [ALL_LINEAR] else names

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
        if not isinstance(raw, Mapping):
            raise RpoError(f"a run spec must be an object with fields, got {type(raw).__name__}; restore it or delete the run")
        unknown = sorted(set(raw) - {field.name for field in fields(cls)})
        if unknown:
            names = ", ".join(unknown)[:200]
            raise RpoError(f"a run spec has no field {names}; it may come from a newer version: remove it or update")
        return cls(**raw)


MAY_BE_ZERO = {"warmup", "seed", "evaluations", "held_out", "samples", "steps", "sft_steps", "probes"}
CHOICES: dict[str, type[StrEnum]] = {
    "optimizer": Optimizer,
    "objective": Objective,
    "weighting": Weighting,
    "batching": Batching,
    "control": Control,
    "view": View,
}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _default(name: str) -> Any:
    return next(field.default for field in fields(RunSpec) if field.name == name)


def _member(kind: type[StrEnum], name: str, value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise RpoError(f"{name} must be one of {', '.join(kind)}, got {brief(value)}") from None


PRESETS = {
    "First run: RPO-Paired, τ 0.5": RunSpec(),
    "RPO-Unpaired, τ 0.75": RunSpec(objective=Objective.RPO_UNPAIRED, data=EMBEDDED_LOG, tau=0.75),
    "DPO": RunSpec(objective=Objective.DPO),
    "A quick look: 6 steps": RunSpec(steps=6, warmup=1, held_out=12, samples=12, evaluations=1),
}
