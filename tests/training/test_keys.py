"""What runs share is found by all that makes it: no two settings share an SFT adapter or baseline answers that differ."""

import json
import shutil
from dataclasses import replace

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
}
ROUNDED = {"micro_batch", "checkpointing"}
"""They add the same numbers up in another order."""
NAMES = list(FIELDS)


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
    value = (OTHER | SMALL).get(name) or another(name)
    return replace(spec, **{name: value, **TOGETHER.get(name, beside(name))})


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


@pytest.mark.parametrize("name", NAMES)
def test_runs_of_one_sft_key_have_one_adapter(base, plain, name, tmp_path):
    (key, adapter), (other_key, other) = plain, learned(varied(base, name, tmp_path), "other")
    if FIELDS[name].decides & Decides.STAGE:
        assert key != other_key
    if key == other_key:
        for part, values in adapter.items():
            furthest = (values - other[part]).abs().max()
            assert furthest < 1e-6 if name in ROUNDED else furthest == 0, (name, part)


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
            texts.append(write_answers(policy, asked, tmp_path / f"{number}.jsonl", Recorder(run), lambda part, words: None))
        files.append(baseline_file(run))
    assert files[0] != files[1] or texts[0] == texts[1], name
