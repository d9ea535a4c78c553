"""A pair as it is read: what its votes amount to, which kinds it is of, and that a panel is read from its database as scored."""

import pytest

from rpo.reading import PairFilter, PairKind, PairStanding, kind_counts, narrow, read_pairs
from rpo.statistics import standings
from rpo.voting import Answer, Ballots, Choice, Comparison, Options, Vote
from tests.reading.worlds import pair, vote_of

WON, TIED, LOST, SPLIT, BAD, DIFFERS = PairKind


@pytest.mark.parametrize(
    ("votes", "rulings", "kinds"),
    [
        ((1.0, 1.0), (), {WON}),
        ((0.5,), (), {TIED}),
        ((1.0, 0.0), (), {TIED, SPLIT}),
        ((1.0, 1.0, 0.0), (), {WON, SPLIT}),
        ((0.0, 0.5), (), {LOST}),
        ((vote_of(0.5, both_bad=True), 1.0), (), {WON, BAD}),
        ((1.0,), (1.0,), {WON}),
        ((1.0,), (0.5,), {WON, DIFFERS}),
        ((1.0,), (1.0, 0.0), {WON, DIFFERS}),  # one of two judges
        ((1.0, 0.5), (0.5,), {WON}),  # no verdict leads among the raters: a tie, as the judge says
        ((1.0, 0.5, 0.5), (1.0,), {WON, DIFFERS}),  # won by the mean, but most said tie
        ((), (1.0,), set()),  # nobody to differ from
    ],
)
def test_the_kinds_of_a_pair(votes, rulings, kinds):
    one = pair(votes=votes, rulings=rulings)
    assert {kind for kind in PairKind if kind.holds(one)} == kinds
    assert {kind for kind, count in kind_counts([one]).items() if count} == kinds


@pytest.mark.parametrize(
    ("baseline", "candidate", "score"),
    [("same", "same ", 0.5), ("", " ", 0.5), ("", "text", 1.0), ("text", "", 0.0), ("a", "b", None)],
)
def test_a_pair_without_a_rater_has_the_score_that_the_panel_gives_it(baseline, candidate, score):
    one = pair(baseline=baseline, candidate=candidate)
    assert one.score == score if score is not None else one.standing is PairStanding.OPEN


PAIRS = [
    pair("Coffee stains?", votes=(1.0,)),
    pair("Tea?", "Use SOAP", votes=(0.0, 1.0)),
    pair("Wine?", votes=(vote_of(0.0, reason="Salt is meant"),)),
]


@pytest.mark.parametrize(
    ("kinds", "search", "places"),
    [
        ((), "", [0, 1, 2]),
        ((WON,), "", [0]),
        ((WON, LOST), "", [0, 2]),  # one of the outcomes
        ((TIED, SPLIT), "", [1]),
        ((WON, SPLIT), "", []),  # an outcome and another kind: both
        ((), "soap", [1]),
        ((), "salt MEANT", [2]),
        ((), "salt tea", []),
        ((LOST,), "wine", [2]),
    ],
)
def test_pairs_are_narrowed(kinds, search, places):
    assert narrow(PAIRS, PairFilter(frozenset(kinds), search)) == tuple(PAIRS[place] for place in places)


@pytest.mark.weights
def test_a_panel_is_read_in_its_order_with_first_showings_alone(rpo_home):
    ballots = Ballots.here()
    made = [Comparison(f"{n}?", Answer(f"old {n}", "base"), Answer(f"new {n}", "tuned")) for n in range(12)]
    made.append(Comparison("same?", Answer("alike", "base"), Answer("alike", "tuned")))
    panel = ballots.make_panel("read", made, options=Options(repeats=4, tags=("Kind",)))
    for rater in ("Ann", "Bob"):
        while ballot := ballots.next_ballot(panel, rater):
            new = ballot.left.startswith("new") == (rater == "Ann" or "2" in ballot.prompt)
            ballots.cast(ballot, Choice.LEFT if new else Choice.RIGHT, reason=f"{rater} says", tags=("Kind",))
    ruled = [Vote(made[0].id, "0?", "", "gpt", Choice.LEFT, False, "base", "tuned", 0, 0.0, "reply")]
    read = read_pairs(ballots, panel, ruled=ruled)
    assert {one.pair.prompt for one in read} == {one.prompt for one in made}
    assert [one.id for one in read] == list(ballots.comparisons(panel))
    by = {one.pair.prompt: one for one in read}
    assert by["2?"].counts == (2, 0, 0)
    assert by["1?"].counts == (1, 0, 1)
    assert len(ballots.votes(panel)) > sum(len(one.votes) for one in read) == 24
    assert {(vote.rater, vote.reason, vote.tags) for vote in by["1?"].votes} == {
        (r, f"{r} says", ("Kind",)) for r in ("Ann", "Bob")
    }
    assert [(one.judge, one.outcome) for one in by["0?"].rulings] == [("gpt", 0.0)]
    score = standings(ballots.columns(panel), "tuned", ballots.unrated(panel)).score
    assert sum(one.score for one in read) / len(read) == pytest.approx(score)
