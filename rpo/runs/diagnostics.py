"""What a run's curves give away, in sentences: what is seen, why it happens, what to try. Known reasons only.

Not a judge of a run's worth. Each alarm looks at the last quarter of the records, so that one odd step raises none; thresholds
are stated where they stand. Sources: arXiv 2402.10958 and method notes for tau; arXiv 2305.18290 and 2404.10719 for chosen
rewards that fall under DPO-like losses.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from rpo.spec import RunSpec

Records = Sequence[Mapping[str, Any]]

EARLY_STEPS = 8  # steps before which nothing is said
DRIFT = 0.5  # nats a token from the reference; answers of a first run that stayed sound had 0.1 to 0.2

UNPULLED = "Its objective has no pull to the reference: lower the learning rate, or stop earlier."


@dataclass(frozen=True)
class Alarm:
    """Something a reader of the curves should know."""

    seen: str
    why: str
    attempt: str

    def __str__(self) -> str:
        return f"{self.seen} {self.why} {self.attempt}"


def diagnose(spec: RunSpec, metrics: Records, evaluations: Records) -> tuple[Alarm, ...]:
    """The alarms that a run's records raise so far, the gravest first."""
    if len(metrics) < EARLY_STEPS:
        return ()
    late = metrics[-max(EARLY_STEPS // 2, len(metrics) // 4) :]
    return tuple(alarm for look in LOOKS for alarm in look(spec, late, evaluations))


def notes(specs: Iterable[RunSpec]) -> tuple[str, ...]:
    """What must be known to read these runs' curves side by side: rewards in training that are no log-ratios."""
    alone = dict.fromkeys(spec.objective for spec in specs if not spec.objective.entry.reference)
    return tuple(
        f"{objective} trains without a reference: its lines of rewards, margin and accuracy are those of the policy's own "
        "log-probabilities as its loss sees them, times β. Its dots, on held-out rows, are of log-ratios as for any objective."
        for objective in alone
    )


def _drift(spec: RunSpec, late: Records, evaluations: Records) -> Iterator[Alarm]:
    kl = [record["kl"] for record in (*late, *evaluations[-1:]) if record.get("kl") is not None]
    if kl and max(kl) > DRIFT:
        yield Alarm(
            f"The KL to the reference has reached {max(kl):.2f} nats a token.",
            "The policy buys margin by leaving what the reference finds likely; its answers tend to degrade.",
            "Raise β, lower the learning rate, or stop earlier." if spec.objective.entry.reference else UNPULLED,
        )


def _chance(spec: RunSpec, late: Records, evaluations: Records) -> Iterator[Alarm]:
    measured = [record for record in evaluations if record["step"] > 0 and record.get("accuracy") is not None]
    if not measured:
        return
    last = measured[-1]
    doubt = 1.64 * math.sqrt(0.25 / max(1, last["n"]))
    if abs(last["accuracy"] - 0.5) < doubt:
        yield Alarm(
            f"Held-out accuracy is {last['accuracy']:.2f}, within chance (0.50 ± {doubt:.2f} at n = {last['n']}).",
            "Nothing that carries over has been learned yet.",
            "Train longer, raise the learning rate, or look whether the preference can be seen in the text at all.",
        )
    elif spec.objective.entry.reference and _mean(late, "accuracy") > 0.95 and last["accuracy"] < 0.65:
        yield Alarm(
            f"Training accuracy is {_mean(late, 'accuracy'):.2f}, held-out {last['accuracy']:.2f}.",
            "The adapter learns its examples by heart.",
            "Use fewer epochs, more data, or a smaller LoRA rank.",
        )


def _falling(spec: RunSpec, late: Records, _evaluations: Records) -> Iterator[Alarm]:
    chosen, margin = _mean(late, "chosen_reward"), _mean(late, "margin")
    if spec.objective.entry.reference and chosen < -0.1 and margin > 0:
        yield Alarm(
            f"The chosen reward has fallen to {chosen:.2f} while the margin grows to {margin:.2f}.",
            "The loss sees differences only: it is content when rejected answers fall faster than chosen ones. Common, and not "
            "fatal, but the policy is not learning to write the chosen answers.",
            "Precede with an SFT stage, raise β, or lower the learning rate.",
        )


def _lonely(spec: RunSpec, late: Records, _evaluations: Records) -> Iterator[Alarm]:
    if not spec.objective.contrasts or spec.contrast_size == 1:
        return
    effective, most = _mean(late, "rivals"), spec.contrast_size
    together = f"{spec.weights_in_words}, {spec.encoder}"
    if effective < 1.1:
        yield Alarm(
            f"Each row has {effective:.2f} effective contrasts at {together}.",
            "All weight falls on one answer: for pairs this is DPO with a smaller gradient.",
            "Raise τ, or use neighbourhood batches, which bring related prompts together.",
        )
    elif effective > 0.98 * most and most > 2 and str(spec.weighting) == "contrast":
        yield Alarm(
            f"Each row has {effective:.2f} of {most} effective contrasts at {together}.",
            "The weights are all but uniform, so the prompts' likeness plays no part.",
            "Lower τ, or use an encoder that tells these prompts apart.",
        )


def _clipped(spec: RunSpec, late: Records, _evaluations: Records) -> Iterator[Alarm]:
    share = fmean((record.get("grad_norm") or 0.0) > spec.clip for record in late)
    if share > 0.5:
        yield Alarm(
            f"{share:.0%} of the last steps were clipped at {spec.clip:g}.",
            "Every such step has the same length, whatever the loss says.",
            "Lower the learning rate, or raise the clip.",
        )


def _mean(records: Records, key: str) -> float:
    values = [record[key] for record in records if record.get(key) is not None]
    return fmean(values) if values else math.nan


Look = Callable[[RunSpec, Records, Records], Iterator[Alarm]]
LOOKS: tuple[Look, ...] = (_drift, _chance, _falling, _lonely, _clipped)
