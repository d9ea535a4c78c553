"""A run, described before it starts: everything that decides the objective, and nothing about the machine.

Not a config framework: one frozen dataclass, read from and written to one JSON file. Equal specs mean equal objectives
whatever the device or the micro-batch.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from reprlib import repr as brief
from typing import Any

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind, View

KL_POINTS = 5  # times the KL to the reference is taken along the way, besides the evaluations
ALL_LINEAR = "all-linear"  # peft's own word
KL_ROWS = 8  # held-out rows on which it is taken
STAGE = "sft"  # the key, in a field's metadata, of whether its value decides the adapter of the SFT stage, besides the rows
SFT, APART = {STAGE: True}, {STAGE: False}


class Batching(StrEnum):
    """How a batch is composed."""

    RANDOM = "random"
    NEIGHBOURHOOD = "neighbourhood"


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


class Schedule(StrEnum):
    """How the learning rate goes on after the warm-up: to a tenth of its peak along a line or half a cosine, or not at all."""

    LINEAR = "linear"
    COSINE = "cosine"
    CONSTANT = "constant"


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """Lengths are tokens, `lr` the peak of a linear warm-up and a `schedule`, `contrast_size` is M (pairs, or answers a side).

    One step averages the gradients of `contrasts` matrices of M. With `sft_steps` the adapter first learns the chosen answers,
    and what it has become is the reference. `quantised` holds the base model in 4 bits (QLoRA, arXiv 2305.14314). `top_p` 0
    writes greedy answers. `length_normalised` lets IPO's loss see means over an answer's tokens instead of sums; rewards,
    margin and accuracy stay those of the sums. `answer_batch` prompts are answered together. `target_modules` names the layers
    that carry the adapter, with commas between;
    "all-linear" are all but the head. `micro_batch`, `checkpointing` and `save_every` cost or save memory and time and change no
    figure.
    """

    model: str = field(default=weights.MODEL, metadata=SFT)
    data: str = field(default=EMBEDDED, metadata=APART)
    encoder: str = field(default=weights.ENCODER, metadata=APART)
    view: View = field(default=View.LAST_TURN, metadata=APART)
    objective: Objective = field(default=Objective.RPO_PAIRED, metadata=APART)
    form: str = field(default="inside", metadata=APART)
    length_normalised: bool = field(default=False, metadata=APART)
    weighting: Weighting = field(default=Weighting.CONTRAST, metadata=APART)
    batching: Batching = field(default=Batching.RANDOM, metadata=APART)
    control: Control = field(default=Control.NONE, metadata=APART)
    centred: bool = field(default=False, metadata=APART)
    tau: float = field(default=0.5, metadata=APART)
    beta: float = field(default=0.1, metadata=APART)
    contrast_size: int = field(default=8, metadata=SFT)
    contrasts: int = field(default=1, metadata=SFT)
    micro_batch: int = field(default=8, metadata=APART)
    checkpointing: bool = field(default=False, metadata=APART)
    quantised: bool = field(default=False, metadata=SFT)
    save_every: int = field(default=20, metadata=APART)
    sft_steps: int = field(default=0, metadata=SFT)
    sft_lr: float = field(default=2e-4, metadata=SFT)
    steps: int = field(default=24, metadata=APART)
    optimizer: Optimizer = field(default=Optimizer.ADAMW, metadata=APART)
    lr: float = field(default=2e-4, metadata=APART)
    warmup: int = field(default=5, metadata=APART)
    schedule: Schedule = field(default=Schedule.LINEAR, metadata=APART)
    clip: float = field(default=10.0, metadata=SFT)
    lora_rank: int = field(default=8, metadata=SFT)
    lora_alpha: int = field(default=16, metadata=SFT)
    target_modules: str = field(default=ALL_LINEAR, metadata=SFT)
    prompt_tokens: int = field(default=256, metadata=APART)
    answer_tokens: int = field(default=128, metadata=APART)
    new_tokens: int = field(default=96, metadata=APART)
    answer_batch: int = field(default=20, metadata=APART)
    top_p: float = field(default=0.0, metadata=APART)
    probes: int = field(default=2, metadata=APART)
    evaluations: int = field(default=1, metadata=APART)
    held_out: int = field(default=60, metadata=APART)
    samples: int = field(default=40, metadata=APART)
    seed: int = field(default=0, metadata=SFT)

    def __post_init__(self) -> None:
        for name, kind in CHOICES.items():
            object.__setattr__(self, name, _member(kind, name, getattr(self, name)))
        if self.form not in ("inside", "outside"):
            raise RpoError(f"form must be 'inside' or 'outside', got {brief(self.form)}")
        if self.objective.kind is Kind.UNPAIRED and (self.centred or self.weighting is Weighting.DIAGONAL):
            raise RpoError(
                f"centred margins and diagonal weights need pairs, {self.objective} has none; choose another objective"
            )
        if self.length_normalised and self.objective is not Objective.IPO:
            raise RpoError(
                f"length_normalised must be false for {self.objective}, only ipo has a form with means over an answer's tokens; "
                "choose ipo, or leave it out"
            )
        for name in ("tau", "beta", "lr", "clip", "sft_lr"):
            value = getattr(self, name)
            if not (_number(value) and math.isfinite(value) and value > 0):
                raise RpoError(f"{name} must be a positive number, got {brief(value)}; the default is {_default(name)}")
        if not (_number(self.top_p) and 0 <= self.top_p <= 1):
            raise RpoError(f"top_p must lie between 0 (greedy) and 1, got {brief(self.top_p)}; the paper's is 0.95")
        for one in fields(self):
            self._check_kind(one.name, one.type)

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
        unknown = sorted(set(raw) - {one.name for one in fields(cls)})
        if unknown:
            names = ", ".join(unknown)[:200]
            raise RpoError(f"a run spec has no field {names}; it may come from a newer version: remove it or update")
        return cls(**raw)


MAY_BE_ZERO = {"warmup", "seed", "evaluations", "held_out", "samples", "steps", "sft_steps", "probes"}
CHOICES: dict[str, type[StrEnum]] = {
    "optimizer": Optimizer,
    "schedule": Schedule,
    "objective": Objective,
    "weighting": Weighting,
    "batching": Batching,
    "control": Control,
    "view": View,
}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _default(name: str) -> Any:
    return next(one.default for one in fields(RunSpec) if one.name == name)


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
