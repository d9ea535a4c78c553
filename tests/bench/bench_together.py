"""Raters and a judge together: how often the interval covers, how wide it is beside the raters' own, and what a plan finds.

    python tests/bench/bench_together.py [--simulations 2000] [--seed 0] [--only coverage|power|reference]

Coverage: prompts of one vote (57 % and 80 % wins), and of three votes by raters whose decided votes agree in 65.7 %, 20 % ties.
Judges: of 55 to 95 % agreement with one rater, erring as often to either side; one of 95 % that errs for the candidate only
(where that side has losses enough); and one that names the longer answer on every second prompt and the rater's on the others,
the candidate being longer on 68 %. It has verdicts on the n prompts with votes, and on n, 3n or 10n more. Width is the mean width
over that of the raters' own interval. Reference: estimate and λ of ppi-python, where it is installed.
Prints tables; not a test, see tests/statistics/test_prediction.py for that.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpo.statistics.intervals import same_raters
from rpo.statistics.prediction import power_with_judge, prediction_powered
from tests.statistics.worlds import AGREE, split_prompts

PROMPTS, TIMES = (50, 100, 200), (1, 3, 10)
LONGER = 0.68  # how often the candidate's answer is the longer one


@dataclass(frozen=True)
class World:
    """What raters say: `votes` a prompt, a decided one won at `rate`."""

    name: str
    votes: int
    rate: float
    ties: float

    def drawn(self, draw: np.random.Generator, prompts: int) -> np.ndarray:
        """Outcomes (P, V)."""
        if self.votes > 1:
            return split_prompts(draw, prompts, self.votes, self.rate, self.ties)
        won = (draw.random((prompts, 1)) < self.rate).astype(float)
        return np.where(draw.random(won.shape) < self.ties, 0.5, won)

    @property
    def truth(self) -> float:
        """The score over all prompts."""
        return self.ties / 2 + (1 - self.ties) * self.rate


Rule = Callable[[np.random.Generator, np.ndarray], np.ndarray]
"""From what one rater says, (P,), to what the judge says, (P,)."""


def agreeing(share: float) -> Rule:
    """A judge that names the rater's winner so often, and errs to either side; where the rater sees a tie, it tosses a coin."""

    def said(draw: np.random.Generator, one: np.ndarray) -> np.ndarray:
        wrong, coin = draw.random(one.shape) >= share, (draw.random(one.shape) < 0.5).astype(float)
        return np.where(one == 0.5, coin, np.where(wrong, 1 - one, one))

    return said


def one_sided(draw: np.random.Generator, one: np.ndarray) -> np.ndarray:
    """A judge that calls a win for the candidate on 5 % of all prompts where the rater does not; at most all of them."""
    return np.where(draw.random(one.shape) < 0.05 / max(float((one < 1).mean()), 0.05), 1.0, one)


def by_length(draw: np.random.Generator, one: np.ndarray) -> np.ndarray:
    """A judge that names the longer answer on every second prompt."""
    longer = (draw.random(one.shape) < LONGER).astype(float)
    return np.where(draw.random(one.shape) < 0.5, longer, one)


WORLDS = (
    World("1 vote, 57 %", 1, 0.57, 0.0),
    World("1 vote, 80 %", 1, 0.8, 0.0),
    World("3 votes, 57 %, 20 % ties", 3, 0.57, 0.2),
)
JUDGES: dict[str, Rule] = {f"{share:.0%}": agreeing(share) for share in (0.55, 0.65, 0.75, 0.85, 0.95)}
JUDGES |= {"95%, errs for the candidate": one_sided, "half by length": by_length}


def coverage(simulations: int, seed: int) -> Iterator[str]:
    """Rows: the share covered by raters alone and together, the width, λ and the worth, means over the rounds."""
    for number, (world, name, prompts, times) in enumerate(
        (w, j, n, k) for w in WORLDS for j in JUDGES for n in PROMPTS for k in TIMES
    ):
        draw = np.random.default_rng([seed, number])
        alone, together = zip(*(_round(draw, world, JUDGES[name], prompts, times) for _ in range(simulations)), strict=True)
        hits = (100 * np.mean([one.holds(world.truth) for one in found]) for found in (alone, [one.interval for one in together]))
        width = np.mean([one.interval.width for one in together]) / np.mean([one.width for one in alone])
        means = (np.mean([one.weight for one in together]), np.median([one.worth for one in together]))
        shown = [*(f"{hit:.1f}" for hit in hits), f"{width:.3f}", f"{means[0]:.2f}", f"{means[1]:.0f}"]
        yield f"| {world.name} | {name} | {prompts} | {times * prompts} | {' | '.join(shown)} |"


def _round(draw: np.random.Generator, world: World, rule: Rule, prompts: int, times: int) -> tuple:
    outcomes = world.drawn(draw, prompts * (1 + times))
    judge = rule(draw, outcomes[:, 0])
    seen = outcomes[:prompts]
    return same_raters(seen), prediction_powered(seen, judge[:prompts], judge[prompts:])


def powers(simulations: int, seed: int) -> Iterator[str]:
    """Rows of plans: the win rate that is to be found in 80 % of panels, and in how many the interval leaves out one half."""
    for number, (prompts, votes, share, times) in enumerate(
        (n, v, a, k) for n in (50, 200) for v in (1, 3) for a in (0.65, 0.75, 0.85) for k in (1, 5)
    ):
        others = share * AGREE + (1 - share) * (1 - AGREE)  # with a rater whom it does not copy
        plan = power_with_judge(prompts, prompts * times, (share + (votes - 1) * others) / votes, votes, 0.2)
        world, draw = World("planned", votes, plan.rate, 0.2), np.random.default_rng([seed, number])
        found = [_round(draw, world, agreeing(share), prompts, times)[1].interval.low > 0.5 for _ in range(simulations)]
        planned = f"{plan.judge_agrees:.0%} | {times * prompts} | {plan.worth:.0f} | {plan.rate:.1%}"
        yield f"| {prompts} × {votes} | {planned} | {100 * np.mean(found):.1f} |"


def reference(seed: int) -> Iterator[str]:
    """Rows of one panel each: estimate, λ and interval of ppi-python and of ours."""
    from ppi_py import ppi_mean_ci, ppi_mean_pointestimate

    for number, (name, times) in enumerate((j, k) for j in JUDGES for k in (1, 10)):
        draw = np.random.default_rng([seed, number])
        outcomes = WORLDS[0].drawn(draw, 200 * (1 + times))
        judge = JUDGES[name](draw, outcomes[:, 0])
        given = outcomes[:200, 0], judge[:200], judge[200:]
        theirs = float(ppi_mean_pointestimate(*given)[0]), *(float(end[0]) for end in ppi_mean_ci(*given, alpha=0.05))
        ours = prediction_powered(outcomes[:200], *given[1:])
        shown = (
            f"{score:.4f} ({low:.3f} to {high:.3f})"
            for score, low, high in (theirs, (ours.score, ours.interval.low, ours.interval.high))
        )
        yield f"| {name} | {200 * times} | {' | '.join(shown)} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("coverage", "power", "reference"))
    given = parser.parse_args()
    error = 100 * np.sqrt(0.95 * 0.05 / given.simulations)
    tables = {
        "coverage": (
            f"world, judge, n, more, raters alone %, together %, width, λ, worth (median); Monte Carlo error {error:.2f} points",
            coverage(given.simulations, given.seed),
        ),
        "power": ("n × votes, judge, more, worth, rate | found %", powers(given.simulations, given.seed)),
        "reference": ("judge, more | ppi-python | ours", reference(given.seed)),
    }
    for name, (head, rows) in tables.items():
        if given.only in (None, name):
            print(f"\n{name}: {head}", flush=True)
            for line in rows:
                print(line, flush=True)


if __name__ == "__main__":
    main()
