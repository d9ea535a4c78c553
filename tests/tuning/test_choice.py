"""A batch to look at is what its address says, whatever else stands in an address, and drafts the run that would meet it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.preferences import View
from rpo.settings import from_text, range_of
from rpo.spec import Batching, RunSpec, Weighting
from rpo.tuning.address import from_address, refused
from rpo.tuning.choice import BATCH_SIZES, TOY, TOY_MARGINS, Tuning, margins_of
from rpo.tuning.point import Point, point_of

TUNINGS = st.builds(
    Tuning,
    source=st.just("embedded"),
    encoder=st.just("all-minilm-l6-v2"),
    view=st.sampled_from(View),
    size=st.sampled_from(BATCH_SIZES),
    batching=st.sampled_from(Batching),
    seed=st.integers(*range_of("seed")),
    beta=st.sampled_from([*range_of("beta"), 0.01, 0.1, 0.25, 10.0]),
    rows=st.lists(st.integers(0, 10**9 - 1), max_size=4).map(tuple),
)
POINTS = st.one_of(
    st.sampled_from([0.001, 0.0123, 0.5, 1000.0]).map(lambda tau: Point(tau=tau)),
    st.builds(Point.dials, st.sampled_from([0.0, 0.3, 0.467, 1.0]), st.sampled_from([0.0, 1.0, 2.5, 63.0])),
)


@given(TUNINGS, POINTS)
def test_its_address_leads_back_to_it(tuning, point):
    words = tuning.address(point)
    found = from_address(words)
    assert refused(words) == ()
    assert point_of(words) == point
    assert found == {name: getattr(tuning, name) for name in found}


@given(st.dictionaries(st.sampled_from(["tau", "alpha", "k", "M", "seed", "beta", "batches", "reads", "rows"]), st.text()))
def test_any_address_asks_for_something_possible_and_says_what_it_does_not_give(words):
    found, point = from_address(words), point_of(words)
    assert found["size"] in BATCH_SIZES
    assert point is None or point.words(7, paired=True)
    for name in ("seed", "beta"):
        low, high = range_of(name)
        assert low <= found[name] <= high
    for word, name in {"seed": "seed", "beta": "beta", "M": "size", "batches": "batching", "reads": "view"}.items():
        if words.get(word) and not refused({word: words[word]}):
            assert found[name] == type(found[name])(words[word])


@pytest.mark.parametrize(
    ("word", "name", "bad", "good"),
    [
        ("tau", "tau", ["nan", "inf", "-1", "0", "0.0009", "1001", "x", " "], ["0.001", "1000", "50", "0.0123"]),
        ("alpha", "own_share", ["nan", "-0.1", "1.01", "x"], ["0", "1", "0.467"]),
        ("k", "likeness", ["nan", "-1", "0.5", "4096", "all"], ["0", "1", "2.5"]),
        ("beta", "beta", ["nan", "0", "101", "1e999"], ["0.001", "100", "5"]),
        ("seed", "seed", ["-1", "1.5", "9" * 5000, str(2**31 + 1)], ["0", str(2**31)]),
        ("M", "contrast_size", ["9", "0", "1024", "4.0", "²"], ["2", "512"]),
        ("batches", "batching", ["near", "RANDOM"], ["neighbourhood"]),
        ("reads", "view", ["all"], ["whole prompt"]),
    ],
)
def test_what_an_address_may_not_say_is_refused_in_words(word, name, bad, good):
    for text in bad:
        (words,) = refused({word: text})
        assert " must be " in words
        assert f"got {text}" in words.replace("'", "")[:200] or len(text) > 30
        assert from_address({word: text}) == from_address({})
        assert point_of({word: text}) is None
        # sizes of batches are fewer than contrast sizes, and a likeness has a rule besides its range
        assert from_text(name, text, "usual") == "usual" or (word, text) in (("M", "9"), ("M", "1024"), ("k", "0.5"))
    for text in good:
        assert refused({word: text}) == ()
        assert str(from_text(name, text, None)) in (text, f"{text}.0")


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("likeness", "drafted"), [(3.0, 3.0), (0.0, 0.0), (40.0, 0.0)])
def test_a_draft_by_dials_carries_the_point(paired, likeness, drafted):
    tuning = Tuning("embedded", "all-minilm-l6-v2", View.WHOLE, 8, Batching.RANDOM, 0, 0.1)
    spec = RunSpec.from_dict(tuning.draft(Point.dials(0.3, likeness), 8, paired))
    assert (spec.weighting, spec.likeness, spec.contrast_size) == (Weighting.DIALS, drafted, 8)
    assert spec.own_share == (0.3 if paired else RunSpec().own_share)


@pytest.mark.parametrize("paired", [True, False])
def test_its_draft_is_a_run_on_such_batches(paired):
    tuning = Tuning("embedded", "all-minilm-l6-v2", View.WHOLE, 8, Batching.NEIGHBOURHOOD, 3, 0.2)
    spec = RunSpec.from_dict(tuning.draft(Point(tau=0.7), 8, paired))
    assert (spec.tau, spec.beta, spec.contrast_size, spec.seed) == (0.7, 0.2, 8, 3)
    assert (spec.batching, spec.view, spec.objective.kind.name) == (
        tuning.batching,
        tuning.view,
        "PAIRED" if paired else "UNPAIRED",
    )


def test_the_toy_has_margins_once_it_has_learned(rpo_home):
    untrained, trained = margins_of(TOY)
    assert trained == TOY_MARGINS
    for margins, learned in ((untrained, False), (trained, True)):
        sample, cosines = Tuning(TOY, "", View.LAST_TURN, 8, Batching.RANDOM, 0, 0.1, margins).batch()
        assert cosines.shape == (len(sample.chosen), len(sample.rejected))
        assert any(sample.chosen_ratios) == learned
