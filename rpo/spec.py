"""A run, described before it starts: everything that decides the objective, and nothing about the machine.

Not a config framework: one frozen dataclass, read from and written to one JSON file. Equal specs mean equal objectives
whatever the device or the micro-batch.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from reprlib import repr as brief
from typing import Any

from rpo import weights
from rpo.errors import RpoError
from rpo.fields import (
    Axis,
    Batching,
    Control,
    Decides,
    Group,
    Optimizer,
    Rejected,
    Schedule,
    Unit,
    Weighting,
    Within,
    about,
    checked,
    described,
    nearest_field,
)
from rpo.glossary import meaning
from rpo.objectives import Objective
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind, View

KL_POINTS = 5  # times the KL to the reference is taken along the way, besides the evaluations
ALL_LINEAR = "all-linear"  # peft's own word
KL_ROWS = 8  # held-out rows on which it is taken
PROBE_POINTS = 3  # parts of a run before each of which a few prompts are answered, besides after the evaluations
PROBE_STEPS = 6  # steps of a part at least, so that the answers of a short run do not take longer than its steps
WEIGHED = {
    "own_share": (Weighting.DIALS,),
    "likeness": (Weighting.DIALS,),
    "true_contrasts": (Weighting.CONTRAST, Weighting.DIALS, Weighting.UNIFORM),
}
"""Fields that only some weights look at, and which do."""
RUN, STAGE, ANSWERS, SAMPLED, NOTHING = Decides.RUN, Decides.STAGE, Decides.ANSWERS, Decides.SAMPLED, Decides.NOTHING
TOKENS = Within(1, 10_000_000, Unit.TOKENS)  # more than any model reads


def _learners(kind: Kind) -> str:
    return ", ".join(one for one in Objective if one.kind is kind)


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """Each field with its default and all that is known of it: a new line here reaches form, checks, sweeps and keys.

    One step averages the gradients of `contrasts` matrices of `contrast_size` (M) pairs, or answers a side. The fields stand in
    the order of the form's groups. What decides the SFT stage (`STAGE`) decides the reference, and the answers through it.
    """

    # fmt: off
    data: str = about(EMBEDDED, "Data", "A file in the data folder, or a Hugging Face id", Group.ESSENTIALS, RUN)
    objective: Objective = about(
        Objective.RPO_PAIRED, "Objective", f"What is minimised. {_learners(Kind.PAIRED)} learn from pairs, "
        f"{_learners(Kind.UNPAIRED)} from single answers, liked or not", Group.ESSENTIALS, RUN, sweep=Axis("Objectives"))
    model: str = about(
        weights.MODEL, "Model", "The demo model, a Hugging Face id, or a local folder", Group.ESSENTIALS, RUN | STAGE)
    tau: float = about(
        0.5, "τ", meaning("τ"), Group.ESSENTIALS, RUN, Within(0.001, 1000), sweep=Axis("Values of τ", "0.1, 0.5, 2", needs=False))
    beta: float = about(0.1, "β", meaning("β"), Group.ESSENTIALS, RUN, Within(0.001, 100))
    gamma: float = about(
        1.0, "γ (target margin)", meaning("γ"), Group.ESSENTIALS, RUN, Within(0, 100, open=True), sign="γ", under=True)
    contrast_size: int = about(
        8, "M (contrast size)", meaning("M"), Group.ESSENTIALS, RUN | STAGE, Within(1, 4096), sign="M",
        sweep=Axis("Values of M", "4, 8"))
    encoder: str = about(
        weights.ENCODER, "Encoder", "Gives each prompt its vector: the demo encoder, a Hugging Face id, or a local folder",
        Group.OBJECTIVE, RUN)
    view: View = about(
        View.LAST_TURN, "The encoder reads", "What of a dialogue counts when prompts are compared", Group.OBJECTIVE, RUN,
        under=True)
    form: str = about("inside", "Weight", "Inside the link, or outside", Group.OBJECTIVE, RUN, among=("inside", "outside"))
    centred: bool = about(
        False, "Centred margins", "Each pair's mean log-ratio is taken off: no per-prompt constant", Group.OBJECTIVE, RUN,
        under=True)
    weighting: Weighting = about(
        Weighting.CONTRAST, "Weights from", "The prompts' likeness by one temperature τ (contrast) or by own share and likeness "
        "apart (dials), or the paper's ablations without likeness", Group.OBJECTIVE, RUN)
    true_contrasts: bool = about(
        False, "True contrasts only", "Contradicted cells are left out, and the row's other weights scaled up; its own pair and "
        f"answers without a score stay. {meaning('contradicted')}", Group.OBJECTIVE, RUN, under=True)
    own_share: float = about(
        0.5, "Own share α", meaning("own share"), Group.OBJECTIVE, RUN, Within(0, 1), sign="own share",
        sweep=Axis("Own shares", "0.3, 0.5, 0.8", needs=False))
    likeness: float = about(
        3.0, "Likeness k", f"{meaning('likeness')} 0 stands for all of them", Group.OBJECTIVE, RUN, Within(0, 4095), under=True,
        sign="likeness", sweep=Axis("Values of k", "1, 3, 0", needs=False))
    batching: Batching = about(
        Batching.RANDOM, "Batches", "At random, or near prompts together", Group.BATCHES, RUN,
        sweep=Axis("Kinds of batches", needs=False))
    control: Control = about(
        Control.NONE, "Control", "The same machinery with likeness that means nothing", Group.OBJECTIVE, RUN, under=True,
        sweep=Axis("Controls", needs=False))
    rejected: Rejected = about(
        Rejected.OWN, "Rejected answers", "Those of the data, or for each prompt an answer that was chosen for another one: a "
        "baseline without labels, after MIPO", Group.OBJECTIVE, RUN, under=True,
        sweep=Axis("Whose rejected answers"))
    link: str = about(
        "sigmoid", "Link", "What the loss makes of a margin. Sigmoid: DPO's. Hinge: pushes up to a margin of 1/β (SLiC). "
        "Squared: pulls margins to 1/(2β) (IPO)", Group.OBJECTIVE, RUN, among=("sigmoid", "hinge", "squared"),
        sweep=Axis("Links", needs=False))
    noise: float = about(
        0.0, "ε (swapped pairs)", "The share of pairs thought to be the wrong way round; the loss then allows for them (robust "
        "DPO)", Group.OBJECTIVE, RUN, Within(0, 0.45), under=True, sign="ε")
    nll: float = about(
        0.0, "NLL weight", "So many times the chosen answers' negative log-likelihood a token is added to the loss, lest chosen "
        "answers become less likely", Group.OBJECTIVE, RUN, Within(0, 100), under=True)
    length_normalised: bool = about(
        False, "Mean over an answer's tokens", "The loss sees means, all tokens counted, the end token too. Rewards, margin and "
        "accuracy stay those of the sums", Group.OBJECTIVE, RUN, under=True)
    contrasts: int = about(
        1, "Matrices a step", "Matrices of M whose gradients are averaged", Group.BATCHES, RUN | STAGE, Within(1, 4096))
    steps: int = about(
        24, "Steps", "Updates of the adapter; with 0 it stays as it was, or as the SFT stage left it", Group.ESSENTIALS, RUN,
        Within(0, 1_000_000, Unit.STEPS))
    lr: float = about(
        2e-4, "Learning rate", "The peak, which a linear warm-up reaches and the schedule leaves", Group.ESSENTIALS, RUN,
        Within(0, 1, open=True))
    warmup: int = about(
        5, "Warm-up steps", "The learning rate rises to its peak in these", Group.BATCHES, RUN, Within(0, 1_000_000, Unit.STEPS))
    schedule: Schedule = about(
        Schedule.LINEAR, "Schedule", "The learning rate after the warm-up: down to a tenth, along a line or a cosine, "
        "or as it is", Group.BATCHES, RUN)
    lora_rank: int = about(8, "LoRA rank", meaning("adapter"), Group.ADAPTER, RUN | STAGE, Within(1, 4096))
    lora_alpha: int = about(16, "LoRA α", "The adapter counts α / rank times", Group.ADAPTER, RUN | STAGE, Within(1, 8192))
    optimizer: Optimizer = about(Optimizer.ADAMW, "Optimizer", "RMSprop is what the paper used", Group.ADAPTER, RUN)
    clip: float = about(
        10.0, "Clip the gradient at", "A longer gradient is scaled down to this length", Group.ADAPTER, RUN | STAGE,
        Within(0, 1_000_000, open=True))
    target_modules: str = about(
        ALL_LINEAR, "Adapted layers", "Names of linear layers with commas between, like q_proj, v_proj; all-linear: all but the "
        "head", Group.ADAPTER, RUN | STAGE)
    prompt_tokens: int = about(
        256, "Prompt tokens", "A longer prompt loses its beginning", Group.LENGTHS, RUN | ANSWERS, TOKENS)
    answer_tokens: int = about(128, "Answer tokens", "A longer answer loses its end", Group.LENGTHS, RUN, TOKENS)
    new_tokens: int = about(
        96, "Tokens to write", "Of an answer to a held-out prompt", Group.LENGTHS, RUN | ANSWERS, TOKENS)
    top_p: float = about(
        0.0, "Top-p", "0 writes greedy answers; the paper's is 0.95", Group.LENGTHS, RUN | ANSWERS, Within(0, 1))
    held_out: int = about(
        60, "Held-out rows to measure on", "Their prompts are in no training row", Group.MEASURING, RUN,
        Within(0, 1_000_000, Unit.ROWS))
    evaluations: int = about(
        1, "Measurements", "After equal numbers of steps, the last one at the end", Group.MEASURING, RUN, Within(0, 10_000))
    patience: int = about(
        0, "Patience", "The run ends early after so many measurements without a better held-out loss; 0: never", Group.MEASURING,
        RUN, Within(0, 10_000), under=True)
    samples: int = about(
        40, "Held-out prompts to answer", "Before and after training", Group.MEASURING, RUN, Within(0, 100_000, Unit.ROWS))
    probes: int = about(
        3, "of which along the way", "Answered before the first step too, after each third of the run and at each measurement",
        Group.MEASURING, RUN, Within(0, 1000, Unit.ROWS))
    sft_steps: int = about(
        0, "SFT steps", f"On the chosen answers. {meaning('reference')}", Group.SFT, RUN | STAGE,
        Within(0, 1_000_000, Unit.STEPS))
    sft_lr: float = about(
        2e-4, "SFT learning rate", "The peak, after a tenth of the SFT steps", Group.SFT, RUN | STAGE, Within(0, 1, open=True))
    micro_batch: int = about(
        8, "Micro-batch", "Memory only: the objective stays the same", Group.MEMORY, NOTHING, Within(1, 4096, Unit.ROWS))
    answer_batch: int = about(
        20, "Answers at once", "Prompts answered together: more are faster and take more memory. Answers that are sampled (Top-p "
        "above 0) are then others", Group.MEMORY, RUN | SAMPLED, Within(1, 4096, Unit.ROWS))
    save_every: int = about(
        20, "Steps between checkpoints", "A run that was stopped goes on from the last one", Group.MEMORY, NOTHING,
        Within(1, 1_000_000, Unit.STEPS))
    checkpointing: bool = about(False, "Gradient checkpointing", "Less memory, a third more time", Group.MEMORY, NOTHING)
    quantised: bool = about(
        False, "4-bit base (QLoRA)", "bitsandbytes NF4 (arXiv 2305.14314); meant for CUDA GPUs", Group.MEMORY, RUN | STAGE)
    seed: int = about(
        0, "Seed", "Decides batches, held-out rows, the adapter's first weights and sampled answers", Group.ESSENTIALS,
        RUN | STAGE | SAMPLED, Within(0, 2**31), sweep=Axis("Seeds", "0, 1, 2", needs=False))
    # fmt: on

    def __post_init__(self) -> None:
        for one in fields(self):
            object.__setattr__(self, one.name, checked(one, getattr(self, one.name)))
        if self.objective.kind is Kind.UNPAIRED and (self.centred or self.weighting is Weighting.DIAGONAL):
            raise RpoError(
                f"centred margins and diagonal weights need pairs, {self.objective} has none; choose another objective"
            )
        for name in self.objective.ignored:
            self._check_ignored(name)
        for name, seen_by in WEIGHED.items():
            self._check_unseen(name, seen_by)
        self._check_likeness()

    def _check_ignored(self, name: str) -> None:
        value, default = getattr(self, name), _default(name)
        if value != default:
            others = ", ".join(one for one in Objective if name not in one.ignored)
            raise RpoError(
                f"{name} must be {brief(default).lower()} for {self.objective}, only {others} looks at it, got {brief(value)}; "
                f"choose {others}, or leave it out"
            )

    def _check_unseen(self, name: str, seen_by: tuple[Weighting, ...]) -> None:
        value, default, those = getattr(self, name), _default(name), ", ".join(seen_by)
        if self.weighting not in seen_by and value != default:
            raise RpoError(
                f"{name} must be {brief(default).lower()} with weighting {self.weighting}, only {those} looks at it, "
                f"got {brief(value)}; set weighting to {those}, or leave it out"
            )

    def _check_likeness(self) -> None:
        if self.weighting is not Weighting.DIALS:
            return
        if self.objective.contrasts and self.likeness and not 1 <= self.likeness <= max(1, self.others):
            raise RpoError(
                f"likeness must lie between 1 and {self.others}, a row's others at M = {self.contrast_size}, or be 0 for all "
                f"of them, got {self.likeness:g}; raise contrast_size or lower likeness"
            )

    @property
    def others(self) -> int:
        """How many rejected answers of a batch a chosen one meets besides its own pair's."""
        return self.contrast_size - (self.objective.kind is Kind.PAIRED)

    @property
    def weights_in_words(self) -> str:
        """What sets the weights of this run's matrices, and M: neither means anything alone."""
        size = f"M {self.contrast_size}{', true contrasts only' if self.true_contrasts else ''}"
        if self.weighting is Weighting.CONTRAST:
            return f"τ {self.tau:g}, {size}"
        if self.weighting is not Weighting.DIALS:
            return f"{self.weighting} weights, {size}"
        own = f"own share {self.own_share:g}, " if self.objective.kind is Kind.PAIRED else ""
        return f"{own}likeness {self.likeness or self.others:g} of {self.others}, {size}"

    @property
    def evaluated_after(self) -> frozenset[int]:
        """The steps after which all held-out rows are measured."""
        parts = range(1, self.evaluations + 1)
        return frozenset(round(self.steps * part / self.evaluations) for part in parts)

    @property
    def probed_after(self) -> tuple[int, ...]:
        """The steps along the way after which a few held-out prompts are answered, in order: 0 is before the first."""
        if not min(self.probes, self.samples):
            return ()
        measured = self.evaluated_after if self.held_out else frozenset[int]()
        parts = max(1, min(PROBE_POINTS, self.steps // PROBE_STEPS))
        begun = {round(self.steps * part / parts) for part in range(parts)}
        return tuple(sorted(step for step in {*measured, *begun} if 0 <= step < self.steps))

    @property
    def targets(self) -> str | list[str]:
        """`target_modules` as peft takes it."""
        names = [name.strip() for name in self.target_modules.split(",") if name.strip()]
        return ALL_LINEAR if names == [ALL_LINEAR] else names

    @property
    def needs_vectors(self) -> bool:
        """Whether prompts must be embedded: for RPO's weights, or to compose batches of near prompts."""
        weighed = self.objective.contrasts and self.weighting in (Weighting.CONTRAST, Weighting.DIALS)
        return weighed or self.batching is Batching.NEIGHBOURHOOD

    def with_objective(self, objective: Objective | str) -> "RunSpec":
        """The same run with another objective; fields that this one has no use for fall back to their defaults."""
        aim: Objective = checked(next(one for one in fields(self) if one.name == "objective"), objective)
        return replace(self, objective=aim, **{name: _default(name) for name in aim.ignored})

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
            names, step = ", ".join(map(str, unknown))[:200], nearest_field(str(unknown[0]), FIELDS)
            raise RpoError(f"a run spec has no field {names}; {step}, or update if it comes from a newer version")
        return cls(**raw)


def _default(name: str) -> Any:
    return next(one.default for one in fields(RunSpec) if one.name == name)


FIELDS = described(RunSpec)
DEFAULTS = RunSpec()


def looks_at(objective: Objective, weighting: Weighting, name: str) -> bool:
    """Whether the loss of this objective with these weights sees a field; most fields are seen by all."""
    return name not in objective.ignored and weighting in WEIGHED.get(name, tuple(Weighting))


PRESETS = {
    "First run: RPO-Paired, τ 0.5": RunSpec(),
    "RPO-Unpaired, τ 0.75": RunSpec(objective=Objective.RPO_UNPAIRED, data=EMBEDDED_LOG, tau=0.75),
    "DPO": RunSpec(objective=Objective.DPO),
    "A quick look: 6 steps": RunSpec(steps=6, warmup=1, held_out=12, samples=12, evaluations=1),
}
