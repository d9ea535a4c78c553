"""What runs share is found by all that makes it: no two settings share an SFT adapter or baseline answers that differ."""

import json
import shutil
from collections import defaultdict
from dataclasses import replace
from functools import cache

import pytest
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from rpo import storage
from rpo.fields import Decides
from rpo.models.device import precision
from rpo.models.distributed import ALONE
from rpo.models.load import open_policy
from rpo.models.packing import Layout
from rpo.preferences import EMBEDDED_LOG, load
from rpo.runs.answers import baseline_file, write_answers
from rpo.runs.data import data_of
from rpo.runs.recorder import Recorder
from rpo.runs.run import Run
from rpo.spec import FIELDS, Objective, RunSpec
from rpo.tokens.tokenizer import tokens_of
from rpo.training.sft import learn_first, sft_key, sft_rows
from tests.test_fields import another, beside

OTHER = {
    "data": EMBEDDED_LOG,
    "clip": 0.01,
    "sft_lr": 1e-2,
    "top_p": 0.2,
    "answer_batch": 1,
    "prompt_tokens": 24,
    "answer_tokens": 12,
    "new_tokens": 25,
    "target_modules": "q_proj,v_proj",
}
"""Another value of each field whose next one would change nothing here, or could not be computed."""
SMALL = {"contrast_size": 5, "contrasts": 2, "sft_steps": 4, "lora_rank": 9, "lora_alpha": 17}
TOGETHER = {
    "data": {"objective": Objective.RPO_UNPAIRED},
    "length_normalised": {"objective": Objective.IPO},
    "gamma": {"objective": Objective.SIMPO},
    "rejected": {"objective": Objective.DPO},  # other prompts' answers have no scores here, which true contrasts need
}
ROUNDED = {"micro_batch", "checkpointing"}
"""They add the same numbers up in another order."""
NAMES = list(FIELDS)


@pytest.fixture(scope="module")
def base(tiny_model, tmp_path_factory):
    data = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    rows = [{"prompt": f"{n} or {n + 1}? And why?", "chosen": f"{n}, for it is less.", "rejected": "Both."} for n in range(16)]
    rows = [{**row, "score_chosen": 1 + n % 7, "score_rejected": n % 7} for n, row in enumerate(rows)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = {"sft_steps": 3, "sft_lr": 3e-2, "contrast_size": 4, "micro_batch": 8, "prompt_tokens": 32, "answer_tokens": 16}
    return RunSpec(model=str(tiny_model), data=str(data), objective=Objective.DPO, new_tokens=4, samples=2, **few)


def varied(spec, name, tmp_path):
    if name == "model":
        return replace(spec, model=str(shutil.copytree(spec.model, tmp_path / "copy")))
    value = (OTHER | SMALL).get(name) or another(name)
    return replace(spec, **{name: value, **TOGETHER.get(name, beside(name))})


def many(spec, names):
    """Specs in each of which many fields have another value: those that go with one objective; what only rounds goes apart."""
    groups = defaultdict(dict)
    for name in names:
        together = TOGETHER.get(name, beside(name))
        groups[name in ROUNDED, *together.items()][name] = (OTHER | SMALL).get(name) or another(name)
    return [replace(spec, **dict(together), **values) for (_, *together), values in groups.items()]


@cache
def tokens_like(model, **lengths):
    return tokens_of(RunSpec(model=model, **lengths))


def stage_key(spec):
    """The stage's key as a run of packed rows in float32 names it."""
    tokens = tokens_like(spec.model, prompt_tokens=spec.prompt_tokens, answer_tokens=spec.answer_tokens)
    return sft_key(spec, sft_rows(tokens, data_of(spec)), "fp32", Layout.ROWS)


def learned(spec, folder):
    """The stage's key for this spec, and the adapter it really makes, computed anew."""
    policy, data = open_policy(spec), data_of(spec)
    held = precision(spec, policy.device)
    run = Run(storage.folder("runs", folder))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    shutil.rmtree(storage.folder("sft"))
    learn_first(Recorder(run), policy, data, held, lambda part, words: None, ALONE)
    key = sft_key(spec, sft_rows(policy, data), held, policy.layout)
    return key, load_file(run.folder / "reference" / "adapter_model.safetensors")


@pytest.fixture(scope="module")
def plain(base, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(tmp_path_factory.mktemp("home")))
        return learned(base, "one")


def furthest(one, other):
    return max((values - other[part]).abs().max() for part, values in one.items())


@pytest.fixture(scope="module")
def keyless(base, tmp_path_factory):
    """The fields that change no key of the SFT stage."""
    folder = tmp_path_factory.mktemp("varied")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(folder / "home"))
        known = stage_key(base)
        return [name for name in NAMES if stage_key(varied(base, name, folder)) == known]


def test_a_field_that_decides_the_sft_stage_is_in_its_key(keyless):
    assert not [name for name in keyless if FIELDS[name].decides & Decides.STAGE]
    assert {"steps", "lr", "beta", "tau", *ROUNDED} < set(keyless)


@pytest.mark.weights
def test_fields_that_are_in_no_key_change_no_adapter(base, plain, keyless):
    specs = many(base, keyless)
    assert len(specs) > 3
    for number, spec in enumerate(specs):
        key, adapter = learned(spec, f"other {number}")
        rounded = spec.checkpointing != base.checkpointing
        assert key == plain[0] or rounded  # a layout of its own, perhaps
        assert furthest(plain[1], adapter) < (1e-6 if rounded else 1e-30), spec


@pytest.mark.weights
@pytest.mark.parametrize("name", NAMES)
def test_runs_of_one_sft_key_have_one_adapter(base, plain, name, tmp_path):
    (key, adapter), (other_key, other) = plain, learned(varied(base, name, tmp_path), "other")
    if FIELDS[name].decides & Decides.STAGE:
        assert key != other_key
    if key == other_key:
        far = furthest(adapter, other)
        assert far < 1e-6 if name in ROUNDED else far == 0, name


def test_the_data_of_the_sft_stage_are_known_by_their_words(base, tiny_model):
    policy, data = open_policy(base), load("embedded")
    rows = sft_rows(policy, data)
    known = sft_key(base, rows, "fp32", Layout.ROWS)
    assert known != sft_key(base, [policy.row("Why?", "So."), *rows[1:]], "fp32", Layout.ROWS)
    assert known != sft_key(base, rows[::-1], "fp32", Layout.ROWS)
    assert known != sft_key(base, rows, "bf16", Layout.ROWS)
    assert known != sft_key(base, rows, "fp32", Layout.MASK)


@pytest.fixture(scope="module")
def loud(tiny_model, tmp_path_factory):
    """The tiny model with larger weights: what it writes depends on every token it reads."""
    folder = shutil.copytree(tiny_model, tmp_path_factory.mktemp("loud") / "model")
    model = AutoModelForCausalLM.from_pretrained(folder)
    for parameter in model.parameters():
        parameter.data *= 10
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def writer(base, loud):
    """The spec of a run that samples answers, which more fields can change than greedy ones. The SFT stage is the key's above."""
    return replace(base, model=str(loud), sft_steps=0, top_p=0.95, new_tokens=24)


def named(spec, name):
    """The run of a spec, and the file in which the answers of its reference are kept."""
    run = Run(storage.folder("runs", name))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    return run, baseline_file(run)


def written(spec, place):
    """What the run's reference really answers to two prompts."""
    policy, asked = open_policy(spec, trainable=False), ["How do I boil an egg?", "Why?"]
    with policy.reference():
        return write_answers(policy, asked, place, Recorder(named(spec, "writer")[0]), lambda part, words: None)


@pytest.fixture(scope="module")
def answers(writer, tmp_path_factory):
    """What it writes as it is."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(home))
        return written(writer, home / "answers.jsonl")


@pytest.mark.weights
def test_fields_that_change_no_baseline_file_change_no_answer(writer, answers, tmp_path):
    _, file = named(writer, "one")
    alike = [name for name in NAMES if named(varied(writer, name, tmp_path), "other")[1] == file]
    assert {"steps", "lr", "beta", "tau", *ROUNDED} < set(alike)
    for number, spec in enumerate(many(writer, alike)):
        assert named(spec, "other")[1] == file
        assert written(spec, tmp_path / f"{number}.jsonl") == answers, spec


@pytest.mark.weights
@pytest.mark.parametrize("name", NAMES)
def test_runs_of_one_baseline_file_have_the_same_answers(writer, answers, name, tmp_path):
    spec = varied(writer, name, tmp_path)
    if named(spec, "other")[1] == named(writer, "one")[1]:
        assert written(spec, tmp_path / "answers.jsonl") == answers
