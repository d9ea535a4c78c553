"""A spec as a file: what is written is read back, by other readers of YAML too; nothing is misread and nothing passed over."""

import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.presets import PAPER_PRESETS
from rpo.spec import FIELDS, PRESETS, RunSpec, looks_at
from rpo.spec_files import SpecFile, as_json, as_yaml, changed, read_spec

KNOWN = PRESETS | PAPER_PRESETS
NAMES = [
    "no",
    "yes",
    "1e-5",
    "2024-01-01",
    "0x10",
    "12:30",
    "~",
    "a: b",
    "# c",
    "two  spaces",
    "é ü 模型",
    "🦜",
    "it's",
    '"q"',
    "a\tb",
]


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("write", [as_yaml, as_json])
def test_what_is_written_is_read_back(name, write):
    assert read_spec(write(KNOWN[name]), name).spec == KNOWN[name]


@pytest.mark.parametrize("spec", [*KNOWN.values(), RunSpec(lr=1e-7, sft_lr=0.1 + 0.2)])
def test_a_reader_of_yaml_1_1_reads_the_same(spec):
    assert RunSpec.from_dict(yaml.safe_load(as_yaml(spec))) == spec


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_a_text(name):
    spec = RunSpec(data=name, model=f"{name}/x")
    assert read_spec(as_yaml(spec), "x").spec == read_spec(as_json(spec), "x").spec == spec
    assert yaml.safe_load(as_yaml(spec))["data"] == name


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9).filter(str.strip), st.floats(1e-9, 1))
def test_any_name_and_any_number_are_read_back(name, lr):
    spec = RunSpec(data=name, lr=lr)
    assert read_spec(as_yaml(spec), "x").spec == read_spec(as_json(spec), "x").spec == spec


def test_each_field_that_counts_stands_under_what_it_means():
    text = as_yaml(PRESETS["DPO"])
    spec = RunSpec.from_dict(yaml.safe_load(text))
    for name, about in FIELDS.items():
        there = looks_at(spec.objective, spec.weighting, name)
        assert (f"\n{name}: " in text) == there, name
        assert (f"# {about.title}. " in text) == there, name


def test_a_sweep_is_kept_with_its_values():
    sweep = {"tau": [0.1, 0.5], "seed": [0, 1], "control": ["none", "shuffled weights"]}
    for write in (as_yaml, as_json):
        assert read_spec(write(RunSpec(), sweep), "x") == SpecFile(RunSpec(), sweep)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", None),
        ("tau: 1e-1", {"tau": 0.1}),
        ("lr: 2e-5", {"lr": 2e-5}),
        ("lr: .5", {"lr": 0.5}),
        ("seed: 010", {"seed": 10}),
        ("seed: 0x10", {"seed": 16}),
        ("model: no", {"model": "no"}),
        ("data: 2024-01-01", {"data": "2024-01-01"}),
        ("beta: 1", {"beta": 1.0}),
        ("quantised: true  # QLoRA", {"quantised": True}),
        ("{tau: 0.2, steps: 3}", {"tau": 0.2, "steps": 3}),
        ('{"model": "\\u00e9 \\/ x"}', {"model": "é / x"}),
    ],
)
def test_yaml_is_read_as_its_version_1_2_says(text, fields):
    if fields is None:
        with pytest.raises(RpoError, match="fields"):
            read_spec(text, "x.yaml")
    else:
        found = read_spec(text, "x.yaml").spec
        assert found == replace(RunSpec(), **fields)
        assert all(type(getattr(found, name)) is type(value) for name, value in fields.items())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("taus: 1", r"taus.*\btau\b"),
        ("contrast-size: 4", "contrast-size.*contrast_size"),
        ("colour: 1", "colour.*leave it out"),
        ("tau: -1", r"tau.*0\.001.*1000.*-1"),
        ("tau: .nan", r"tau.*0\.001.*nan"),
        ("lr: .inf", "lr.*inf"),
        ("tau: '0.3'", r"tau.*number.*'0\.3'"),
        ("quantised: yes", "quantised.*true or false.*'yes'"),
        ("seed: 1_0", "seed.*whole number.*'1_0'"),
        ("seed: 12:30", "seed.*whole number.*'12:30'"),
        ("tau:", "tau.*None"),
        ("tau: 1\ntau: 2", "tau.*twice.*line 2"),
        ('{"tau": 1, "tau": 2}', "tau.*twice"),
        ("1: 2", "fields"),
        ("[1, 2]", r"fields.*\[1, 2\]"),
        ("tau: [", "YAML or JSON.*line 1"),
        ("tau: 1\n---\ntau: 2", "YAML or JSON"),
        ("!!python/object/apply:os.getcwd {}", "YAML or JSON.*python"),
        ("[" * 3_000, "YAML or JSON"),
        ("# " + "x" * 300_000, r"200,000.*300,002"),
        ("sweep: {tax: [1]}", r"tax.*\btau\b"),
        ("sweep: {lr: [0.1]}", "objective, tau.*lr"),
        ("sweep: {tau: 3}", r"sweep\.tau.*list.*3"),
        ("sweep: {tau: []}", r"sweep\.tau.*list"),
        ("sweep: {tau: [0.1, 5000]}", r"sweep\.tau.*1000.*5000"),
        ("sweep: [tau]", "sweep.*tau"),
    ],
)
def test_what_makes_no_spec_is_refused_with_file_rule_and_value(text, says):
    with pytest.raises(RpoError, match=rf"(?s)x\.yaml.*{says}") as refused:
        read_spec(text, "x.yaml")
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (["tau=0.3"], {"tau": 0.3}),
        (["tau=0.3", "steps=4", "tau=0.7"], {"tau": 0.7, "steps": 4}),
        (["contrast-size=4"], {"contrast_size": 4}),
        (["quantised=true"], {"quantised": True}),
        (["target_modules=q_proj, v_proj"], {"target_modules": "q_proj, v_proj"}),
        (["data=a=b"], {"data": "a=b"}),
        (["lr=1e-5"], {"lr": 1e-5}),
    ],
)
def test_a_setting_has_its_fields_type(said, fields):
    assert changed(RunSpec(), said) == replace(RunSpec(), **fields)


def test_another_objective_takes_what_only_the_old_one_looked_at_back():
    spec = RunSpec(weighting="dials", own_share=0.3)
    assert changed(spec, ["objective=dpo"]) == spec.with_objective("dpo")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("taw=1", r"'taw'.*\btau\b"),
        ("tau", "NAME=VALUE.*'tau'"),
        ("=1", "NAME=VALUE.*'=1'"),
        ("tau=", "tau.*none"),
        ("tau=fast", r"tau.*0\.001.*'fast'"),
        ("steps=2.5", "steps.*whole.*2.5"),
        ("objective=ppo", "objective.*dpo.*'ppo'"),
        ("quantised=yes", "quantised.*true or false.*'yes'"),
    ],
)
def test_a_setting_that_cannot_be_taken_is_refused(said, says):
    with pytest.raises(RpoError, match=says):
        changed(RunSpec(), [said])


def test_json_is_json():
    assert json.loads(as_json(RunSpec())) == RunSpec().as_dict()
