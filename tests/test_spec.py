"""A spec refuses nonsense in words and survives JSON."""

from dataclasses import fields

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.spec import PRESETS, Objective, RunSpec


@pytest.mark.parametrize("spec", PRESETS.values())
def test_presets_survive_json(spec):
    assert RunSpec.from_dict(orjson.loads(orjson.dumps(spec.as_dict()))) == spec


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tau": -0.1}, r"tau.*0\.001.*1000.*-0\.1"),
        ({"tau": float("nan")}, r"tau.*0\.001.*1000.*nan"),
        ({"beta": 0}, r"beta.*0\.001.*\b0\b"),
        ({"contrast_size": 0}, r"contrast_size.*\b1\b.*\b4096\b.*\b0\b"),
        ({"contrast_size": 2.5}, r"contrast_size.*whole number.*2\.5"),
        ({"steps": -1}, r"steps.*\b0\b.*-1"),
        ({"seed": True}, "seed.*whole number.*True"),
        ({"objective": "ppo"}, "objective.*rpo-paired.*'ppo'"),
        ({"form": "sideways"}, "form.*inside.*outside.*'sideways'"),
        ({"model": " "}, "model.*' '"),
        ({"lr": "fast"}, r"lr.*\b0\b.*\b1\b.*'fast'"),
        ({"tau": True}, r"tau.*0\.001.*1000.*True"),
        ({"view": "sideways"}, "view.*last turn.*whole prompt.*'sideways'"),
    ],
)
def test_nonsense_is_refused_in_words(fields, words):
    with pytest.raises(RpoError, match=words):
        RunSpec(**fields)


def test_fields_of_a_newer_version_are_named():
    with pytest.raises(RpoError, match="flux"):
        RunSpec.from_dict({"flux": 1})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.weights
@settings(max_examples=100, deadline=None)
@given(ANYTHING | st.dictionaries(st.sampled_from([field.name for field in fields(RunSpec)]) | st.text(max_size=5), ANYTHING))
def test_whatever_the_json_says_it_is_a_spec_or_refused_in_words(raw):
    try:
        assert isinstance(RunSpec.from_dict(raw), RunSpec)
    except RpoError as error:
        assert len(str(error)) < 300  # noqa: PT017


@given(st.sampled_from(Objective), st.floats(1e-3, 1e3), st.integers(1, 512))
def test_equal_fields_equal_specs(objective, tau, size):
    one = RunSpec(objective=objective, tau=tau, contrast_size=size)
    assert RunSpec.from_dict(one.as_dict()) == one


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"likeness": 2}, "likeness.*dials.*got 2"),
        ({"own_share": 0.3}, "own_share.*dials.*got 0.3"),
        ({"weighting": "dials", "likeness": 7.5}, "likeness.*7.*M = 8.*7.5"),
        ({"weighting": "dials", "likeness": 0.5}, "likeness.*0.5"),
        ({"weighting": "dials", "likeness": 8, "objective": "rpo-unpaired", "contrast_size": 4}, "likeness.*4.*M = 4.*8"),
        ({"weighting": "dials", "own_share": 0.3, "objective": "rpo-unpaired"}, "own_share.*rpo-unpaired.*0.3"),
        ({"weighting": "dials", "own_share": 0.3, "objective": "dpo"}, "own_share.*dpo.*0.3"),
        ({"weighting": "diagonal", "true_contrasts": True}, "true_contrasts must be false.*diagonal.*got True"),
        ({"objective": "rpo-unpaired", "true_contrasts": True}, "true_contrasts must be false for rpo-unpaired.*got True"),
        ({"true_contrasts": 1}, "true_contrasts must be true or false, got 1"),
    ],
)
def test_weights_that_no_batch_can_have_are_refused(change, says):
    with pytest.raises(RpoError, match=says):
        RunSpec(**change)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "τ 0.5, M 8"),
        ({"weighting": "uniform"}, "uniform weights, M 8"),
        ({"true_contrasts": True}, "τ 0.5, M 8, true contrasts only"),
        ({"weighting": "dials"}, "own share 0.5, likeness 3 of 7, M 8"),
        ({"weighting": "dials", "likeness": 0}, "own share 0.5, likeness 7 of 7, M 8"),
        ({"weighting": "dials", "objective": "rpo-unpaired"}, "likeness 3 of 8, M 8"),
    ],
)
def test_what_sets_the_weights_is_said_with_m(change, words):
    assert RunSpec(**change).weights_in_words == words
