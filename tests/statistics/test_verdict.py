"""Who is ahead: one rule for verdict, p, interval and plan; false verdicts counted exactly where that can be done."""

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import betabinom, binom, binomtest

from rpo.statistics import Leader, Looks, power, standings
from rpo.statistics.intervals import same_raters
from rpo.statistics.power import critical
from rpo.statistics.sequential import always_valid, always_valid_p, wins_needed
from rpo.statistics.sign_flips import sign_flip_p
from rpo.voting import Choice, Vote
from tests.statistics.worlds import split_prompts

CHOICES = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}
AHEAD, BEHIND, NEITHER = Leader.CANDIDATE, Leader.BASELINE, Leader.NEITHER


def votes(grid):
    """Votes of a table of outcomes (P, R)."""
    cells = [(n, rater, float(grid[n, rater])) for n, rater in np.argwhere(~np.isnan(grid)).tolist()]
    return [Vote(f"c{n}", f"p{n}", "", f"r{r}", CHOICES[one], False, "tuned", "base", 0, 0.0) for n, r, one in cells]


def once(wins, ties, losses):
    return np.repeat([1.0, 0.5, 0.0], [wins, ties, losses])


@pytest.mark.parametrize(
    ("wins", "ties", "losses", "leader"),
    [
        (114, 0, 86, NEITHER),
        (115, 0, 85, AHEAD),
        (86, 0, 114, NEITHER),
        (85, 0, 115, BEHIND),
        (5, 195, 0, NEITHER),
        (6, 194, 0, AHEAD),
        (0, 194, 6, BEHIND),
        (5, 0, 0, NEITHER),
        (6, 0, 0, AHEAD),
        (0, 0, 6, BEHIND),
        (9, 0, 1, AHEAD),
        (0, 200, 0, NEITHER),
        (65, 0, 46, NEITHER),
    ],
)
def test_one_vote_a_prompt_goes_by_the_exact_sign_test(wins, ties, losses, leader):
    one = standings(votes(once(wins, ties, losses)[:, None]), "tuned")
    found = one.reading(Looks.ONCE)
    decided = wins + losses
    assert found.leader is leader
    assert found.p == one.p == pytest.approx(binomtest(wins, decided).pvalue if decided else 1.0)
    assert found.interval.holds(0.5) == (leader is NEITHER)
    assert (one.won, one.even, one.lost, one.decided) == (wins, ties, losses, decided)
    assert decided == 0 or leader is not AHEAD or wins >= critical(np.array([decided]))[0]


def ahead(decided, wins):
    """Whether the interval shown lies above one half."""
    return same_raters(once(wins, 0, decided - wins)[:, None]).low > 0.5


@pytest.mark.weights
def test_false_verdicts_are_at_most_5_percent_whatever_the_prompts_and_ties():
    """Exactly: 20 to 400 prompts of one vote, 0 to 40 % ties; the chance is that of the sign test for each number of ties."""
    sizes = np.arange(401)
    wins = critical(sizes)
    for decided in range(6, 401):
        assert ahead(decided, wins[decided])
        assert not ahead(decided, wins[decided] - 1)
    rates = 2 * binom.sf(wins - 1, sizes, 0.5)
    worst = [binom.pmf(sizes, n, 1 - t / 100) @ rates for n in range(20, 401) for t in range(0, 45, 5)]
    assert 0.03 < max(worst) <= 0.05


@pytest.mark.parametrize("ties", [1, 37, 160])
def test_ties_change_the_interval_but_not_whether_it_holds_one_half(ties):
    for decided in (8, 40, 240):
        wins = int(critical(np.array([decided]))[0])
        assert not same_raters(once(wins, ties, decided - wins)[:, None]).holds(0.5)
        assert same_raters(once(wins - 1, ties, decided - wins + 1)[:, None]).holds(0.5)


def false_verdicts(count, ties, panels):
    """The share of panels of 80 prompts with a verdict, where raters agree as AlpacaEval's do and neither side is better."""
    draw = np.random.default_rng(count)
    grids = (split_prompts(draw, 80, count, 0.5, ties) for _ in range(panels))
    return np.mean([sign_flip_p(grid.mean(axis=1)) <= 0.05 for grid in grids])


@pytest.mark.parametrize(("count", "ties"), [(2, 0.0), (3, 0.2), (4, 0.0), (5, 0.2)])
def test_false_verdicts_of_several_votes_are_few(count, ties):
    """300 panels: 8 % seen are 2.5 standard errors above 5 %; were each vote a prompt, three votes and more would give 12 %."""
    assert 0.02 < false_verdicts(count, ties, 300) <= 0.08


@pytest.mark.weights
@pytest.mark.parametrize("ties", [0.0, 0.2])
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_false_verdicts_of_several_votes_are_few_in_many_panels(count, ties):
    """3,000 panels: 6 % seen are 2.5 standard errors above 5 %."""
    assert 0.03 < false_verdicts(count, ties, 3000) <= 0.06


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_p_is_the_share_of_all_flips_that_lie_as_far_out(count):
    draw = np.random.default_rng(count)
    for _ in range(4):
        scores = draw.choice([0.0, 0.5, 1.0], (11, count)).mean(axis=1)
        apart = scores - 0.5
        flips = np.array(list(product([1, -1], repeat=len(apart)))) @ apart
        assert sign_flip_p(scores) == pytest.approx(np.mean(abs(flips) >= abs(apart.sum()) - 1e-9))


def test_p_of_many_different_scores_is_close_to_the_normal_one():
    draw = np.random.default_rng(0)
    scores = np.array([draw.choice([0.0, 0.5, 1.0], draw.integers(1, 42), p=[0.32, 0.3, 0.38]).mean() for _ in range(1000)])
    apart = scores - 0.5
    from scipy.stats import norm

    assert sign_flip_p(scores) == pytest.approx(2 * norm.sf(abs(apart.sum()) / np.sqrt((apart**2).sum())), rel=0.05)


shapes = st.tuples(
    st.integers(1, 60), st.integers(1, 5), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.9), st.integers(0, 999)
)


@given(shapes)
@example((7, 1, 0.95, 0.0, 0.0, 0))
def test_verdict_p_and_interval_never_disagree(shape):
    prompts, raters, rate, ties, missing, seed = shape
    draw = np.random.default_rng(seed)
    grid = (draw.random((prompts, raters)) < rate).astype(float)
    grid[draw.random(grid.shape) < ties] = 0.5
    grid[draw.random(grid.shape) < missing] = np.nan
    grid = grid[~np.isnan(grid).all(axis=1)]
    if not len(grid):
        return
    one = standings(votes(grid), "tuned")
    for look in Looks:
        found = one.reading(look)
        assert (found.leader is NEITHER) == (found.p > 0.05) == found.interval.holds(0.5)
        assert found.leader is not AHEAD or 0.5 < found.interval.low <= one.score
        assert found.leader is not BEHIND or 0.5 > found.interval.high >= one.score
    assert one.won + one.even + one.lost == one.prompts


@pytest.mark.parametrize("decided", [8, 20, 51, 200])
def test_at_any_look_the_plan_names_the_wins_that_the_interval_asks_for(decided):
    wins = wins_needed(decided)
    assert always_valid(once(wins, 30, decided - wins)).low > 0.5 >= always_valid(once(wins - 1, 30, decided - wins + 1)).low
    assert always_valid_p(once(wins, 30, decided - wins)) <= 0.05 < always_valid_p(once(wins - 1, 30, decided - wins + 1))


@pytest.mark.parametrize(("ties", "wins"), [(200, 0), (199, 1), (198, 2), (197, 3)])
def test_all_ties_are_no_special_case(ties, wins):
    less, more = (same_raters(once(w, 200 - w, 0)[:, None]) for w in (wins, wins + 1))
    assert less.holds(0.5)
    assert abs(less.low - more.low) < 0.005 > abs(less.high - more.high) - 0.001
    assert 0.005 < less.width < 0.03


def test_five_looks_at_raters_who_come_one_after_another():
    """Where nobody knows who is the last, each look is one of many: 12 % false verdicts by the rule for one look."""
    draw, found, panels = np.random.default_rng(0), dict.fromkeys(Looks, 0), 150
    for _ in range(panels):
        grid = split_prompts(draw, 100, 5, 0.5, 0.0)
        scores = [grid[:, :seen].mean(axis=1) for seen in range(1, 6)]
        found[Looks.ONCE] += any(sign_flip_p(one) <= 0.05 for one in scores)
        found[Looks.ALWAYS] += any(always_valid_p(one) <= 0.05 for one in scores)
    assert found[Looks.ALWAYS] / panels <= 0.05 < found[Looks.ONCE] / panels


@pytest.mark.weights
@pytest.mark.parametrize(
    ("count", "ties", "look"),
    [
        (1, 0.2, Looks.ONCE),
        (2, 0.0, Looks.ONCE),
        (3, 0.2, Looks.ONCE),
        (5, 0.0, Looks.ONCE),
        (1, 0.2, Looks.ALWAYS),
        (3, 0.0, Looks.ALWAYS),
    ],
)
def test_the_plan_finds_what_it_says_by_the_rule_that_results_goes_by(count, ties, look):
    plan, draw = power(120, count, ties, look=look), np.random.default_rng(1)
    test = {Looks.ONCE: sign_flip_p, Looks.ALWAYS: always_valid_p}[look]
    grids = (split_prompts(draw, 120, count, plan.rate, ties) for _ in range(400))
    assert np.mean([test(grid.mean(axis=1)) <= 0.05 for grid in grids]) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("count", "ties"), [(2, 0.0), (3, 0.2), (5, 0.3)])
def test_the_wins_that_the_plan_names_are_about_those_at_which_the_verdict_changes(count, ties):
    plan, draw, near = power(200, count, ties), np.random.default_rng(2), []
    for _ in range(400):
        scores = split_prompts(draw, 200, count, plan.rate, ties).mean(axis=1)
        won, lost = (scores > 0.5).sum(), (scores < 0.5).sum()
        near += [(won + lost, won / (won + lost), scores.mean())] if 0.02 < sign_flip_p(scores) < 0.1 else []
    decided, share, score = np.mean(near, axis=0)
    assert decided == pytest.approx(plan.decided, rel=0.03)
    assert share == pytest.approx(plan.wins / plan.decided, abs=0.01)
    assert score == pytest.approx(plan.enough, abs=0.005)


def test_prompts_that_raters_split_agree_as_often_as_asked():
    grid = split_prompts(np.random.default_rng(0), 40_000, 2, 0.5, 0.0)
    assert (grid[:, 0] == grid[:, 1]).mean() == pytest.approx(0.657, abs=0.01)
    assert betabinom.pmf(2, 2, *2 * [0.5 * 0.686 / 0.314]) == pytest.approx(0.657 / 2)
