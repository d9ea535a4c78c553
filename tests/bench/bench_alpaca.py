"""AlpacaEval's published figures against what the same annotations come to here, on files that whoever runs it has.

    python tests/bench/bench_alpaca.py LEADERBOARD.csv ANNOTATIONS.json [ANNOTATIONS.json ...]

The leaderboard is AlpacaEval's CSV (a model's name, win_rate, standard_error, discrete_win_rate, n_total and
length_controlled_winrate, in percent); a file of annotations is a model's `annotations.json`. Each is taken in, made a panel and
scored in a home of its own, as an opinion on the same two texts is kept once and two models may have written the same.
Differences are ours minus published, in points; the ends are those drawn on Results, against ±1.96 published standard errors.
Ends with 1 where win rate, standard error, discrete win rate or count differ by more than rounding.

Then the length-controlled win rates, with the prompts' difficulty from the other files given and without. These are another fit
than theirs (see `rpo.statistics.style.control`), so they differ; printed is by how much, and whether the order is the same.
"""

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rpo.errors import RpoError
from rpo.judging import Imported, JudgementCache, WinRate, pair_verdicts, take_in, weighted, win_rate
from rpo.statistics import length_adjusted
from rpo.voting import Ballots, Options, Vote

ROUNDING = 1e-6  # points
NAMES = ("win_rate", "standard_error", "discrete_win_rate", "n_total")
CONTROLLED = "length_controlled_winrate"


@dataclass(frozen=True)
class Scored:
    """A file's model, its figures, and what they are worked out from: votes, and letters by comparison, the model's first."""

    model: str
    found: WinRate
    votes: tuple[Vote, ...]
    lengths: dict[str, tuple[float, float]]


@contextmanager
def in_home(folder: str) -> Iterator[None]:
    """All that is kept meanwhile lies in this folder."""
    before = os.environ.get("RPO_HOME")
    os.environ["RPO_HOME"] = folder
    try:
        yield
    finally:
        os.environ.pop("RPO_HOME") if before is None else os.environ.update(RPO_HOME=before)


def ours(file: Path) -> Scored:
    """What a file comes to."""
    ballots = Ballots.here()
    archive = JudgementCache(ballots.database)
    taken = take_in(archive, file.name, file.read_bytes())
    if len(taken.judges) != 1:
        raise RpoError(f"a file must be of one annotator, got {', '.join(taken.judges)}; split it")
    panel = ballots.make_panel(str(file), taken.pairs, options=Options(prompts=len(taken.pairs), repeats=0))
    model, judge = ballots.panel(panel).candidate, Imported(taken.judges[0])
    pairs = ballots.comparisons(panel)
    votes = weighted(pair_verdicts(archive, judge, list(pairs.values())), judge)
    lengths = {name: (float(len(pair.second.text)), float(len(pair.first.text))) for name, pair in pairs.items()}
    return Scored(model, win_rate(votes, model), votes, lengths)


def published(leaderboard: Path) -> dict[str, dict[str, float]]:
    """Each model's figures; a cell that is empty or not there is left out."""
    with leaderboard.open(newline="", encoding="utf-8") as lines:
        rows = [(next(iter(row.values())), row) for row in csv.DictReader(lines)]
    return {name: {key: float(row[key]) for key in (*NAMES, CONTROLLED) if row.get(key)} for name, row in rows}


def differences(found: WinRate, theirs: dict[str, float]) -> dict[str, float]:
    """Ours minus theirs, for each figure that they publish."""
    mine = {
        "win_rate": 100 * found.win_rate,
        "standard_error": 100 * found.standard_error,
        "discrete_win_rate": 100 * found.discrete_win_rate,
        "n_total": float(found.n),
    }
    return {name: mine[name] - theirs[name] for name in NAMES if name in theirs}


def ends(found: WinRate, theirs: dict[str, float]) -> float:
    """How far our interval's ends lie from theirs at the most, in points."""
    middle, half = theirs["win_rate"], 1.96 * theirs["standard_error"]
    return max(abs(100 * found.interval.low - (middle - half)), abs(100 * found.interval.high - (middle + half)))


def compare(board: dict[str, dict[str, float]], scored: Scored) -> bool:
    """Print a line; returns whether all figures are equal."""
    model, found = scored.model, scored.found
    if model not in board:
        print(f"{model}: not on the leaderboard; ours {100 * found.win_rate:.4f} ± {100 * found.standard_error:.4f}, n {found.n}")
        return True
    apart = differences(found, board[model])
    words = ", ".join(f"{name} {value:+.2e}" for name, value in apart.items())
    print(f"{model}: {words}; interval's ends within {ends(found, board[model]):.2f}")
    return all(abs(value) <= ROUNDING for value in apart.values())


def controlled(board: dict[str, dict[str, float]], files: Sequence[Scored]) -> None:
    """Print the length-controlled win rates beside theirs, and how far they are apart."""
    from scipy.stats import spearmanr

    known = [one for one in files if CONTROLLED in board.get(one.model, {})]
    if not known:
        return
    lengths = {name: both for one in files for name, both in one.lengths.items()}
    every = [vote for one in files for vote in one.votes]
    theirs = [board[one.model][CONTROLLED] for one in known]
    for name, others in (("alone", []), ("with difficulty", every)):
        found = [length_adjusted(one.votes, one.model, lengths, others) for one in known]
        for one, adjusted, published_one in zip(known, found, theirs, strict=True):
            flag = f" ({adjusted.note})" if adjusted.note else ""
            print(f"{one.model}, length-controlled {name}: {100 * adjusted.score:.2f}, theirs {published_one:.2f}{flag}")
        pairs = [(100 * one.score, other) for one, other in zip(found, theirs, strict=True) if one.known]
        if pairs:
            apart = [abs(mine - other) for mine, other in pairs]
            order = spearmanr(*zip(*pairs, strict=True)).statistic if len(pairs) > 2 else float("nan")
            figures = f"mean difference {sum(apart) / len(apart):.2f}, most {max(apart):.2f}, rank correlation {order:.4f}"
            print(f"length-controlled {name}: {figures}, n {len(pairs)}")


def main(arguments: list[str]) -> int:
    """Compare every file; 1 where one differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("leaderboard", type=Path)
    parser.add_argument("annotations", type=Path, nargs="+")
    asked = parser.parse_args(arguments)
    board = published(asked.leaderboard)
    equal: list[bool] = []
    files: list[Scored] = []
    for file in asked.annotations:
        with tempfile.TemporaryDirectory() as folder, in_home(folder):
            try:
                files.append(ours(file))
            except RpoError as error:
                print(f"{file}: refused, {error}")
                equal.append(True)
            else:
                equal.append(compare(board, files[-1]))
    controlled(board, files)
    print(f"{sum(equal)} of {len(equal)} files without a difference")
    return int(not all(equal))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
