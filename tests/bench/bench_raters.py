"""Three intervals for other raters like these, side by side: which covers everywhere, and which is narrowest where it does.

    python tests/bench/bench_raters.py [--simulations 1000] [--seed 0] [--again 5000]

Logistic raters as in bench_coverage.py: 3, 5 and 10 of them on 25, 100 and 200 prompts, their log-odds spread by 0, 0.2, 0.7 and
1.2, without ties and with 30 %. All vote on everything; or, of 100 prompts, half of the votes are missing, or each prompt is
dealt to two raters. A cell in which the interval in use covers less than 95 % is drawn again, with as many as --again says.
Clusters: the variance of Cameron, Gelbach and Miller with the degrees of the raters. Satterthwaite: the components' sum with his
degrees. Effects: the interval in use. A mixed model of statsmodels is timed alone. Prints a table; not a test.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpo.statistics.effects import components, other_raters
from rpo.statistics.effects.components import cell_weights
from rpo.statistics.intervals import clustered, from_variance, means
from tests.bench.bench_coverage import World

DESIGNS = {"all": {}, "half missing": {"missing": 0.5}, "two a prompt": {"overlap": 2}}
PROMPTS = {"all": (25, 100, 200), "half missing": (100,), "two a prompt": (100,)}
SPREADS = (0.0, 0.2, 0.7, 1.2)
Ends = tuple[float, float]


def two_clusters(outcomes: np.ndarray) -> Ends:
    """Prompts + raters − cells, never less than either alone, Student's t with the degrees of the fewer."""
    weights, score = cell_weights(outcomes), float(means(outcomes).mean())
    shares = weights * np.nan_to_num(outcomes - score)
    prompts, raters = clustered(shares.sum(1)), clustered(shares.sum(0))
    variance = max(prompts + raters - clustered(shares[~np.isnan(outcomes)]), prompts, raters)
    effective = float(1 / (weights.sum(0) ** 2).sum())
    return from_variance(score, variance, len(outcomes), min(len(outcomes), effective) - 1)


def satterthwaite(outcomes: np.ndarray) -> Ends:
    """The sum of the components, with the degrees of freedom that match its first two moments."""
    found = components(outcomes)
    variance, sources = found.prompts.square + found.of_raters, (found.prompts, found.raters, found.rest)
    degrees = variance**2 / max(sum(one.square**2 / one.degrees for one in sources), 1e-30)
    kept = min(max(degrees, found.raters.degrees), found.prompts.degrees)
    return from_variance(float(means(outcomes).mean()), variance, len(outcomes), kept)


def effects(outcomes: np.ndarray) -> Ends:
    """The interval in use."""
    found = other_raters(outcomes)
    return found.low, found.high


KINDS: dict[str, Callable[[np.ndarray], Ends]] = {"clusters": two_clusters, "Satterthwaite": satterthwaite, "effects": effects}


def measured(world: World, simulations: int, seed: int) -> dict[str, Ends]:
    """Share covered and mean width of each kind."""
    draw, found = np.random.default_rng(seed), {name: [] for name in KINDS}
    for _ in range(simulations):
        outcomes, _ = world.panel(draw)
        for name, kind in KINDS.items():
            found[name].append(kind(outcomes))
    ends = {name: np.array(each) for name, each in found.items()}
    truth = world.of_all
    return {
        name: (float(np.mean((low <= truth) & (truth <= high))), float(np.mean(high - low)))
        for name, (low, high) in ((name, each.T) for name, each in ends.items())
    }


def rows(simulations: int, again: int, seed: int) -> None:
    """A row for each design, number of raters and spread: the least coverage over prompts and ties, and the mean width."""
    for (name, design), raters, spread in product(DESIGNS.items(), (3, 5, 10), SPREADS):
        cells = []
        for prompts, ties in product(PROMPTS[name], (0.0, 0.3)):
            world = replace(World(name, prompts, raters, spread, ties=ties), **design)
            found = measured(world, simulations, seed)
            cells.append(found if found["effects"][0] >= 0.95 else measured(world, again, seed + 1))
        least = " | ".join(f"{100 * min(cell[kind][0] for cell in cells):.1f}" for kind in KINDS)
        wide = " | ".join(f"{100 * np.mean([cell[kind][1] for cell in cells]):.1f}" for kind in KINDS)
        print(f"| {name} | {raters} | {spread} | {least} | {wide} |", flush=True)


def mixed_model_seconds(prompts: int, raters: int) -> float:
    """How long statsmodels' mixed model with crossed effects takes for one panel."""
    import pandas as pd
    import statsmodels.formula.api as smf

    outcomes, _ = World("", prompts, raters).panel(np.random.default_rng(0))
    prompt, rater = np.indices(outcomes.shape)
    votes = pd.DataFrame({"y": outcomes.ravel(), "prompt": prompt.ravel(), "rater": rater.ravel(), "all": 1})
    parts = {"prompt": "0 + C(prompt)", "rater": "0 + C(rater)"}
    began = time.perf_counter()
    with warnings.catch_warnings(action="ignore"):
        smf.mixedlm("y ~ 1", votes, groups="all", vc_formula=parts).fit(reml=True)
    return time.perf_counter() - began


def own_seconds(prompts: int, raters: int, times: int = 50) -> float:
    """The same for the interval in use."""
    outcomes, _ = World("", prompts, raters).panel(np.random.default_rng(0))
    other_raters(outcomes)
    began = time.perf_counter()
    for _ in range(times):
        other_raters(outcomes)
    return (time.perf_counter() - began) / times


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--simulations", type=int, default=1000)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--again", type=int, default=5000)
    given = asked.parse_args()
    print(f"200 prompts × 5 raters: mixed model {mixed_model_seconds(200, 5):.2f} s, effects {own_seconds(200, 5):.4f} s\n")
    kinds = " | ".join(KINDS)
    print(f"n = {given.simulations} and more, seed {given.seed}: least coverage %, then mean points wide\n")
    print(f"| votes | raters | spread | {kinds} | {kinds} |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    rows(given.simulations, given.again, given.seed)


if __name__ == "__main__":
    main()
