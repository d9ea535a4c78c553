"""The registry of objectives: each entry is whole, and no room knows an objective by its name."""

import re
from pathlib import Path

import pytest

from rpo.errors import RpoError
from rpo.objectives import OWN, Objective, TokenSum
from rpo.preferences import Kind
from rpo.spec import RunSpec

ROOT = Path(__file__).parent.parent
DIALS = {"weighting": "dials"}
OTHER = {
    "length_normalised": (True, {}),
    "gamma": (0.5, {}),
    "link": ("hinge", {}),
    "noise": (0.1, {}),
    "nll": (0.5, {}),
    "own_share": (0.3, DIALS),
    "likeness": (2.0, DIALS),
    "true_contrasts": (True, {}),
}
"""Another value of each field that only some objectives look at, and the fields without which none may have it."""
BY_NAME = re.compile(r"(\bis|\bis not|==|!=|\bin) [({[]?Objective\.")


@pytest.mark.parametrize("objective", Objective)
def test_an_entry_says_what_it_is_and_what_is_usual(objective):
    assert re.fullmatch(r"arXiv \d{4}\.\d{5}", objective.entry.paper)
    assert "β" in objective.entry.words
    assert objective.entry.words.endswith(".")
    assert f"{objective}" == objective.value == str(Objective(objective.value))


def test_objectives_are_known_by_the_names_that_specs_on_disk_hold():
    old = {"rpo-paired": Kind.PAIRED, "rpo-unpaired": Kind.UNPAIRED, "dpo": Kind.PAIRED, "ipo": Kind.PAIRED, "kto": Kind.UNPAIRED}
    assert {name: Objective(name).kind for name in old} == old
    assert [one for one in Objective if one.contrasts] == ["rpo-paired", "rpo-unpaired"]


def test_only_some_objectives_have_means_a_target_or_no_reference():
    assert {one: one.entry.tokens for one in Objective if one.entry.tokens is not TokenSum.SUMMED} == {
        **dict.fromkeys((Objective.RPO_PAIRED, Objective.DPO, Objective.IPO), TokenSum.CHOSEN),
        Objective.SIMPO: TokenSum.AVERAGED,
    }
    assert [one for one in Objective if one.entry.links] == [Objective.RPO_PAIRED, Objective.DPO]
    assert [one for one in Objective if not one.entry.reference] == [Objective.SIMPO]
    assert [one for one in Objective if one.entry.mismatched] == [Objective.KTO]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("objective", Objective)
def test_a_field_is_refused_in_words_where_an_objective_has_no_use_for_it(objective, name):
    value, needed = OTHER[name]
    if name not in objective.ignored:
        assert getattr(RunSpec(objective=objective, **needed, **{name: value}), name) == value
        return
    with pytest.raises(RpoError, match=f"{name}.*{objective}.*(ipo|simpo|rpo-paired)"):
        RunSpec(objective=objective, **needed, **{name: value})


@pytest.mark.parametrize("other", Objective)
@pytest.mark.parametrize("spec", [RunSpec(objective="ipo", length_normalised=True), RunSpec(objective="simpo", gamma=0.5)])
def test_another_objective_drops_what_it_has_no_use_for_and_keeps_the_rest(spec, other):
    changed = spec.with_objective(str(other))
    assert (changed.objective, changed.beta) == (other, spec.beta)
    assert spec.with_objective(spec.objective) == spec
    assert [name for name in other.ignored if getattr(changed, name) != getattr(RunSpec(), name)] == []


def test_an_objective_that_is_none_is_refused_in_words():
    with pytest.raises(RpoError, match="objective.*rpo-paired.*'ppo'"):
        RunSpec().with_objective("ppo")


def test_no_room_asks_for_an_objective_by_its_name():
    files = [path for folder in ("rpo", "pages") for path in (ROOT / folder).rglob("*.py")]
    found = [f"{path.name}: {line.strip()}" for path in files for line in path.read_text().splitlines() if BY_NAME.search(line)]
    assert found == []


@pytest.mark.parametrize("line", ["x is Objective.KTO", "x in (Objective.RPO_PAIRED, y)", "if x != Objective.DPO:"])
def test_a_question_for_a_name_is_seen(line):
    assert BY_NAME.search(line)
