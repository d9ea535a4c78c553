"""The four figures that say how a run does, at any moment: accuracy, margin, KL, and directness or loss; each says its source.

Held-out figures as soon as some were taken after the start, until then those of the latest training batch.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpo.glossary import quantity
from rpo.preferences import Kind
from rpo.runs import Run


@dataclass(frozen=True)
class LatestFigure:
    """A figure, of what and when it was taken, and the glossary's word for it; NaN where there is none yet."""

    title: str
    value: float
    words: str
    term: str


def latest_figures(run: Run) -> tuple[LatestFigure, ...]:
    """The four figures as they are now."""
    metrics = run.metrics
    measured = [record for record in run.evaluations if record["step"]]
    ranked = _held_out(run, measured[-1]) if measured else _batch(metrics[-1] if metrics else {})
    return (*ranked, _kl(metrics, measured), _last(run, metrics))


def _held_out(run: Run, last: Mapping[str, Any]) -> tuple[LatestFigure, ...]:
    rows = quantity(int(last.get("n") or 0), "held-out pair" if run.spec.objective.kind is Kind.PAIRED else "held-out answer")
    return (
        LatestFigure("Held-out accuracy", _number(last, "accuracy"), f"0.5 before, {rows}", "reward accuracy"),
        LatestFigure("Held-out margin", _number(last, "margin"), f"0 before, step {last['step']}", "margin"),
    )


def _batch(last: Mapping[str, Any]) -> tuple[LatestFigure, ...]:
    when = f"training batch, step {last['step']}" if last else "after the first step"
    return (
        LatestFigure("Accuracy", _number(last, "accuracy"), when, "reward accuracy"),
        LatestFigure("Margin", _number(last, "margin"), when, "margin"),
    )


def _kl(metrics: Sequence[Mapping[str, Any]], measured: Sequence[Mapping[str, Any]]) -> LatestFigure:
    known = [record for record in (*metrics, *measured) if record.get("kl") is not None]
    if not known:
        return LatestFigure("KL, nats a token", math.nan, "not measured yet", "KL")
    last = max(known, key=lambda record: record["step"])
    return LatestFigure("KL, nats a token", _number(last, "kl"), f"0 before, step {last['step']}", "KL")


def _last(run: Run, metrics: Sequence[Mapping[str, Any]]) -> LatestFigure:
    """The answers' directness where the data's rule is known and they are written, else the loss."""
    summary = run.summary
    if summary and summary["after"].get("rule") is not None and summary["before"].get("rule") is not None:
        before, count = summary["before"]["rule"], quantity(summary["after"]["answers"], "answer")
        return LatestFigure("Directness", _number(summary["after"], "rule"), f"{before:.2f} before, {count}", "directness")
    if not metrics:
        return LatestFigure("Loss", math.nan, "after the first step", "loss")
    return LatestFigure("Loss", _number(metrics[-1], "loss"), f"{_number(metrics[0], 'loss'):.3f} at step 1", "loss")


def _number(record: Mapping[str, Any], key: str) -> float:
    value = record.get(key)
    return math.nan if value is None else float(value)
