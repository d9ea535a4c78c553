"""Several runs on one board: Bradley and Terry's model of votes over any pairs of authors, a tie counted as half.

An author's score is the mean chance to be preferred to each other author on the board; with two authors it is their plain score.
Strengths come from evalica, votes on one comparison are averaged first. The interval is Rubin's (1981) bootstrap over prompts:
each gets a random weight, and a random win and loss are added to each compared pair (a uniform prior), so that one who never lost
keeps an interval. It speaks of these raters and other prompts; it does not know other raters.
Not a rating that moves with the order of votes, as Elo is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from scipy.sparse.csgraph import connected_components

from rpo.errors import RpoError
from rpo.statistics.result import Result
from rpo.voting.columns import Columns, Votes, columns, named

TIE_PRIOR = 0.01  # of a tie between compared authors, as one who never lost has no finite strength


@dataclass(frozen=True)
class Rank(Result):
    """One author's score with its 95 % interval; `prompts` and `votes` are those with an answer of this author."""

    author: str
    score: float
    low: float
    high: float
    prompts: int
    votes: int

    @property
    def question(self) -> str:
        """What the score is an answer to."""
        return "With these raters, on prompts like these: how often is this author preferred to the others on the board?"

    @property
    def n(self) -> int:
        """How many prompts stand behind it."""
        return self.prompts


@dataclass(frozen=True)
class Tally:
    """Wins, ties and losses by prompt and pair of authors, (P, K, 3); the first of a pair wins in column 0."""

    authors: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    counts: np.ndarray = field(repr=False)

    def scores(self, counts: np.ndarray) -> np.ndarray:
        """Each author's mean chance against the others, from counts (K, 3)."""
        import evalica

        firsts, seconds = ([pair[side] for pair in self.pairs for _ in range(3)] for side in (0, 1))
        verdicts = [evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y] * len(self.pairs)
        found = evalica.bradley_terry(firsts, seconds, verdicts, weights=counts.ravel().tolist(), limit=10_000, tolerance=1e-8)
        strength = found.scores.loc[list(self.authors)].to_numpy()
        chances = strength[:, None] / (strength[:, None] + strength[None, :])
        return (chances.sum(axis=1) - 0.5) / (len(strength) - 1)


def rank_authors(votes: Votes, seed: int = 0, resamples: int = 1000) -> tuple[Rank, ...]:
    """The authors of these votes, the best first. Each must be compared with each other one, directly or by way of others."""
    first = columns(votes).first
    if not len(first):
        raise RpoError("a board needs at least one vote, there is none yet; vote first")
    tally = tally_of(first)
    _connected(tally)
    total, prior = tally.counts.sum(axis=0), np.array([0.0, TIE_PRIOR, 0.0])
    scores = tally.scores(total + prior)
    again = np.stack([tally.scores(counts) for counts in _resampled(tally.counts, resamples, np.random.default_rng(seed))])
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    ends = np.minimum(low, scores), np.maximum(high, scores)
    places = [_place(first, *row) for row in zip(tally.authors, scores, *ends, strict=True)]
    return tuple(sorted(places, key=lambda place: (-place.score, place.author)))


def _place(votes: Columns, author: str, score: float, low: float, high: float) -> Rank:
    mine = (votes.left.codes == votes.left.code(author)) | (votes.right.codes == votes.right.code(author))
    return Rank(author, float(score), float(low), float(high), len(np.unique(votes.prompt.codes[mine])), int(mine.sum()))


def tally_of(votes: Columns) -> Tally:
    """The tally of the votes that count."""
    authors = named(sorted({*votes.left.used().names, *votes.right.used().names}))
    left, right = (np.array([authors.code(name) for name in side.names])[side.codes] for side in (votes.left, votes.right))
    first, second = np.minimum(left, right), np.maximum(left, right)
    met, pair = np.unique(first * len(authors.names) + second, return_inverse=True)
    pairs = tuple((authors.names[one // len(authors.names)], authors.names[one % len(authors.names)]) for one in met)
    verdict = 1 - votes.side * np.where(left == first, 1, -1)  # 0 where the first of a pair won, 1 for a tie, 2 where it lost
    prompts = votes.prompt.used()
    weights = 1 / np.bincount(votes.comparison.codes)[votes.comparison.codes]
    cells, shape = (prompts.codes * len(met) + pair) * 3 + verdict, (len(prompts.names), len(met), 3)
    counts = np.bincount(cells, weights, shape[0] * shape[1] * 3).reshape(shape)
    return Tally(authors.names, pairs, counts)


def _resampled(counts: np.ndarray, resamples: int, draw: np.random.Generator) -> Iterator[np.ndarray]:
    prompts, pairs, _ = counts.shape
    for _ in range(resamples):
        prior = draw.exponential(size=(pairs, 3)) * (1, 0, 1)
        yield np.tensordot(draw.exponential(size=prompts), counts, axes=1) + prior


def _connected(tally: Tally) -> None:
    """Refuse authors between whom no chain of comparisons leads."""
    place = {author: number for number, author in enumerate(tally.authors)}
    compared = np.zeros((len(place), len(place)), dtype=bool)
    for one, other in tally.pairs:
        compared[place[one], place[other]] = True
    count, group = connected_components(compared, directed=False)
    islands = [[name for name in tally.authors if group[place[name]] == number] for number in range(count)]
    for one, other in combinations(islands, 2):
        raise RpoError(
            f"authors on one board must be connected by comparisons, {', '.join(one)} and {', '.join(other)} are not; "
            "vote on a panel between them, or choose panels that share an author"
        )
