"""What a run needs before it starts: bytes a process, and seconds.

Arithmetic on a spec, the shapes of model and data, and a machine; no weights are opened. Not a promise: meant to be right within
a factor of about two. Fitted on SmolLM2-135M-Instruct in fp32 on two CPU cores with `rpo.jobs`' settings of glibc's malloc:

- Autograd keeps 4.3 bytes a token and `Shape.width` (counted by its hooks; 3.6 with bf16 weights and an fp32 adapter). The
  process grows by 1.7 times as much; with checkpointing by 7 times what is kept, for what is computed again leaves holes.
- Megabytes a step adds, measured and estimated: 8 pairs of 130 tokens 2753 and 2875, one pair 539 and 472, 4 pairs of 512
  tokens 5256 and 5304; checkpointed, 8 of 130 1305 and 1376, 4 of 512 2522 and 2351. Peak of a whole run: 5.0 GB, estimated 4.7.
- Two cores multiply matrices at 210 GFLOP/s, and steps reach 0.63 to 0.78 of that: 8 pairs of 130 tokens take 3.5 s of
  both cores (estimated 3.7), in micro-batches of 1 5.8 s (5.5). A decoding step takes 150 to 190 ms for 20 prompts (160), 50 ms
  for one. A whole run on the busy machine, whose speed was measured as 100 GFLOP/s then, took 246 s by the clock (222).

Nothing was measured on a GPU: bytes there are counted, speeds assumed.
"""

from dataclasses import dataclass
from math import ceil

from rpo.preferences import Kind
from rpo.resources.hardware import Machine
from rpo.resources.shapes import Lengths, ModelShape
from rpo.resources.span import TimeSpan
from rpo.spec import KL_POINTS, KL_ROWS, Optimizer, RunSpec

NF4 = 0.52  # bytes a parameter of a 4-bit layer with its constants (QLoRA's double quantisation)
TRAINED = {Optimizer.ADAMW: 16, Optimizer.RMSPROP: 12}  # bytes a parameter of the adapter: weight, gradient, state; fp32
PROGRAM = 1.0e9  # bytes of Python, its libraries and the encoder, or of a CUDA context
LOGITS, KL = 3 * 4, 5 * 4  # bytes an answer's token and vocabulary entry: in a step, and in the exact KL
DECODING = 0.22  # share of a large product's speed in a decoding step, which has few rows
LAYER = 1e-3  # seconds a layer takes in a decoding step however little there is to compute
DEQUANTISED = 0.7  # share of the speed that 4-bit weights leave
ENCODER_OPERATIONS = 2.1e7  # operations a token of all-MiniLM-L6-v2
OPENING = TimeSpan(5.0, 15.0)  # seconds to import and to open the model


@dataclass(frozen=True)
class Fitted:
    """Constants of a kind of device.

    Bytes of a `number` the model computes with; bytes `saved` for the backward pass, a token and width; by how much more the
    process grows (`holes`, and where activations are checkpointed); share of a large product's speed that a step reaches.
    """

    number: int
    saved: float
    holes: float
    checkpointed: float
    efficiency: float


FITTED = {
    "cpu": Fitted(4, 4.3, 1.7, 7.0, 0.7),
    "mps": Fitted(4, 4.3, 1.1, 1.1, 0.35),
    "cuda": Fitted(2, 3.6, 1.1, 1.1, 0.35),
}


@dataclass(frozen=True)
class Estimate:
    """Bytes a process needs, by part, and seconds of the whole run.

    `adapter` holds its gradient and optimizer state; `activations` and `logits` are those of one micro-batch of the longest
    rows, `written` the cache of keys and values of answers written together. Seconds of `training` and of `writing` answers run
    from all that runs share being there already (vectors, reference, SFT stage, the baseline's answers) to nothing.
    """

    machine: Machine
    processes: int
    weights: float
    adapter: float
    activations: float
    logits: float
    written: float
    training: TimeSpan
    writing: TimeSpan

    @property
    def seconds(self) -> float:
        """Seconds from start to summary, with nothing there yet."""
        return OPENING.most + self.training.most + self.writing.most

    @property
    def total(self) -> float:
        """Bytes at the peak: a step, an exact KL or a batch of answers, whichever needs most."""
        passing = max(self.activations + self.logits, self.logits * KL / LOGITS, self.written)
        return PROGRAM + self.weights + self.adapter + passing

    @property
    def room(self) -> float:
        """Bytes a process may take: those that share a device share its memory."""
        return self.machine.memory / ceil(self.processes / self.machine.devices)

    @property
    def fits(self) -> bool:
        """Whether it fits."""
        return self.total <= self.room


def run_needs(
    spec: RunSpec,
    shape: ModelShape,
    machine: Machine,
    lengths: Lengths | None = None,
    processes: int = 1,
    *,
    sharded: bool = False,
) -> Estimate:
    """What the run needs, with `lengths` of its data or else the longest rows it allows; `sharded` processes hold one model."""
    lengths = (lengths or Lengths.limit(spec)).within(spec).laid_out
    each, share = fitted(machine).number, processes if sharded else 1
    layers = shape.linear * (NF4 if spec.quantised else each) / share
    frozen = 4 if spec.sft_steps else 0  # the reference is a second adapter then
    rows = min(spec.micro_batch, _rows(spec))
    answers = rows * lengths.longest * lengths.answers / lengths.mean
    together = min(spec.answer_batch, max(spec.samples, spec.probes))
    return Estimate(
        machine=machine,
        processes=processes,
        weights=layers + (shape.parameters - shape.linear) * each,
        adapter=shape.width * spec.lora_rank * (TRAINED[spec.optimizer] + frozen) / share,
        activations=_activations(spec, shape, machine, rows, lengths.longest),
        logits=answers * shape.vocabulary * LOGITS,
        written=together * (spec.prompt_tokens + spec.new_tokens) * shape.cached * each,
        training=_training(spec, shape, machine, lengths, processes),
        writing=_writing(spec, shape, machine),
    )


def fitted(machine: Machine) -> Fitted:
    """The constants of a machine's device."""
    return FITTED[machine.kind]


def _rows(spec: RunSpec) -> int:
    """Rows of one contrast: M pairs, or M answers a side."""
    return spec.contrast_size * (1 if spec.objective.kind is Kind.PAIRED else 2)


def _activations(spec: RunSpec, shape: ModelShape, machine: Machine, rows: int, longest: int) -> float:
    """Bytes that a forward pass leaves for the backward pass, besides the logits."""
    known = fitted(machine)
    saved = rows * longest * known.saved * shape.width
    mask = 0 if machine.kind == "cpu" else rows * longest**2 * known.number  # a CPU attends row by row, without a mask
    plain = known.holes * (saved + mask * shape.layers)
    if not spec.checkpointing:
        return plain
    inputs = rows * longest * shape.layers * shape.hidden * known.number
    return min(plain, known.checkpointed * (inputs + saved / shape.layers + mask))


def speed(spec: RunSpec, machine: Machine, processes: int) -> float:
    """Operations a second that training reaches."""
    hands = min(processes, machine.devices)  # processes on one CPU share its cores
    return hands * machine.flops * fitted(machine).efficiency * (DEQUANTISED if spec.quantised else 1)


def stepping(spec: RunSpec, shape: ModelShape, lengths: Lengths, processes: int) -> float:
    """Operations of one step whose reference log-probabilities are known."""
    passes = _passes(spec, processes, _rows(spec))
    passes += 1 if spec.objective.entry.mismatched else 0  # its KL estimate: other rows, without gradient
    return _forward(shape, lengths.mean, lengths.answers) * spec.contrasts * _rows(spec) * passes


def _training(spec: RunSpec, shape: ModelShape, machine: Machine, lengths: Lengths, processes: int) -> TimeSpan:
    """Seconds of steps, figures and, at most, of what runs share: reference log-probabilities, vectors, the SFT stage."""
    row, seen = _forward(shape, lengths.mean, lengths.answers), spec.steps * spec.contrasts * _rows(spec)
    figures = spec.held_out * (1 + spec.evaluations) + (KL_POINTS + spec.evaluations) * 2 * KL_ROWS if spec.held_out else 0
    least = stepping(spec, shape, lengths, processes) * spec.steps + row * figures
    shared = row * (_referred(spec, lengths, seen) + spec.held_out) + _sft(spec, shape, lengths, processes)
    pace = speed(spec, machine, processes)
    embedded = (
        (lengths.rows or 0) * (lengths.mean - lengths.answers) * ENCODER_OPERATIONS if spec.needs_vectors else 0
    )  # by one process
    return TimeSpan(least / pace, (least + shared) / pace + embedded / speed(spec, machine, 1))


def _referred(spec: RunSpec, lengths: Lengths, seen: int) -> int:
    """Rows to train on, and others made of their parts, whose reference log-probabilities a run computes at most."""
    entry = spec.objective.entry
    own = min(seen, lengths.rows) if lengths.rows else seen
    return (own if entry.reference else 0) + (seen if entry.mismatched else 0)


def _sft(spec: RunSpec, shape: ModelShape, lengths: Lengths, processes: int) -> float:
    """Operations of the stage that learns the chosen answers first."""
    batch, answer = spec.contrast_size * spec.contrasts, lengths.answers / (2 if spec.objective.kind is Kind.PAIRED else 1)
    row = _forward(shape, lengths.mean - lengths.answers + answer, answer)
    return row * spec.sft_steps * batch * _passes(spec, processes, batch)


def _passes(spec: RunSpec, processes: int, rows: int) -> int:
    """Forward and backward, forward once more where activations are checkpointed, and where scores come before gradients."""
    return 2 + spec.checkpointing + (rows > spec.micro_batch or processes > 1)


def _forward(shape: ModelShape, tokens: float, answers: float) -> float:
    """Operations of a row's forward pass; the backward pass through frozen weights takes as many."""
    attention = 4 * shape.layers * shape.hidden * tokens**2
    return 2 * shape.linear * tokens + 2 * shape.hidden * shape.vocabulary * answers + attention


def _writing(spec: RunSpec, shape: ModelShape, machine: Machine) -> TimeSpan:
    """Seconds to write the answers of probes, of the run and, at most, of its baseline."""
    moments = len(spec.probed_after)
    probed = moments * answering_seconds(spec, shape, machine, min(spec.probes, spec.samples)) if moments else 0.0
    once = answering_seconds(spec, shape, machine, spec.samples)
    return TimeSpan(probed + once, probed + 2 * once)


def answering_seconds(spec: RunSpec, shape: ModelShape, machine: Machine, count: int) -> float:
    """Seconds to write so many answers: each decoding step reads all weights, 4-bit ones unpacked."""
    unpacked = DEQUANTISED if spec.quantised else 1
    weights = (shape.linear + shape.hidden * shape.vocabulary) * fitted(machine).number / unpacked
    row = _forward(shape, 1, 1) / (machine.flops * DECODING * unpacked)
    return spec.new_tokens * (
        ceil(count / spec.answer_batch) * (weights / machine.bandwidth + shape.layers * LAYER) + count * row
    )
