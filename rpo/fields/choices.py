"""The named choices of a spec: of batches, weights, controls and optimizers. Not objectives: those are in `rpo.spec`."""

from enum import StrEnum


class Batching(StrEnum):
    """How a batch is composed."""

    RANDOM = "random"
    NEIGHBOURHOOD = "neighbourhood"


class Weighting(StrEnum):
    """Where RPO's weights come from: one temperature of prompts' likeness as in the paper, own share and likeness set apart, or
    the paper's two ablations without likeness.
    """

    CONTRAST = "contrast"
    DIALS = "dials"
    UNIFORM = "uniform"
    DIAGONAL = "diagonal"


class Rejected(StrEnum):
    """Whose answers are learned from as the rejected ones: the data's, or those that were chosen for other prompts."""

    OWN = "of the data"
    OTHERS = "chosen for another prompt"


class Control(StrEnum):
    """What a study holds RPO against: the same machinery with likeness that means nothing."""

    NONE = "none"
    RANDOM = "random embeddings"
    SHUFFLED = "shuffled weights"
    OTHERS = "shuffled others"  # the own pair keeps its weight


class Schedule(StrEnum):
    """How the learning rate goes on after the warm-up: to a tenth of its peak along a line or half a cosine, or not at all."""

    LINEAR = "linear"
    COSINE = "cosine"
    CONSTANT = "constant"


class Optimizer(StrEnum):
    """How a gradient becomes a step. RMSprop is what the paper used."""

    ADAMW = "adamw"
    RMSPROP = "rmsprop"
