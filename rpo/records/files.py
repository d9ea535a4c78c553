"""The JSON files of a run's folder: how it was started and opened, what it began with, what it left."""

from typing import Any, NotRequired

from typing_extensions import TypedDict


class Launch(TypedDict):
    """How a run was started: the address of its `ray` cluster and the `tracker` that was asked for, if any.

    An `example` was not started here: it came with the package.
    """

    processes: int
    ray: NotRequired[str | None]
    tracker: NotRequired[str | None]
    example: NotRequired[bool]


class Label(TypedDict):
    """What people call a run, and what they noted of it."""

    name: NotRequired[str]
    note: NotRequired[str]


class Submission(TypedDict):
    """A run's job on a Ray cluster: its name there, how much of its log is copied, whether we left it, what it needs."""

    submission: str
    copied: NotRequired[int]
    left: NotRequired[bool]
    needs: NotRequired[dict[str, float]]


class TrackerNote(TypedDict):
    """Which tracker lacks records of a run, and why."""

    tracker: str
    trouble: str


class Inputs(TypedDict):
    """What a run began with, as digests and a sketch; null is what nobody has noted yet. `scores`: where they decide cells."""

    data: str
    model: str | None
    vectors: list[float] | None
    unchecked: int | None
    scores: NotRequired[str]


class Opened(TypedDict):
    """How a run's process opened its model, and how many steps an older version took `unchecked`."""

    layout: str
    writing: str
    tokens: str
    numbers: str
    unchecked: int


class SummaryFigures(TypedDict, extra_items=float | None):
    """Held-out figures and the number of answers, before a run or after it."""

    answers: int


class Work(TypedDict):
    """What a run's steps and answers took: operations and answers, and the seconds of each."""

    operations: float
    stepping: float
    answers: int
    answering: float


class EstimatedTime(TypedDict):
    """How long a run was estimated to take, in seconds."""

    least: float
    most: float


class Summary(TypedDict, extra_items=Any):
    """Before and after, and what it took; older versions did not write all of it."""

    device: str
    seed: int
    seconds: dict[str, float]
    before: SummaryFigures
    after: SummaryFigures
    work: NotRequired[Work]
    estimated: NotRequired[EstimatedTime]
