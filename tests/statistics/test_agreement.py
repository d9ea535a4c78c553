"""Agreement: textbook figures, the paradox of lopsided votes, and words where a figure is undefined."""

import numpy as np
import pytest
from scipy.stats import binom

from rpo.statistics import agreement, disagreements
from rpo.statistics.intervals import share_of
from rpo.voting import Choice, Vote


def vote(prompt, outcome, rater, repeat=0):
    choice = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}[outcome]
    return Vote(f"c{prompt}", f"p{prompt}", "", rater, choice, False, "tuned", "base", 0, 0.0, repeat=repeat)


def panel(rows):
    return [vote(n, outcome, rater) for n, row in enumerate(rows) for rater, outcome in zip("ABCD", row, strict=False)]


def test_figures_by_hand():
    found = agreement(panel([(1.0, 1.0)] * 4 + [(0.0, 0.0)] * 3 + [(1.0, 0.0)] * 2 + [(0.5, 0.5)]), "tuned")
    assert found.percent.value == pytest.approx(0.8)
    wins, losses, ties = 10, 8, 2
    expected = 1 - (wins * 9 + losses * 7 + ties * 1) / (20 * 19)
    assert found.alpha.value == pytest.approx(1 - 0.2 / expected)
    chance = (0.5 * 0.5 + 0.4 * 0.6 + 0.1 * 0.9) / 2
    assert found.ac1.value == pytest.approx((0.8 - chance) / (1 - chance))
    assert (found.prompts, found.raters) == (10, 2)
    for one in (found.percent, found.alpha, found.ac1):
        assert one.low <= one.value <= one.high
        assert one.n == 10
        assert one.meaning.endswith(".")


@pytest.mark.parametrize(
    ("prompts", "rate"),
    [(20, 0.9), (20, 0.95), (30, 0.95), (40, 0.95), (200, 0.98), (100, 0.97), (30, 0.05), (20, 0.1), (50, 0.5)],
)
def test_the_interval_of_a_share_covers(prompts, rate):
    """Exactly: two raters agree on each prompt or not. A bootstrap covers 67 to 90 % where nearly all agree."""
    hits = 0.0
    for agreed in range(prompts + 1):
        low, high = share_of(np.repeat([1.0, 0.0], [agreed, prompts - agreed]))
        hits += binom.pmf(agreed, prompts, rate) * (low <= rate <= high)
    assert hits >= 0.93


@pytest.mark.parametrize(("outcomes", "value"), [((1.0, 1.0), 1.0), ((1.0, 0.0), 0.0)])
def test_where_all_or_none_agree_a_width_remains(outcomes, value):
    found = agreement(panel([outcomes] * 30), "tuned")
    assert found.percent.value == value
    assert 0.1 < found.percent.high - found.percent.low < 0.15
    assert found.ac1.high - found.ac1.low > 0.1


def test_one_prompt_says_next_to_nothing_of_agreement():
    found = agreement(panel([(1.0, 1.0, 0.0)]), "tuned").percent
    assert found.value == pytest.approx(1 / 3)
    assert found.high - found.low > 0.9


@pytest.mark.parametrize(
    ("agree", "panels", "least"),
    [(0.7, 15, 0.8), (0.95, 15, 0.8), *(pytest.param(one, 200, 0.91, marks=pytest.mark.weights) for one in (0.7, 0.95))],
)
def test_intervals_of_percent_and_ac1_cover_three_raters(agree, panels, least):
    """`least` is 95 % less 2.5 standard errors."""
    draw, hits = np.random.default_rng(0), []
    alike = 2 * agree - 1
    chance = 0.25  # of Gwet, with as many wins as losses and no ties
    for seed in range(panels):
        own = draw.beta(*2 * [0.5 * (1 - alike) / alike], (40, 1))
        found = agreement(panel((draw.random((40, 3)) < own).astype(float).tolist()), "tuned", seed)
        truths = {"percent": agree, "ac1": (agree - chance) / (1 - chance)}
        hits.append([getattr(found, name).low <= truth <= getattr(found, name).high for name, truth in truths.items()])
    assert (np.mean(hits, axis=0) >= least).all()


def test_lopsided_votes_split_the_figures():
    draw = np.random.default_rng(3)
    found = agreement(panel((draw.random((300, 3)) < 0.95).astype(float).tolist()), "tuned")
    assert found.percent.value == pytest.approx(0.91, abs=0.02)
    assert abs(found.alpha.value) < 0.1
    assert found.ac1.value == pytest.approx(0.90, abs=0.02)


def test_unanimous_is_undefined_not_an_error():
    found = agreement(panel([(1.0, 1.0, 1.0)] * 20), "tuned")
    assert (found.percent.value, found.ac1.value) == (1.0, 1.0)
    assert not found.alpha.known
    assert found.alpha.meaning.startswith("undefined: all votes are the same")


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        ([], "there are 0 raters"),
        ([vote(0, 1.0, "A"), vote(1, 0.0, "A")], "there is one rater"),
        ([vote(0, 1.0, "A"), vote(1, 0.0, "B")], "there are 2 raters and no prompt that two of them saw"),
        ([vote(0, 1.0, "A"), vote(0, 0.0, "B", repeat=1)], "there is one rater"),
    ],
)
def test_agreement_needs_two(votes, words):
    found = agreement(votes, "tuned")
    assert "needs two raters" in found.note
    assert words in found.note
    assert not any(one.known for one in (found.percent, found.alpha, found.ac1))
    assert found.as_row()["alpha_value"] is None


def test_raters_who_did_not_see_all_and_a_seed():
    rows = [(1.0, 1.0, 0.0), (1.0,), (0.0, 0.0), (0.5, 1.0, 1.0, 1.0)] * 5
    found = agreement(panel(rows), "tuned")
    assert found.prompts == 15
    assert found.percent.value == pytest.approx((1 / 3 + 1 + 1 / 2) / 3)
    assert found == agreement(panel(rows)[::-1], "tuned")


def test_agreement_does_not_depend_on_whose_side_is_asked():
    draw = np.random.default_rng(0)
    votes = panel(draw.choice([0.0, 0.5, 1.0], (40, 3)).tolist())
    tuned, base = agreement(votes, "tuned"), agreement(votes, "base")
    for one, other in zip((tuned.percent, tuned.alpha, tuned.ac1), (base.percent, base.alpha, base.ac1), strict=True):
        assert one.value == pytest.approx(other.value)


def test_the_most_split_comparisons_come_first():
    rows = [(1.0, 1.0, 1.0, 0.0), (1.0, 1.0, 0.0, 0.0), (1.0, 1.0), (1.0, 0.5, 0.5), (0.0, 1.0), (1.0, 0.0, 0.5)]
    found = disagreements([*panel(rows), vote(2, 0.0, "A", repeat=1)], "tuned")
    assert [one.comparison for one in found] == ["c4", "c1", "c0", "c5"]
    assert [one.opposed for one in found] == pytest.approx([1, 4 / 6, 3 / 6, 1 / 3])
    assert (found[1].candidate, found[1].baseline, found[3].tie, found[0].n) == (("A", "B"), ("C", "D"), ("C",), 2)
    assert found[1].as_row()["candidate"] == "A, B"
    assert disagreements([], "tuned") == ()
