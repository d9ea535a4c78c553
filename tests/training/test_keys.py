"""What runs share is found by all that makes it: no two settings share an SFT adapter or baseline answers that differ."""

import json
import shutil
from dataclasses import fields, replace

import pytest
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from rpo import storage
from rpo.models.device import precision
from rpo.models.distributed import ALONE
from rpo.models.load import open_policy
from rpo.models.packing import Layout
from rpo.preferences import EMBEDDED_LOG, View, load
from rpo.runs.answers import baseline_file, write
from rpo.runs.data import data_of
from rpo.runs.recorder import Recorder
from rpo.runs.run import Run
from rpo.spec import STAGE, Batching, Control, Objective, Optimizer, RunSpec, Schedule, Weighting
from rpo.training.sft import learn_first, rows_of, sft_key

OTHER = {
    "data": EMBEDDED_LOG,
    "encoder": "some/encoder",
    "view": View.WHOLE,
    "target_modules": "q_proj,v_proj",
    "objective": Objective.KTO,
    "form": "outside",
    "length_normalised": True,
    "weighting": Weighting.UNIFORM,
    "batching": Batching.NEIGHBOURHOOD,
    "control": Control.SHUFFLED,
    "centred": True,
    "checkpointing": True,
    "quantised": True,
    "optimizer": Optimizer.RMSPROP,
    "schedule": Schedule.COSINE,
    "clip": 0.01,
    "top_p": 0.2,
    "prompt_tokens": 24,
    "answer_tokens": 12,
}
"""Another value of each field that is no number to add one to, or whose next value changes nothing."""
TOGETHER = {"data": {"objective": Objective.RPO_UNPAIRED}, "length_normalised": {"objective": Objective.IPO}}
ROUNDED = {"micro_batch", "checkpointing"}
"""They add the same numbers up in another order."""
NAMES = [one.name for one in fields(RunSpec)]


@pytest.fixture(scope="module")
def base(tiny_model, tmp_path_factory):
    data = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    rows = [{"prompt": f"{n} or {n + 1}? And why?", "chosen": f"{n}, for it is less.", "rejected": "Both."} for n in range(16)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = {"sft_steps": 3, "sft_lr": 3e-2, "contrast_size": 4, "micro_batch": 8, "prompt_tokens": 32, "answer_tokens": 16}
    return RunSpec(model=str(tiny_model), data=str(data), objective=Objective.DPO, new_tokens=4, samples=2, **few)


def varied(spec, name, tmp_path):
    if name == "model":
        return replace(spec, model=str(shutil.copytree(spec.model, tmp_path / "copy")))
    value = OTHER.get(name, getattr(spec, name) + 1 if name not in OTHER else None)
    return replace(spec, **{name: value, **TOGETHER.get(name, {})})


def learned(spec, folder):
    """The stage's key for this spec, and the adapter it really makes, computed anew."""
    policy, data = open_policy(spec), data_of(spec)
    held = precision(spec, policy.device)
    run = Run(storage.folder("runs", folder))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    shutil.rmtree(storage.folder("sft"))
    learn_first(Recorder(run), policy, data, held, lambda part, words: None, ALONE)
    key = sft_key(spec, rows_of(policy, data), held, policy.layout)
    return key, load_file(run.folder / "reference" / "adapter_model.safetensors")


@pytest.mark.parametrize("name", NAMES)
def test_each_field_has_decided_whether_the_sft_stage_looks_at_it(name):
    assert isinstance(next(one for one in fields(RunSpec) if one.name == name).metadata.get(STAGE), bool)


@pytest.fixture(scope="module")
def plain(base, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(tmp_path_factory.mktemp("home")))
        return learned(base, "one")


@pytest.mark.parametrize("name", NAMES)
def test_runs_of_one_sft_key_have_one_adapter(base, plain, name, tmp_path):
    (key, adapter), (other_key, other) = plain, learned(varied(base, name, tmp_path), "other")
    if next(one for one in fields(RunSpec) if one.name == name).metadata[STAGE]:
        assert key != other_key
    if key == other_key:
        for part, values in adapter.items():
            furthest = (values - other[part]).abs().max()
            assert furthest < 1e-6 if name in ROUNDED else furthest == 0, (name, part)


def test_the_data_of_the_sft_stage_are_known_by_their_words(base, tiny_model):
    policy, data = open_policy(base), load("embedded")
    rows = rows_of(policy, data)
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


@pytest.mark.parametrize("name", NAMES)
def test_runs_of_one_baseline_file_have_the_same_answers(base, loud, name, tmp_path):
    """Sampled ones, which more fields can change than greedy ones. The SFT stage is the key's above."""
    spec = replace(base, model=str(loud), sft_steps=0, top_p=0.95, new_tokens=24)
    files, texts = [], []
    for number, one in enumerate((spec, varied(spec, name, tmp_path))):
        run = Run(storage.folder("runs", str(number)))
        storage.write_json(run.folder / "spec.json", one.as_dict())
        policy = open_policy(one, trainable=False)
        with policy.reference():
            asked = ["How do I boil an egg?", "Why?"]
            texts.append(write(policy, asked, tmp_path / f"{number}.jsonl", Recorder(run), lambda part, words: None))
        files.append(baseline_file(run))
    assert files[0] != files[1] or texts[0] == texts[1], name
