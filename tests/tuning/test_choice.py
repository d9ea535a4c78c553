"""A batch to look at is what its address says, whatever else stands in an address, and drafts the run that would meet it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.preferences import View
from rpo.spec import Batching, RunSpec
from rpo.tuning.choice import LIMITS, SIZES, TOY, TOY_MARGINS, Tuning, asked, margins_of, number

TUNINGS = st.builds(
    Tuning,
    source=st.just("embedded"),
    encoder=st.just("all-minilm-l6-v2"),
    view=st.sampled_from(View),
    size=st.sampled_from(SIZES),
    batching=st.sampled_from(Batching),
    seed=st.integers(*LIMITS["seed"]),
    beta=st.sampled_from([0.01, 0.1, 0.25, 10.0]),
    rows=st.lists(st.integers(0, 10**9 - 1), max_size=4).map(tuple),
)


@given(TUNINGS)
def test_its_address_leads_back_to_it(tuning):
    found = asked(tuning.address(0.5))
    assert found == {name: getattr(tuning, name) for name in ("size", "seed", "beta", "batching", "view", "rows")}


@given(st.dictionaries(st.sampled_from(["M", "seed", "beta", "batches", "reads", "rows"]), st.text()))
def test_any_address_asks_for_something_possible(words):
    found = asked(words)
    assert found["size"] in SIZES
    assert all(LIMITS[name][0] <= found[name] <= LIMITS[name][1] for name in ("seed", "beta"))


def test_a_number_that_is_none_is_as_if_unsaid():
    assert [number(text, 7.0, 0.0, 9.0) for text in (None, "", "nan", "inf", "-1", "10", "x", "3")] == [7.0] * 7 + [3.0]


@pytest.mark.parametrize("paired", [True, False])
def test_its_draft_is_a_run_on_such_batches(paired):
    tuning = Tuning("embedded", "all-minilm-l6-v2", View.WHOLE, 8, Batching.NEIGHBOURHOOD, 3, 0.2)
    spec = RunSpec.from_dict(tuning.draft(0.7, 8, paired))
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
