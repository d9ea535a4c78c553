"""When, why and how: what is compared, its intervals and tests, and Holm's correction over all of it."""

import json
import re
import sys
from math import isnan

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel
from statsmodels.stats.multitest import multipletests

from rpo.errors import RpoError
from rpo.example import install
from rpo.reading import Grouping, Trait, explore, read_pairs, reasons_found, sides_differ, when_found
from rpo.reading.places import THIRDS
from rpo.statistics import Looks
from rpo.voting import Ballots
from tests.reading.worlds import pair, vote_of

LONG, SHORT = "many words are here", "few"


def world(count=40, seed=0):
    """Pairs in which the longer answer mostly wins, and the candidate is mostly longer."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        longer = draw.random() < 0.75
        texts = (SHORT, LONG) if longer else (LONG, SHORT)
        won = float(longer) if draw.random() < 0.9 else float(not longer)
        votes = [vote_of(won, tags=("Detailed",) if won else (), reason="richer answer" if won else "salt")]
        made.append(pair(f"{number}?", *texts, votes=votes, slice_="ab"[number % 2]))
    return made


def ps(found):
    groups = [one.wins for one in (*found.why, *found.when.groups)]
    return [*groups, *(part for one in found.how for part in (one.apart, one.wins))]


def test_a_difference_of_a_share_is_the_exact_paired_test():
    pairs = world()
    has = Trait("many", lambda text: "many" in text)
    one = sides_differ(has, pairs, Looks.ONCE)
    longer = sum(pair.candidate.text == LONG for pair in pairs)
    assert one.candidate.value == longer / 40
    assert one.baseline.value == (40 - longer) / 40
    assert one.apart.p == pytest.approx(binomtest(longer, 40).pvalue)  # McNemar's, exact
    assert (one.apart.low > 0) == (one.apart.p <= 0.05)
    won = sum((pair.candidate.text == LONG) == (pair.score == 1.0) for pair in pairs)
    assert (one.wins.n, one.wins.value) == (40, won / 40)
    assert one.wins.p == pytest.approx(binomtest(won, 40).pvalue)


def test_a_difference_of_a_count_is_the_paired_t_test():
    pairs = [pair(baseline="a " * n, candidate="b " * (n + n % 4), votes=(1.0,)) for n in range(2, 14)]
    one = sides_differ(Trait("words", lambda text: len(text.split()), counted=True), pairs, Looks.ONCE)
    sides = [
        [len(text.split()) for text in texts] for texts in zip(*((p.baseline.text, p.candidate.text) for p in pairs), strict=True)
    ]
    t = ttest_rel(sides[1], sides[0])
    assert one.apart.p == pytest.approx(t.pvalue)
    assert (one.apart.low, one.apart.high) == pytest.approx(tuple(t.confidence_interval()))
    assert one.wins.n == sum(n % 4 > 0 for n in range(2, 14))  # prompts on which they differ


@pytest.mark.parametrize(
    "pairs", [[pair()], [pair(votes=(1.0,))], [pair(baseline="a b c", votes=(1.0,))], [pair() for _ in range(5)]]
)
def test_few_pairs_or_no_vote_or_no_difference_are_no_trouble(pairs):
    found = explore(pairs, "nobody", Looks.ONCE)
    assert all(isnan(one.holm) == isnan(one.p) for one in ps(found))
    assert not found.stand_out or len(pairs) > 1


def test_no_pairs_are_refused():
    with pytest.raises(RpoError):
        explore([], "nobody", Looks.ONCE)


@pytest.mark.weights
@pytest.mark.parametrize("look", Looks)
def test_holm_is_over_all_that_is_shown(look):
    found = explore(world(), "nobody", look, "(?i)MANY")
    known = [one for one in ps(found) if not isnan(one.p)]
    assert found.tests == len(known) > 8
    assert [one.holm for one in known] == pytest.approx(multipletests([one.p for one in known], method="holm")[1])
    assert found.how[-1].trait == "matches (?i)MANY"
    assert any("words" in words for words in found.stand_out)


def test_looks_at_any_time_need_more():
    once, always = (explore(world(), "nobody", look).how[0].wins for look in Looks)
    assert always.p > once.p
    assert always.low < once.low


def test_traits_that_no_answer_has_are_not_tested():
    found = explore(world(), "nobody", Looks.ONCE)
    assert {"headings", "bold"} <= set(found.absent)
    assert not {"headings", "bold"} & {one.trait for one in found.how}


def test_a_refused_expression_leaves_all_else():
    found = explore(world(), "nobody", Looks.ONCE, "(")
    assert found.refused
    assert found.how == explore(world(), "nobody", Looks.ONCE).how


def test_tags_and_words_count_a_prompt_once():
    pairs = [
        pair(
            f"{n}?", votes=[vote_of(1.0, tags=["Kind"], reason="The salt, the SALT!"), vote_of(0.0, tags=["Kind"]), vote_of(0.0)]
        )
        for n in range(3)
    ]
    found = {(one.grouping, one.name): one.wins for one in reasons_found(pairs, Looks.ONCE)}
    assert set(found) == {(Grouping.TAG, "Kind"), (Grouping.WORD, "salt")}  # "the" is in every sentence
    assert (found[Grouping.TAG, "Kind"].value, found[Grouping.TAG, "Kind"].n) == (0.5, 3)
    assert found[Grouping.WORD, "salt"].value == 1.0
    assert reasons_found(pairs[:2], Looks.ONCE) == ()  # of two prompts nothing is said


def test_without_the_run_slices_alone_are_looked_at_and_it_is_said_why():
    found = when_found(world(), "nobody", Looks.ONCE)
    assert [(one.grouping, one.name) for one in found.groups] == [(Grouping.SLICE, "a"), (Grouping.SLICE, "b")]
    assert "run" in found.missing


@pytest.fixture
def shipped(rpo_home, monkeypatch):
    """The example's panel and its pairs, in a process that can open no encoder."""
    monkeypatch.setenv("RPO_EXAMPLE", "1")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    ballots = Ballots.here()
    install(ballots)
    (panel,) = ballots.panels()
    return panel, read_pairs(ballots, panel.id)


def test_topics_and_likeness_come_from_vectors_that_are_here(shipped):
    panel, read = shipped
    found = when_found([*read, pair("a stranger's prompt", votes=(1.0,))], panel.candidate, Looks.ONCE)
    thirds = [one for one in found.groups if one.grouping is Grouping.DISTANCE]
    assert [one.name for one in thirds] == list(THIRDS)
    assert sum(one.wins.n for one in thirds) == len(read)
    assert any(one.grouping is Grouping.TOPIC for one in found.groups)
    assert re.search(r"\b25\b.*\b1\b", found.missing)


def test_vectors_that_are_not_here_are_said_and_not_made(shipped, rpo_home):
    panel, read = shipped
    (file,) = rpo_home.glob(f"runs/{panel.candidate}/spec.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "encoder": "another/encoder"}))
    found = when_found(read, panel.candidate, Looks.ONCE)
    assert found.groups == ()
    assert "another/encoder" in found.missing
    assert not list(rpo_home.rglob("vectors/*.npy"))
