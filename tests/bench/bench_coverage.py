"""How often each interval covers what it says it covers, and how often looking early finds what is not there.

    python tests/bench/bench_coverage.py [--simulations 2000]

Votes are drawn from logistic raters: log-odds of a win = level + prompt (normal) + rater (normal). A "moderate spread" between
raters is a standard deviation of 0.7, some 14 points of win rate. For "these raters" the truth is the mean over prompts of those
drawn, for "raters like these" that over raters too. Prints tables; not a test, see tests/voting/test_coverage.py for that.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint

from rpo.voting import Choice, Interval, Vote, board
from rpo.voting.intervals import means, other_raters, same_raters
from rpo.voting.sequential import always_valid

MANY = np.random.default_rng(9).normal(0, 1, 20_000)


@dataclass(frozen=True)
class World:
    """Where votes come from; raters but the first see only the share `others_see` of the prompts."""

    name: str
    prompts: int
    raters: int
    spread: float = 0.7
    level: float = 0.4
    ties: float = 0.0
    missing: float = 0.0
    others_see: float = 1.0

    def panel(self, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes (P, R), and each rater's leaning (R,)."""
        leaning = draw.normal(self.level, self.spread, self.raters)
        odds = draw.normal(0, 1, (self.prompts, 1)) + leaning
        outcomes = (draw.random(odds.shape) < expit(odds)).astype(float)
        outcomes[draw.random(odds.shape) < self.ties] = 0.5
        hidden = draw.random(odds.shape) < self.missing
        hidden[int(self.prompts * self.others_see) :, 1:] = True
        hidden[np.arange(self.prompts), draw.integers(0, self.raters if self.others_see == 1 else 1, self.prompts)] = False
        outcomes[hidden] = np.nan
        return outcomes, leaning

    def of_these(self, outcomes: np.ndarray, leaning: np.ndarray) -> float:
        """The truth for the raters drawn, weighted as their votes are."""
        seen = ~np.isnan(outcomes)
        weights = (seen / seen.sum(axis=1, keepdims=True)).mean(axis=0)
        return float(sum(weight * self._win(MANY + lean) for weight, lean in zip(weights, leaning, strict=True)))

    @property
    def of_all(self) -> float:
        """The truth for raters like these."""
        return self._win(self.level + MANY * np.hypot(1, self.spread))

    def _win(self, odds: np.ndarray) -> float:
        return self.ties / 2 + (1 - self.ties) * float(expit(odds).mean())


WORLDS = (
    World("5 raters, moderate spread", 100, 5),
    World("5 raters, half of the votes missing", 100, 5, missing=0.5),
    World("5 raters, 30 % ties", 100, 5, ties=0.3),
    World("5 raters, 20 prompts", 20, 5),
    World("5 raters, little spread", 100, 5, spread=0.2),
    World("5 raters, one saw all, four two thirds", 100, 5, others_see=0.66),
    World("10 raters, half missing", 100, 10, missing=0.5),
    World("3 raters, moderate spread", 100, 3),
    World("3 raters, little spread", 100, 3, spread=0.2),
    World("1 rater", 100, 1),
    World("1 rater, 90 % wins", 50, 1, level=3.0),
    World("1 rater, 90 % ties", 100, 1, ties=0.9),
)
LOOKS = ((200, 1, False, 0), (200, 1, False, 0.3), (100, 3, False, 0), (100, 3, True, 0), (60, 5, True, 0.3))
KINDS: tuple[tuple[str, bool, Callable[[np.ndarray], Interval]], ...] = (
    ("same raters", True, same_raters),
    ("other raters", False, other_raters),
    ("always valid", True, lambda outcomes: always_valid(means(outcomes))),
    ("pooled Wilson", False, lambda outcomes: _pooled(outcomes)),
)


def _pooled(outcomes: np.ndarray) -> Interval:
    votes = outcomes[~np.isnan(outcomes)]
    low, high = proportion_confint(votes.sum(), len(votes), method="wilson")
    return Interval(float(low), float(high), len(votes), "What if every vote were a prompt of its own?")


def coverage(world: World, simulations: int) -> Iterator[tuple[str, float, float]]:
    """Name, share covered and mean width of each interval."""
    draw = np.random.default_rng(0)
    panels = [world.panel(draw) for _ in range(simulations)]
    for name, these, interval in KINDS:
        found = [interval(outcomes) for outcomes, _ in panels]
        if all(one.known for one in found):
            truths = [world.of_these(*drawn) if these else world.of_all for drawn in panels]
            hits = [one.holds(truth) for one, truth in zip(found, truths, strict=True)]
            yield name, float(np.mean(hits)), float(np.mean([one.width for one in found]))


def looks(prompts: int, raters: int, mixed: bool, ties: float, simulations: int) -> Iterator[tuple[str, float]]:
    """The share of panels without a difference in which some look, every 10 votes, finds one."""
    world, draw = World("", prompts, raters, spread=0.0, level=0.0, ties=ties), np.random.default_rng(0)
    kinds = {"always valid": KINDS[2][2], "same raters": same_raters}
    alarms = dict.fromkeys(kinds, 0)
    for _ in range(simulations):
        outcomes, _ = world.panel(draw)
        order = draw.permutation(outcomes.size) if mixed else np.arange(outcomes.size)
        places = [(cell % prompts, cell // prompts) for cell in order]
        for name, interval in kinds.items():
            alarms[name] += any(not interval(seen).holds(0.5) for seen in _growing(outcomes, places))
    yield from ((name, count / simulations) for name, count in alarms.items())


def _growing(outcomes: np.ndarray, places: list[tuple[int, int]]) -> Iterator[np.ndarray]:
    seen = np.full_like(outcomes, np.nan)
    for number, place in enumerate(places, 1):
        seen[place] = outcomes[place]
        if number % 10 == 0:
            yield seen[~np.isnan(seen).all(axis=1)]


def boards(prompts: int, simulations: int) -> float:
    """How often the interval of the middle one of three authors covers its mean chance against the others."""
    strength, draw, hits = {"a": 0.5, "b": 0.0, "c": -0.7}, np.random.default_rng(0), 0
    truth = float(np.mean([expit(strength["b"] - strength[other]) for other in "ac"]))
    for _ in range(simulations):
        votes = []
        for one, other in ("ab", "ac", "bc"):
            for n, won in enumerate(draw.random(prompts) < expit(strength[one] - strength[other])):
                choice = Choice.LEFT if won else Choice.RIGHT
                votes.append(Vote(f"{n}{one}{other}", str(n), "", "Ann", choice, False, one, other, 0, 0.0))
        place = next(place for place in board(votes, resamples=300) if place.author == "b")
        hits += place.low <= truth <= place.high
    return hits / simulations


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--simulations", type=int, default=2000)
    many = asked.parse_args().simulations
    few = max(100, many // 4)
    print(f"95 % intervals, {many} simulations each\n\n| votes | interval | covers % | points wide |\n|---|---|---:|---:|")
    for world in WORLDS:
        for name, share, width in coverage(world, many):
            print(f"| {world.name} | {name} | {100 * share:.1f} | {100 * width:.1f} |", flush=True)
    print(f"\nlooking every 10 votes, {few} simulations each\n\n| votes | interval | false alarms % |\n|---|---|---:|")
    for prompts, raters, mixed, ties in LOOKS:
        order = "in mixed order" if mixed else "one after the other"
        for name, share in looks(prompts, raters, mixed, ties, few):
            print(f"| {prompts} prompts × {raters} raters {order}, {ties:.0%} ties | {name} | {100 * share:.1f} |", flush=True)
    print(f"\nboard of three authors, 60 prompts a pair, {few} simulations: covers {100 * boards(60, few):.1f} %")


if __name__ == "__main__":
    main()
