"""What is worked out from columns and in the database, against the plain way: the same counts, and figures to 1e-12."""

import csv
import io
import random
from dataclasses import astuple, fields, replace

import evalica
import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert

from rpo.errors import RpoError
from rpo.judging import judge_vs_humans
from rpo.statistics import agreement, by_slice, disagreements, length_adjusted, rater_stats, standings
from rpo.statistics.agreement import MOST_PAIRS, resampled_alphas
from rpo.statistics.board.leaderboard import rank_authors, tally_of
from rpo.statistics.intervals import means
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting import Ballots, Choice, Options, Seat, Vote, columns, votes_csv
from rpo.voting.columns import Columns, Named
from rpo.voting.database.schema import EVENTS
from tests.statistics import plain
from tests.voting.conftest import comparisons

SIDES = list(Choice)
SHAPES = {  # prompts, raters, how many of them a rater sees, second showings, other authors
    "one vote": (1, 1, 1.0, 0.0, False),
    "one rater": (12, 1, 1.0, 0.3, False),
    "two raters": (20, 2, 0.7, 0.2, False),
    "many raters": (40, 7, 0.6, 0.1, False),
    "second showings alone": (5, 2, 1.0, 1.0, False),
    "several pairs of authors": (30, 4, 0.8, 0.2, True),
}


def drawn(prompts, raters, seen, repeats, others, seed):
    draw = random.Random(seed)
    found = []
    for rater in draw.sample([f"rater {n}" for n in range(20)], raters):
        for prompt in range(prompts):
            if draw.random() < seen:
                authors = draw.sample(draw.choice([("tuned", "base"), ("tuned", "third")] if others else [("tuned", "base")]), 2)
                about = (f"c{prompt}{max(authors[0], authors[1]) * others}", f"p{prompt % 9}", "ab "[prompt % 3].strip(), rater)
                said = draw.choice(SIDES), draw.random() < 0.2, *authors, draw.randrange(3), draw.random()
                again, seconds = draw.random() < repeats, draw.choice([None, draw.expovariate(0.1)])
                found += [Vote(*about, *said, repeat=int(again), seconds=seconds)]
                if again and draw.random() < 0.7:
                    found += [replace(found[-1], repeat=0, choice=draw.choice(SIDES))]
    return draw.sample(found, len(found))


@pytest.fixture(params=[(name, seed) for name in SHAPES for seed in range(3)], ids=lambda one: f"{one[0]}, {one[1]}")
def votes(request):
    return drawn(*SHAPES[request.param[0]], request.param[1])


def close(one, other):
    return one == pytest.approx(other, rel=1e-12, abs=1e-12, nan_ok=True)


def test_counts_and_grid(votes):
    if not plain.first(votes):
        with pytest.raises(RpoError, match="at least one vote"):
            standings(votes, "tuned")
        return
    one = standings(columns(votes), "tuned")
    assert (one.wins, one.ties, one.losses, one.raters, one.both_bad) == plain.counts(votes, "tuned")
    grid = plain.grid(votes, "tuned")
    assert one.score == float(means(grid).mean())
    by_hand = [plain.counts([vote for vote in votes if vote.slice == name], "tuned") for name in ("", "a", "b")]
    parts = by_slice(votes, "tuned")
    assert [(part.wins, part.ties, part.losses, part.raters, part.both_bad) for part in parts] == [c for c in by_hand if c[3]]


def test_rater_figures(votes):
    found = [
        (one.rater, one.votes, *((part.k, part.n) for part in (one.left, one.consistent, one.both_bad)), one.seconds)
        for one in rater_stats(votes)
    ]
    assert [one[:-1] for one in found] == [one[:-1] for one in plain.rater_figures(votes)]
    assert close([one[-1] for one in found], [one[-1] for one in plain.rater_figures(votes)])


def test_disagreements(votes):
    assert [astuple(one) for one in disagreements(votes, "tuned")] == plain.disagreements(votes, "tuned")


@pytest.mark.weights
def test_agreement(votes):
    found = agreement(votes, "tuned", seed=3)
    if found.note:
        return
    each = plain.verdicts(votes, "tuned")
    ends, drawn_again = plain.wilson(plain.alike(each)), plain.bootstrapped(each, plain.ac1, np.random.default_rng(3))
    assert close([found.percent.value, found.percent.low, found.percent.high], [plain.percent(each), *ends])
    low, high = (pick(plain.ac1(each, end), again) for pick, end, again in zip((min, max), ends, drawn_again, strict=True))
    assert close([found.ac1.value, found.ac1.low, found.ac1.high], [plain.ac1(each), low, high])
    if found.alpha.known:
        units = pd.DataFrame(plain.grid(votes, "tuned").T)
        by_evalica = evalica.alpha_bootstrap(units, n_resamples=1000, random_state=3)
        assert (found.alpha.value, found.alpha.low, found.alpha.high) == (by_evalica.alpha, by_evalica.low, by_evalica.high)


def test_board(votes):
    authors, pairs, counts = plain.tally(votes)
    found = tally_of(columns(votes))
    assert (found.authors, found.pairs) == (authors, pairs)
    assert close(found.counts, counts)
    if plain.first(votes):
        own = {one.author: (one.prompts, one.votes) for one in rank_authors(votes, resamples=5)}
        for name in own:
            mine = [vote for vote in plain.first(votes) if name in (vote.left, vote.right)]
            assert own[name] == (len({vote.prompt for vote in mine}), len(mine))


def test_beside_a_judge(votes):
    draw = random.Random(1)
    judge = [replace(vote, choice=draw.choice(SIDES)) for vote in {vote.comparison: vote for vote in votes[::2]}.values()]
    one, most, mean, with_one, ceiling = plain.beside(judge, votes, "tuned")
    if not len(one):
        with pytest.raises(RpoError, match="there is none"):
            judge_vs_humans(judge, votes, "tuned")
        return
    found, ceiling = judge_vs_humans(judge, votes, "tuned"), ceiling[~np.isnan(ceiling)]
    shares = ((found.agree, (one == most).astype(float)), (found.one_human, with_one), (found.ceiling, ceiling))
    for measure, values in shares:
        assert measure.n == len(values)
        assert not len(values) or close([measure.value, measure.low, measure.high], [values.mean(), *plain.wilson(values)])
    assert close(found.gap.value, (one - mean).mean())
    assert found.parted == (sign_flip_p((1 + one - mean) / 2) <= 0.05)
    assert close(found.kappa.value, plain.kappa(one, most))
    assert (found.human_score, found.confusion) == (pytest.approx(mean.mean()), plain.confusion(one, most))


def test_lengths():
    votes = drawn(60, 5, 0.8, 0.1, False, 0)
    lengths = {f"c{n}": (50 + 7 * n % 90, 60.0) for n in range(55)}  # not of all
    known = [vote for vote in plain.first(votes) if vote.comparison in lengths]
    found = length_adjusted(votes, "tuned", lengths)
    assert found.raw == float(means(plain.grid(known, "tuned")).mean())
    assert found.n == len({vote.comparison for vote in known})


def test_a_large_panel_draws_its_alphas_by_the_same_law():
    votes = drawn(60, 8, 0.7, 0.0, False, 0)
    grid = plain.grid(votes, "tuned")
    counts = np.stack([(grid == verdict).sum(axis=1) for verdict in (0, 0.5, 1)], axis=1)
    by_evalica = evalica.alpha_bootstrap(pd.DataFrame(grid.T), n_resamples=5000, random_state=0)
    drawn_by_count = np.concatenate([resampled_alphas(by_evalica.expected, counts, seed) for seed in range(5)])
    spread = by_evalica.distribution.std()
    assert drawn_by_count.mean() == pytest.approx(by_evalica.distribution.mean(), abs=4 * spread / 5000**0.5)
    assert drawn_by_count.std() == pytest.approx(spread, rel=0.05)
    again = agreement(drawn(500, 12, 1.0, 0.0, False, 0), "tuned")
    assert MOST_PAIRS < 500 * 66
    assert again.alpha.low < again.alpha.value < again.alpha.high


def test_a_vote_on_other_authors_is_refused_by_name():
    with pytest.raises(RpoError, match="'base'.*got 'nobody'|'tuned'.*got 'nobody'"):
        standings(drawn(3, 1, 1.0, 0.0, False, 0)[:1] * 2, "nobody")


@pytest.fixture
def clicked(filled_once, url):
    """A panel with random events of four raters, some of them after others at the same showing, and clocks that go back."""
    url, panel = filled_once(url, click)
    return Ballots(url), panel


def click(ballots):
    draw = random.Random(7)
    panel = ballots.make_panel("a panel", comparisons(24, same=2), options=Options(repeats=2))
    for rater in ("Ann", "Bob", "Cleo", "Dan"):
        rater_session = ballots.rater_session(Seat(panel, rater))
        for _ in range({"Ann": 70, "Bob": 40, "Cleo": 3, "Dan": 0}[rater]):
            one_click(rater_session, draw)
        rater_session.progress()
    return panel


def one_click(rater_session, draw):
    ballot, own = rater_session.next(), rater_session.earlier()
    act = draw.choice(["vote"] * 5 + ["skip", "skip", "undo", "change", "skip an earlier one"])
    word = draw.choice(["left", "right", "tie"]), draw.random() < 0.2, draw.choice(["", 'why, "so"\nand so'])
    if act == "undo":
        rater_session.undo()
    elif act == "change" and own:
        rater_session.cast(draw.choice(own).ballot, *word)
    elif act == "skip an earlier one" and own:
        rater_session.skip(draw.choice(own).ballot)
    elif ballot:
        rater_session.skip(ballot) if act == "skip" else rater_session.cast(ballot, *word)


def same_columns(one, other):
    for field in fields(Columns):
        mine, others = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, Named):
            mine, others = (np.array(column.names)[column.codes] for column in (mine, others))
        np.testing.assert_array_equal(mine, others)


def test_the_database_folds_events_as_the_ledger_does(clicked):
    ballots, panel = clicked
    votes = plain.read(ballots, panel)
    assert len(votes) > 30
    assert ballots.votes(panel) == votes
    same_columns(ballots.columns(panel), columns(votes))
    assert {name: astuple(one) for name, one in ballots.raters(panel).items()} == plain.progress(ballots, panel)
    assert ballots.turnout(panel) == {name: (one.done, one.total) for name, one in ballots.raters(panel).items()}


@pytest.mark.weights
def test_times_that_go_back_and_taken_back_votes(clicked):
    ballots, panel = clicked
    ballot, draw = ballots.next_ballot(panel, "Dan"), random.Random(0)
    (pair,) = (name for name, one in ballots.comparisons(panel).items() if one.prompt == ballot.prompt)
    for revision in range(12):
        act = draw.choice(["vote", "vote", "undo", "skip"])
        said = {
            "act": act,
            "choice": "left" if act == "vote" else None,
            "both_bad": False,
            "reason": "",
            "tags": [],
            "marked": False,
        }
        about = {"panel": panel, "rater": "Dan", "comparison": pair, "revision": revision}
        with ballots.database.writing() as connection:
            connection.execute(insert(EVENTS).values(**about, **said, time=draw.uniform(0, 4e9)))
        assert ballots.votes(panel) == plain.read(ballots, panel)
        assert astuple(ballots.progress(panel, "Dan")) == plain.progress(ballots, panel)["Dan"]
        assert ballots.turnout(panel)["Dan"] == plain.progress(ballots, panel)["Dan"][:2]


def test_votes_of_several_panels_come_in_their_order(clicked):
    ballots, panel = clicked
    other = ballots.make_panel("another", comparisons(5))
    for choice in ("left", "tie"):
        ballots.cast(ballots.next_ballot(other, "Ann"), choice)
    ballots.cast(ballots.next_ballot(panel, "Eve"), "left")
    both = ballots.votes(other, panel)
    assert len(both) == len(ballots.votes(panel)) + 2
    same_columns(ballots.columns(other, panel), columns(both))
    assert len(ballots.columns()) == 0


def test_the_download_holds_every_vote(clicked):
    ballots, panel = clicked
    rows = list(csv.DictReader(io.StringIO(votes_csv(ballots, panel).decode(), newline="")))
    votes = ballots.votes(panel)
    assert [(row["comparison"], row["rater"], row["choice"], row["reason"]) for row in rows] == [
        (vote.comparison, vote.rater, vote.choice, vote.reason) for vote in votes
    ]
    assert [float(row["outcome"]) for row in rows] == [vote.outcome("tuned") for vote in votes]
