"""Each field of a spec is described once: what is derived from the description holds for all fields, the next one too."""

from dataclasses import fields, replace

import pytest

from rpo import storage
from rpo.errors import RpoError
from rpo.fields import Decides, Group, Weighting, options
from rpo.models.packing import Layout
from rpo.preferences import EMBEDDED_LOG
from rpo.presets import PAPER_PRESETS
from rpo.runs.answers import baseline_file
from rpo.runs.run import Run
from rpo.settings import BY_NAME, differences, figures_of, from_text, in_address, in_words, misread, of_address, range_of
from rpo.spec import DEFAULTS, FIELDS, PRESETS, Objective, RunSpec, looks_at
from rpo.tokens.types import Row
from rpo.training.sft import sft_key

NAMES = list(FIELDS)
NUMBERS = [name for name, one in FIELDS.items() if one.within]
ROWS = [Row((1, 2), ((3, 4),))]


def another(name):
    """A value of the field that is not its default."""
    usual = getattr(DEFAULTS, name)
    if members := options(BY_NAME[name]):
        return next(one for one in members if one != usual)
    if isinstance(usual, bool):
        return not usual
    if name == "likeness":
        return 2.5  # less than the others of a batch
    if name in NUMBERS:
        high = range_of(name)[1]
        return min(high, usual + 1) if isinstance(usual, int) else (usual + high) / 2
    return {"data": EMBEDDED_LOG}.get(name, f"another/{name}")


def beside(name):
    """The weights and the objective that look at it, so that a spec may have another value."""
    if name in ("objective", "weighting"):
        return {}
    weighting = Weighting.CONTRAST if looks_at(DEFAULTS.objective, Weighting.CONTRAST, name) else Weighting.DIALS
    objective = next((one for one in Objective if looks_at(one, weighting, name)), DEFAULTS.objective)
    return {"weighting": weighting, "objective": objective}


def changed(name, **more):
    return RunSpec(**{**more, **beside(name), name: another(name)})


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described(name):
    one, field = FIELDS[name], BY_NAME[name]
    assert one.title
    assert len(one.help) > 10
    assert one.group in Group
    assert (one.within is not None) == (field.type in (int, float))
    assert one.decides & Decides.RUN or one.decides is Decides.NOTHING  # what decides an adapter or answers decides the figures
    assert [other.title for other in FIELDS.values()].count(one.title) == 1


def outside(name):
    """The numbers one step outside of the range, and the end that each passes."""
    (low, high), step = range_of(name), 1 if BY_NAME[name].type is int else 1e-9
    return [(low if FIELDS[name].within.open else low - step, low), (high + step, high)]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_range_is_enforced(name):
    low, high = range_of(name)
    for value, end in outside(name):
        with pytest.raises(RpoError, match=f"^{name} .*number.*{end:.16g}") as refused:
            RunSpec(**{name: value})
        assert repr(value) in str(refused.value)
        assert str(getattr(DEFAULTS, name)) in str(refused.value)
        assert from_text(name, repr(value), None) is None
        assert misread(name, repr(value)).startswith(f"{name} ")
    for value in (high, low + 1e-9 if FIELDS[name].within.open else low):
        large = {"contrast_size": range_of("contrast_size")[1]} if name == "likeness" else {}  # so many others a row
        assert getattr(RunSpec(**{**beside(name), **large, name: value}), name) == value == from_text(name, repr(value), None)
    for value in (True, None, "1", [1], float("nan"), 10**400):
        with pytest.raises(RpoError, match=f"^{name} "):
            RunSpec(**{name: value})


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NUMBERS])
@pytest.mark.parametrize("value", [None, 1, " ", ["x"], float("nan")])
def test_every_choice_flag_and_text_is_checked(name, value):
    with pytest.raises(RpoError, match=f"^{name} "):
        RunSpec(**{name: value})


def keys(spec, monkeypatch):
    """The names of the spec's SFT adapter and its baseline's answers are kept, as if every model had its name's print."""
    monkeypatch.setattr("rpo.weights.fingerprint", lambda name: f"fingerprint of {name}")
    run = Run(storage.folder("runs", storage.digest(str(spec))))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    return sft_key(spec, ROWS, "fp32", Layout.ROWS), baseline_file(run).stem.removeprefix("baseline-")


@pytest.mark.parametrize("top_p", [0.0, 0.95])
@pytest.mark.parametrize("name", NAMES)
def test_a_field_is_in_the_keys_of_what_it_decides_and_in_no_other(name, top_p, monkeypatch):
    decides, base = FIELDS[name].decides, RunSpec(top_p=top_p)
    spec = changed(name, **({} if name == "top_p" else {"top_p": top_p}))
    (adapter, answers), (other_adapter, other_answers) = keys(base, monkeypatch), keys(spec, monkeypatch)
    assert (adapter != other_adapter) == bool(decides & Decides.STAGE)
    by_model = name in ("model", "quantised")  # through the name of the reference
    drawn = decides & Decides.SAMPLED and top_p
    assert (answers != other_answers) == bool(decides & Decides.ANSWERS or drawn or by_model)
    assert (figures_of(base) != figures_of(spec)) == (decides is not Decides.NOTHING)


@pytest.mark.parametrize(
    ("setting", "adapter", "answers"),
    [
        ({}, "860b324e40a04c5f", "5a2708404826ce11"),
        ({"sft_steps": 7, "sft_lr": 0.001}, "c07adbd283e1b2b6", "5a2708404826ce11"),
        ({"seed": 3}, "99e2d0d353d31562", "5a2708404826ce11"),
        ({"top_p": 0.95}, "860b324e40a04c5f", "0d56940785499631"),
        ({"top_p": 0.95, "seed": 3}, "99e2d0d353d31562", "709c19427eb26280"),
        ({"quantised": True, "lora_rank": 16, "target_modules": "q_proj"}, "6b0e99c61715a8dc", "236dc51eff2b1820"),
        ({"prompt_tokens": 64, "new_tokens": 4}, "860b324e40a04c5f", "cd9d0c89f4cae7b2"),
        (
            {"contrast_size": 4, "contrasts": 2, "clip": 1.0, "lora_alpha": 3, "model": "other"},
            "050cc6b3f59c4d44",
            "bb05648dddb17eb6",
        ),
        ({"tau": 2.0, "steps": 3, "answer_batch": 7, "micro_batch": 1}, "860b324e40a04c5f", "5a2708404826ce11"),
    ],
)
def test_what_older_versions_kept_is_found(setting, adapter, answers, monkeypatch):
    """Keys that were computed before fields were described: adapters and answers on disk bear them."""
    assert keys(RunSpec(**setting), monkeypatch) == (adapter, answers)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_setting_is_said_by_its_title(name):
    words = differences(changed(name), RunSpec(**beside(name)))
    assert words == (in_words(name, another(name)),)
    assert FIELDS[name].sign in words[0] if FIELDS[name].sign else FIELDS[name].title in words[0]


@pytest.mark.parametrize("spec", [*PRESETS.values(), *PAPER_PRESETS.values()])
def test_the_differences_of_a_preset_are_all_that_it_sets(spec):
    assert len(differences(spec)) == sum(getattr(spec, one.name) != one.default for one in fields(RunSpec))
    assert differences(spec, spec) == ()


def test_equal_specs_have_equal_figures():
    spec = replace(DEFAULTS, micro_batch=1, save_every=3, checkpointing=True)
    assert figures_of(spec) == DEFAULTS
    assert figures_of(replace(spec, tau=0.3)).tau == 0.3


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_goes_into_an_address_and_comes_back(name):
    spec = RunSpec(**{**beside(name), name: another(name)})
    assert RunSpec(**of_address(in_address(spec))) == spec
    assert in_address(RunSpec()) == {}
