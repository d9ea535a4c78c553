"""A run's course: at each evaluation how far it stood from its reference, and how well it ranked held-out answers there.

Distances between log-ratios are in nats and without beta, so that runs of different beta can stand on one axis. The untrained
policy is the first point of every course: it is its own reference, so KL and distance are 0 and accuracy is one half.
Axes: E evaluations, P held-out pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rpo.preferences import Kind
from rpo.runs import Run, by_setting
from rpo.statistics.intervals import mean_of, share_of

Bounds = tuple[float, float]
UNKNOWN = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Evaluation:
    """One point of a course: KL in nats a token, accuracy and distance (nats) of n held-out rows, with their 95 % intervals.

    The intervals are for other held-out pairs, not for other seeds; NaN where they are not known.
    """

    step: int
    kl: float
    accuracy: float
    distance: float
    n: int
    accuracy_ends: Bounds = UNKNOWN
    distance_ends: Bounds = UNKNOWN


@dataclass(frozen=True)
class Course:
    """A run's course: (E,) steps, KL, accuracy and mean distance, and of each held-out pair `won` and `distances`, (E, P).

    `won` is 1 where the chosen answer's log-ratio is larger, 0 where it is smaller, one half in a tie. P is 0 where the pairs'
    own figures are not known: unpaired data have none, and older versions kept none. `setting` is what the run's siblings by
    seed share.
    """

    name: str
    setting: str
    seed: int
    n: int
    steps: np.ndarray
    kl: np.ndarray
    accuracy: np.ndarray
    distance: np.ndarray
    won: np.ndarray
    distances: np.ndarray
    pairs: tuple[str, ...]

    @classmethod
    def of(cls, run: Run, setting: str = "") -> "Course":
        """The course of a run so far."""
        seen = {record["step"]: record for record in run.evaluations if record["step"] > 0 and record.get("kl") is not None}
        steps = [0, *sorted(seen)]
        pairs, won, distances = _of_pairs(run, steps[1:])
        accuracy = [float(seen[step].get("accuracy", "nan")) for step in steps[1:]]
        distance = [float(seen[step].get("margin", "nan")) / run.spec.beta for step in steps[1:]]
        return cls(
            name=run.name,
            setting=setting or run.title,
            seed=run.spec.seed,
            n=int(seen[steps[-1]].get("n") or 0) if seen else 0,
            steps=np.array(steps),
            kl=np.array([0.0, *(seen[step]["kl"] for step in steps[1:])]),
            accuracy=np.array([0.5, *accuracy]),
            distance=np.array([0.0, *distance]),
            won=won,
            distances=distances,
            pairs=pairs,
        )

    @property
    def known(self) -> bool:
        """Whether each held-out pair's own figures are known, from which intervals and tests follow."""
        return self.won.shape[1] > 0

    @cached_property
    def along(self) -> np.ndarray:
        """The largest KL up to each evaluation, (E,)."""
        return np.maximum.accumulate(self.kl)

    @property
    def reached(self) -> float:
        """The largest KL of all, nats a token; 0 where nothing was measured after the start."""
        return float(self.along[-1])

    @property
    def evaluations(self) -> tuple[Evaluation, ...]:
        """Its points, the untrained policy first."""
        return tuple(self._evaluation(place) for place in range(len(self.steps)))

    def around(self, kl: float) -> tuple[int, int]:
        """Places of the evaluations between which the run first stood so far from its reference."""
        after = min(int(np.searchsorted(self.along, kl)), len(self.along) - 1)
        return max(after - 1, 0), after

    def at(self, kl: float, figures: np.ndarray) -> np.ndarray:
        """Figures (E,) or (E, P) where the run first stood so far from its reference: a line between the evaluations around."""
        before, after = self.around(kl)
        low, high = self.along[before], self.along[after]
        share = 0.0 if high == low else (kl - low) / (high - low)
        return (1 - share) * figures[before] + share * figures[after]

    def _evaluation(self, place: int) -> Evaluation:
        accuracy, distance = UNKNOWN, UNKNOWN
        if self.known and place:
            accuracy, distance = share_of(self.won[place]), mean_of(self.distances[place])
        kl, won, far = (float(line[place]) for line in (self.kl, self.accuracy, self.distance))
        return Evaluation(int(self.steps[place]), kl, won, far, self.n, accuracy, distance)


def courses_of(runs: Sequence[Run]) -> tuple[Course, ...]:
    """The courses of the runs that can be read, those of one setting together."""
    return tuple(Course.of(run, setting) for setting, group in by_setting(runs) for run in group)


def held_out_ends(run: Run) -> dict[int, dict[str, Bounds]]:
    """Step -> 95 % intervals of the held-out accuracy and margin (β times the distance) after it, where these are known."""
    found, beta = Course.of(run), run.spec.beta
    if not found.known:
        return {}
    return {
        one.step: {"accuracy": one.accuracy_ends, "margin": (beta * one.distance_ends[0], beta * one.distance_ends[1])}
        for one in found.evaluations[1:]
    }


def _of_pairs(run: Run, steps: Sequence[int]) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Ids (P,), won and distances (E, P) of the held-out pairs at these steps, after the untrained policy's."""
    nothing = (), np.zeros((len(steps) + 1, 0)), np.zeros((len(steps) + 1, 0))
    ratios = run.ratios_by_step("held-out") if run.spec.objective.kind is Kind.PAIRED else {}
    if not steps or not ratios.keys() >= set(steps):
        return nothing
    names = tuple(sorted(ratios[steps[0]]))
    found = np.array([[ratios[step][name][0] - ratios[step][name][-1] for name in names] for step in steps])
    start = np.zeros((1, len(names)))
    return names, np.vstack([start + 0.5, (np.sign(found) + 1) / 2]), np.vstack([start, found])
