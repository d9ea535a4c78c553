"""The form of a run asks for each field once, starts from any spec, and gives back the spec that it shows."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train.spec_form import stacks
from rpo.fields import Group, Weighting
from rpo.objectives import OWN
from rpo.preferences import EMBEDDED_LOG
from rpo.presets import PAPER_PRESETS
from rpo.settings import range_of, varying
from rpo.spec import DEFAULTS, FIELDS, PRESETS, Objective, RunSpec, looks_at
from tests.pages.conftest import drawn
from tests.test_fields import NUMBERS, another

KINDS = ("selectbox", "toggle", "number_input", "text_input")


def page():
    import streamlit as st

    from pages.parts.train.spec_form import axes, filled

    st.session_state["filled"] = filled(st.session_state["spec"], {"data": ["embedded", "embedded-log"]})
    st.session_state["axes"] = axes()


def form(spec):
    at = AppTest.from_function(page, default_timeout=30)
    at.session_state["spec"] = spec
    return drawn(at.run())


def asked(at):
    """The titles of all that the form asks for, without the sweep's."""
    sweep = {axis.title for axis in varying().values()}
    return [one.label for kind in KINDS for one in getattr(at, kind) if one.label not in sweep]


@pytest.mark.parametrize("objective", Objective)
def test_each_field_that_the_objective_sees_is_asked_for_once(objective, monkeypatch):
    monkeypatch.setitem(
        OWN, "centred", lambda entry: entry is Objective.DPO.entry
    )  # as if it were: a field of a tab is hidden as well
    wanted = [one.title for name, one in FIELDS.items() if looks_at(objective, DEFAULTS.weighting, name)]
    at = form(RunSpec(objective=objective))
    assert sorted(asked(at)) == sorted(wanted)
    assert {one.label for one in [*at.multiselect, *at.text_input]} >= {axis.title for axis in varying().values()}


FULL = {
    name: another(name)
    for name in FIELDS
    if looks_at(Objective.IPO, DEFAULTS.weighting, name) and name not in ("data", "objective", "centred")
}
SEEN = [name for name in NUMBERS if looks_at(Objective.SIMPO, DEFAULTS.weighting, name)]
SIMPO = {"objective": Objective.SIMPO}  # it looks at gamma
STARTS = {
    **PRESETS,
    "a paper's": next(iter(PAPER_PRESETS.values())),
    "all set otherwise": RunSpec(**FULL, objective=Objective.IPO, data=EMBEDDED_LOG),
    "all at their least": RunSpec(**SIMPO, **{name: max(range_of(name)[0], FIELDS[name].within.open * 1e-9) for name in SEEN}),
    "all at their most": RunSpec(**SIMPO, **{name: range_of(name)[1] for name in SEEN}),
    "dials at their least": RunSpec(weighting=Weighting.DIALS, own_share=0, likeness=0),
    "dials at their most": RunSpec(weighting=Weighting.DIALS, own_share=1, likeness=4095, contrast_size=4096),
    "dials without an own pair": RunSpec(weighting=Weighting.DIALS, objective=Objective.RPO_UNPAIRED, likeness=1.5),
    "whole numbers for others": RunSpec(tau=1, beta=2, lr=1, top_p=1),
}


@pytest.mark.parametrize("name", STARTS)
def test_a_form_gives_back_what_it_starts_from(name):
    spec = STARTS[name]
    unseen = {name: getattr(DEFAULTS, name) for name in FIELDS if not looks_at(spec.objective, spec.weighting, name)}
    assert RunSpec(**form(spec).session_state["filled"]) == replace(spec, **unseen)


def test_numbers_are_bounded_as_the_spec_bounds_them():
    shown = {one.label: (one.min, one.max) for one in form(DEFAULTS).number_input}
    assert shown == {
        FIELDS[name].title: range_of(name) for name in NUMBERS if looks_at(DEFAULTS.objective, DEFAULTS.weighting, name)
    }


def test_a_field_that_stands_under_another_follows_one_in_its_group():
    for group in Group:
        piles = stacks(group)
        assert [name for pile in piles for name in pile] == [name for name, one in FIELDS.items() if one.group is group]
        assert [FIELDS[name].under for pile in piles for name in pile] == [bool(at) for pile in piles for at in range(len(pile))]


def test_a_sweep_reads_what_its_fields_hold():
    at = form(DEFAULTS)
    for axis in varying().values():
        for one in (one for one in at.text_input if one.label == axis.title):
            one.set_value(axis.example)
    at = drawn(at.run())
    assert at.session_state["axes"] == {
        "tau": [0.1, 0.5, 2.0],
        "own_share": [0.3, 0.5, 0.8],
        "likeness": [1.0, 3.0, 0.0],
        "contrast_size": [4, 8],
        "seed": [0, 1, 2],
    }
