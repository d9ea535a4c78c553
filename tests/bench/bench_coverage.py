"""How often each interval covers, and how often the one rule calls a difference that is not there or finds one that is.

    python tests/bench/bench_coverage.py [--simulations 2000] [--seed 0] [--only coverage|size|power|agreement|board]

Coverage: votes are drawn from logistic raters: log-odds of a win = level + prompt (normal) + rater (normal). A "moderate spread"
between raters is a standard deviation of 0.7, some 14 points of win rate. For "these raters" the truth is the mean over prompts
of those drawn, for "raters like these" that over raters too. Size and power: prompts have a win rate of their own (beta), so that
two raters' decided votes agree in 65.7 %, as AlpacaEval's humans do. One vote a prompt is counted exactly, not simulated. A look
is one at equally many prompts more (prompt by prompt), or after each further rater. Skewed: six prompts in ten lean a little to
one side and four far to the other, so the score is 50 % but not symmetric, which is where the test holds for many prompts only.
Prints tables; not a test, see tests/voting/test_coverage.py and test_verdict.py for that.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.special import expit
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpo.statistics import Feature, Interval, Looks, Style, agreement, length_adjusted, power, rank_authors, style_controlled
from rpo.statistics.effects import other_raters
from rpo.statistics.intervals import means, same_raters, share_of
from rpo.statistics.power import critical
from rpo.statistics.sequential import always_valid, always_valid_p
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting import Choice, Vote
from tests.statistics.worlds import split_prompts

MANY = np.random.default_rng(9).normal(0, 1, 20_000)


@dataclass(frozen=True)
class World:
    """Where votes come from; raters but the first see only the share `others_see` of the prompts.

    With `overlap` each prompt is dealt to so many raters, all pairs of them equally often.
    """

    name: str
    prompts: int
    raters: int
    spread: float = 0.7
    level: float = 0.4
    ties: float = 0.0
    missing: float = 0.0
    others_see: float = 1.0
    overlap: int = 0

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
        if self.overlap:
            outcomes[self._not_dealt(draw)] = np.nan
        return outcomes, leaning

    def _not_dealt(self, draw: np.random.Generator) -> np.ndarray:
        groups = draw.permutation(list(combinations(range(self.raters), self.overlap)))
        hidden = np.ones((self.prompts, self.raters), dtype=bool)
        np.put_along_axis(hidden, np.resize(groups, (self.prompts, self.overlap)), False, axis=1)
        return hidden

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
TIES = (0.0, 0.2, 0.4)
LOOKS = (1, 2, 5, 10, 20)
RULES: dict[Looks, Callable[[np.ndarray], float]] = {Looks.ONCE: sign_flip_p, Looks.ALWAYS: always_valid_p}
SHARES = ((20, 0.9), (20, 0.95), (30, 0.95), (40, 0.95), (50, 0.99), (200, 0.98))
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


def coverage(world: World, simulations: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """Name, share covered and mean width of each interval."""
    draw = np.random.default_rng(seed)
    panels = [world.panel(draw) for _ in range(simulations)]
    for name, these, interval in KINDS:
        found = [interval(outcomes) for outcomes, _ in panels]
        if all(one.known for one in found):
            truths = [world.of_these(*drawn) if these else world.of_all for drawn in panels]
            hits = [one.holds(truth) for one, truth in zip(found, truths, strict=True)]
            yield name, float(np.mean(hits)), float(np.mean([one.width for one in found]))


def exact(prompts: int, ties: float) -> float:
    """The chance of a false verdict at the end, of prompts of one vote, by counting all that can happen."""
    decided = np.arange(prompts + 1)
    return float(binom.pmf(decided, prompts, 1 - ties) @ (2 * binom.sf(critical(decided) - 1, decided, 0.5)))


def skewed(draw: np.random.Generator, prompts: int, votes: int) -> np.ndarray:
    """Outcomes (P, V) with a score of one half that does not come from as many prompts on each side."""
    own = np.where(draw.random((prompts, 1)) < 0.6, 0.7, 0.2)
    return (draw.random((prompts, votes)) < own).astype(float)


def growing(grid: np.ndarray, looks: int) -> Iterator[np.ndarray]:
    """The prompts' scores at so many looks, prompt by prompt; the last one sees all."""
    scores = grid.mean(axis=1)
    yield from (scores[: round(len(scores) * part / looks)] for part in range(1, looks + 1))


def rater_by_rater(grid: np.ndarray) -> Iterator[np.ndarray]:
    """The prompts' scores after each rater who has finished."""
    yield from (grid[:, :seen].mean(axis=1) for seen in range(1, grid.shape[1] + 1))


def called(panels: list[list[np.ndarray]], look: Looks) -> float:
    """The share of panels in which some look has p at most 5 %."""
    return float(np.mean([any(RULES[look](scores) <= 0.05 for scores in looks) for looks in panels]))


def sizes(simulations: int, seed: int) -> Iterator[str]:
    """Rows of false verdicts: panels without a difference in which some look calls one."""
    draw = np.random.default_rng(seed)
    for prompts, count, ties in ((n, v, t) for n in (50, 200) for v in range(1, 6) for t in TIES):
        grids = [split_prompts(draw, prompts, count, 0.5, ties) for _ in range(simulations)]
        known = f"{100 * exact(prompts, ties):.2f} exact" if count == 1 else ""
        yield row(f"{prompts} prompts × {count}, {ties:.0%} ties, 1 look", grids, lambda grid: growing(grid, 1), known)
    for count, many in ((v, k) for v in (1, 3, 5) for k in LOOKS[1:]):
        grids = [split_prompts(draw, 200, count, 0.5, 0.2) for _ in range(simulations // 4)]
        yield row(f"200 prompts × {count}, 20% ties, {many} looks", grids, lambda grid, many=many: growing(grid, many))
    for count in (2, 3, 5):
        grids = [split_prompts(draw, 200, count, 0.5, 0.0) for _ in range(simulations // 4)]
        yield row(f"200 prompts, {count} raters in turn, {count} looks", grids, rater_by_rater)
    for prompts, count in ((n, v) for n in (20, 50, 200) for v in (2, 3, 5)):
        grids = [skewed(draw, prompts, count) for _ in range(simulations)]
        yield row(f"{prompts} prompts × {count}, skewed, 1 look", grids, lambda grid: growing(grid, 1))


def row(name: str, grids: list[np.ndarray], seen: Callable[[np.ndarray], Iterator[np.ndarray]], known: str = "") -> str:
    """One row of false verdicts in percent."""
    panels = [list(seen(grid)) for grid in grids]
    shares = (f"{100 * called(panels, look):.1f}" for look in Looks)
    return f"| {name} | {len(grids)} | {' | '.join(shares)} | {known} |"


def powers(simulations: int, seed: int) -> Iterator[str]:
    """Rows of plans: the win rate that is to be found in 80 % of panels, and in how many it is."""
    draw = np.random.default_rng(seed)
    for look, prompts, count, ties in ((k, n, v, t) for k in Looks for n in (50, 200) for v in range(1, 6) for t in (0.0, 0.2)):
        plan = power(prompts, count, ties, look=look)
        panels = [[split_prompts(draw, prompts, count, plan.rate, ties).mean(axis=1)] for _ in range(simulations)]
        wins = plan.wins if look is Looks.ONCE else plan.wins_peeking
        found = f"{100 * called(panels, look):.1f}"
        yield f"| {prompts} × {count}, {ties:.0%} ties | {look.value} | {plan.rate:.1%} | {wins} of {plan.decided} | {found} |"


def agreements(simulations: int, seed: int) -> Iterator[str]:
    """Rows of coverage of shares of agreement, exactly, and of two figures of three raters, simulated."""
    for prompts, rate in SHARES:
        hits = 0.0
        for agreed in range(prompts + 1):
            low, high = share_of(np.repeat([1.0, 0.0], [agreed, prompts - agreed]))
            hits += float(binom.pmf(agreed, prompts, rate)) * (low <= rate <= high)
        yield f"| share, {prompts} prompts, true {rate:.0%} | exact | {100 * hits:.1f} |"
    draw = np.random.default_rng(seed)
    for prompts, agree in ((20, 0.7), (20, 0.95), (100, 0.95)):
        found = [agreement(_votes(split_prompts(draw, prompts, 3, 0.5, 0.0, agree)), "b") for _ in range(simulations)]
        truths = {"percent": agree, "ac1": (agree - 0.25) / 0.75}  # two verdicts, each as often: chance is 0.25 of three
        for name, truth in truths.items():
            hits = np.mean([getattr(one, name).low <= truth <= getattr(one, name).high for one in found])
            yield f"| {name}, 3 raters, {prompts} prompts, true {agree:.0%} alike | {simulations} | {100 * hits:.1f} |"


def _votes(grid: np.ndarray) -> list[Vote]:
    sides = {1.0: Choice.RIGHT, 0.0: Choice.LEFT}
    cells = np.ndenumerate(grid)
    return [Vote(str(n), str(n), "", str(r), sides[float(x)], False, "a", "b", 0, 0.0) for (n, r), x in cells]


@dataclass(frozen=True)
class Looking:
    """Where votes on answers of different looks come from; `longer` in spreads of the difference of lengths, `uneven` prompts."""

    name: str
    prompts: int
    taste: float = 1.0
    longer: float = 0.3
    uneven: float = 0.0
    raters: int = 1
    numbers: bool = False
    level: float = 0.4

    def outcomes(self, draw: np.random.Generator, odds: np.ndarray) -> np.ndarray:
        """Means of votes on the prompts (P,), or a judge's numbers whose mean is the chance."""
        chances = expit(odds + self.uneven * draw.normal(0, 1, self.prompts))
        if self.numbers:
            return draw.beta(0.4 * chances + 1e-4, 0.4 * (1 - chances) + 1e-4)
        return (draw.random((self.raters, self.prompts)) < chances).mean(axis=0)

    @property
    def truth(self) -> float:
        """The score at equal style."""
        return float(expit(self.level + self.uneven * MANY).mean())


LOOKING = (
    Looking("50 prompts", 50),
    Looking("200 prompts", 200),
    Looking("200 prompts, no taste", 200, taste=0.0),
    Looking("200 prompts, longer by one spread", 200, longer=1.0),
    Looking("200 prompts, longer by two spreads: flagged", 200, longer=2.0),
    Looking("200 uneven prompts", 200, uneven=1.5),
    Looking("200 uneven prompts, 5 raters", 200, uneven=1.5, raters=5),
    Looking("200 prompts, 85 % won", 200, level=2.0),
    Looking("805 uneven prompts, a judge's numbers", 805, uneven=1.3, numbers=True),
)


def looks(world: Looking, simulations: int, seed: int) -> Iterator[str]:
    """Rows of coverage of the score at equal lengths, at equal style, and of the odds of twice as much bold."""
    draw, hits, wide = np.random.default_rng(seed), [], []
    for _ in range(simulations):
        differences = draw.normal(world.longer, 1, world.prompts)
        names = [f"c{number}" for number in range(world.prompts)]
        lengths = {name: (2000 + 200 * one, 2000 - 200 * one) for name, one in zip(names, differences, strict=True)}
        one = length_adjusted(_numbers(world.outcomes(draw, world.level + world.taste * np.tanh(differences))), "a", lengths)
        counts = draw.poisson(4 * draw.gamma(2, 0.5, (2, world.prompts)) * np.array([[1 + world.longer], [1]]))
        bold = (counts[0] - counts[1]) / np.maximum(counts.sum(axis=0), 1)
        styles = {name: (_bold(a), _bold(b)) for name, a, b in zip(names, *counts.tolist(), strict=True)}
        two = style_controlled(_numbers(world.outcomes(draw, world.level + world.taste * bold)), "a", styles)
        (odds,) = two.effects
        truths = (world.truth, world.truth, float(np.exp(world.taste / 3)))
        hits.append([found.low <= true <= found.high for found, true in zip((one, two, odds), truths, strict=True)])
        wide.append([found.high - found.low for found in (one, two)])
    (a, b, c), (d, e) = (100 * np.mean(each, axis=0) for each in (hits, wide))
    odds_covered = "" if world.uneven else f"{c:.1f}"  # odds ratios of uneven prompts are others by design
    yield f"| {world.name} | {simulations} | {a:.1f} | {d:.1f} | {b:.1f} | {e:.1f} | {odds_covered} |"


def _bold(count: int) -> Style:
    return Style({one: count if one is Feature.BOLD else 0 for one in Feature})


def _numbers(outcomes: np.ndarray) -> list[Vote]:
    sides = (Choice.RIGHT, Choice.LEFT)
    each = enumerate(outcomes.tolist())
    return [Vote(f"c{n}", f"{n}", "", "J", sides[x > 0.5], False, "a", "b", 0, 0.0, preference=x) for n, x in each]


def boards(prompts: int, simulations: int, seed: int) -> float:
    """How often the interval of the middle one of three authors covers its mean chance against the others."""
    strength, draw, hits = {"a": 0.5, "b": 0.0, "c": -0.7}, np.random.default_rng(seed), 0
    truth = float(np.mean([expit(strength["b"] - strength[other]) for other in "ac"]))
    for _ in range(simulations):
        votes = []
        for one, other in ("ab", "ac", "bc"):
            for n, won in enumerate(draw.random(prompts) < expit(strength[one] - strength[other])):
                choice = Choice.LEFT if won else Choice.RIGHT
                votes.append(Vote(f"{n}{one}{other}", str(n), "", "Ann", choice, False, one, other, 0, 0.0))
        place = next(place for place in rank_authors(votes, resamples=300) if place.author == "b")
        hits += place.low <= truth <= place.high
    return hits / simulations


def print_coverage(many: int, seed: int) -> None:
    """95 % intervals of the score."""
    print("95 % intervals\n\n| votes | n | interval | covers % | points wide |\n|---|---:|---|---:|---:|")
    for world in WORLDS:
        for name, share, width in coverage(world, many, seed):
            print(f"| {world.name} | {many} | {name} | {100 * share:.1f} | {100 * width:.1f} |", flush=True)


def print_size(many: int, seed: int) -> None:
    """False verdicts of both rules."""
    print("false verdicts in %, no difference\n\n| votes | n | at the end | at any look | |\n|---|---:|---:|---:|---|")
    for line in sizes(many, seed):
        print(line, flush=True)
    grid = {(n, t): exact(n, t / 100) for n in range(20, 401) for t in range(0, 45, 5)}
    most = max(grid.values())
    mean = 100 * sum(grid.values()) / len(grid)
    print(f"\none vote a prompt, exactly, 20 to 400 prompts, 0 to 40 % ties: mean {mean:.2f}, most {100 * most:.3f}")


def print_power(many: int, seed: int) -> None:
    """What a plan says is found in four panels of five."""
    print(f"power of plans, n = {many} each\n\n| votes | look | true rate | wins enough | found % |\n|---|---|---:|---:|---:|")
    for line in powers(many, seed):
        print(line, flush=True)


def print_agreement(many: int, seed: int) -> None:
    """95 % intervals of agreement."""
    print("95 % intervals of agreement\n\n| figure | n | covers % |\n|---|---:|---:|")
    for line in agreements(max(100, many // 4), seed):
        print(line, flush=True)


def print_style(many: int, seed: int) -> None:
    """95 % intervals at equal style."""
    print("95 % intervals at equal length and equal style\n")
    print("| votes | n | length % | wide | style % | wide | odds % |\n|---|---:|---:|---:|---:|---:|---:|")
    for world in LOOKING:
        for line in looks(world, max(100, many // 4), seed):
            print(line, flush=True)


def print_board(many: int, seed: int) -> None:
    """The board's interval."""
    few = max(100, many // 4)
    print(f"board of three authors, 60 prompts a pair, n = {few}: covers {100 * boards(60, few, seed):.1f} %")


TABLES = {
    "coverage": print_coverage,
    "size": print_size,
    "power": print_power,
    "agreement": print_agreement,
    "board": print_board,
    "style": print_style,
}


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--simulations", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--only", choices=list(TABLES))
    given = asked.parse_args()
    print(f"seed {given.seed}")
    for name, table in TABLES.items():
        if given.only in (None, name):
            print()
            table(given.simulations, given.seed)


if __name__ == "__main__":
    main()
