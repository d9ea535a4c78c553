"""A line each of a run's curves, answers and log-ratios."""

from typing_extensions import TypedDict


class CurveRecord(TypedDict, extra_items=float | None):
    """Figures at a step; null where one was no number."""

    step: int


class EvaluationRecord(TypedDict, extra_items=float | None):
    """Figures of `n` held-out rows at a step."""

    step: int
    n: int


class SftRecord(TypedDict, extra_items=float | None):
    """A step of the SFT stage."""

    step: int
    loss: float


class AnswerRecord(TypedDict):
    """What was written to a prompt."""

    prompt: str
    answer: str


class SampleRecord(AnswerRecord):
    """What was written to a prompt after so many steps."""

    step: int


class LogratiosRecord(TypedDict):
    """Log-ratios of a split, one or two for each of `ids`."""

    step: int
    split: str
    ids: list[str]
    ratios: list[list[float]]
