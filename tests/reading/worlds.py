"""Pairs with votes, written down: what the tests of the room read."""

from rpo.reading import ReadPair, RulingRead, VoteRead
from rpo.voting import Answer, Comparison


def pair(prompt="Why?", baseline="no", candidate="yes it is", votes=(), rulings=(), slice_=""):
    """A pair; `votes` are outcomes of the candidate, or whole votes; `rulings` outcomes by one judge each."""
    said = [vote if isinstance(vote, VoteRead) else vote_of(vote, f"rater {place}") for place, vote in enumerate(votes)]
    ruled = [RulingRead(f"judge {place}", outcome, "because") for place, outcome in enumerate(rulings)]
    both = Answer(baseline, "base"), Answer(candidate, "tuned")
    return ReadPair(Comparison(prompt, *both, slice_), tuple(said), tuple(ruled))


def vote_of(outcome, rater="Ann", both_bad=False, left=True, tags=(), reason=""):
    return VoteRead(rater, outcome, both_bad, left, tuple(tags), reason)
