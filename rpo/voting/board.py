"""Several runs on one board: Bradley and Terry's model of votes over any pairs of authors, a tie counted as half.

An author's score is the mean chance to be preferred to each other author on the board; with two authors it is their plain score.
Strengths come from evalica, votes on one comparison are averaged first. The interval is Rubin's (1981) bootstrap over prompts:
each gets a random weight, and a random win and loss are added to each compared pair (a uniform prior), so that one who never lost
keeps an interval. It speaks of these raters and other prompts; it does not know other raters.
Not a rating that moves with the order of votes, as Elo is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from rpo.errors import RpoError
from rpo.voting.comparison import Vote
from rpo.voting.result import Result

WHISPER = 0.01  # of a tie between compared authors, as one who never lost has no finite strength


@dataclass(frozen=True)
class Place(Result):
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
class _Tally:
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


def board(votes: Sequence[Vote], seed: int = 0, resamples: int = 1000) -> tuple[Place, ...]:
    """The authors of these votes, the best first. Each must be compared with each other one, directly or by way of others."""
    first = [vote for vote in votes if vote.repeat == 0]
    if not first:
        raise RpoError("a board needs at least one vote, there is none yet; vote first")
    tally = _tally(first)
    _connected(tally)
    total, prior = tally.counts.sum(axis=0), np.array([0.0, WHISPER, 0.0])
    scores = tally.scores(total + prior)
    again = np.stack([tally.scores(counts) for counts in _resampled(tally.counts, resamples, np.random.default_rng(seed))])
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    ends = np.minimum(low, scores), np.maximum(high, scores)
    places = [_place(first, *row) for row in zip(tally.authors, scores, *ends, strict=True)]
    return tuple(sorted(places, key=lambda place: (-place.score, place.author)))


def _place(votes: Sequence[Vote], author: str, score: float, low: float, high: float) -> Place:
    mine = [vote for vote in votes if author in (vote.left, vote.right)]
    return Place(author, float(score), float(low), float(high), len({vote.prompt for vote in mine}), len(mine))


def _tally(votes: Sequence[Vote]) -> _Tally:
    pairs = tuple(sorted({_pair(vote) for vote in votes}))
    prompts = {prompt: number for number, prompt in enumerate(sorted({vote.prompt for vote in votes}))}
    on_comparison: dict[str, int] = {}
    for vote in votes:
        on_comparison[vote.comparison] = on_comparison.get(vote.comparison, 0) + 1
    counts = np.zeros((len(prompts), len(pairs), 3))
    for vote in votes:
        pair = _pair(vote)
        column = round(2 * (1 - vote.outcome(pair[0])))
        counts[prompts[vote.prompt], pairs.index(pair), column] += 1 / on_comparison[vote.comparison]
    return _Tally(tuple(sorted({name for pair in pairs for name in pair})), pairs, counts)


def _pair(vote: Vote) -> tuple[str, str]:
    return min(vote.left, vote.right), max(vote.left, vote.right)


def _resampled(counts: np.ndarray, resamples: int, draw: np.random.Generator) -> Iterator[np.ndarray]:
    prompts, pairs, _ = counts.shape
    for _ in range(resamples):
        prior = draw.exponential(size=(pairs, 3)) * (1, 0, 1)
        yield np.tensordot(draw.exponential(size=prompts), counts, axes=1) + prior


def _connected(tally: _Tally) -> None:
    """Refuse authors between whom no chain of comparisons leads."""
    group = {author: {author} for author in tally.authors}
    for one, other in tally.pairs:
        joined = group[one] | group[other]
        group.update(dict.fromkeys(joined, joined))
    islands = list({min(names): sorted(names) for names in group.values()}.values())
    for one, other in combinations(islands, 2):
        raise RpoError(
            f"authors on one board must be connected by comparisons, {', '.join(one)} and {', '.join(other)} are not; "
            "vote on a panel between them, or choose panels that share an author"
        )
