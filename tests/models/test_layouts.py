"""What a check found is kept by all that it depends on, foreseen before a start, and part of the keys of what is kept."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from architectures import config_of, model_of

from rpo import storage
from rpo.errors import RpoError
from rpo.models import layouts
from rpo.models.foreseen import foresee, random_model
from rpo.models.load import open_policy
from rpo.models.packing import Layout
from rpo.resources.shapes import adapted, hollow
from rpo.runs.answers import baseline_file
from rpo.runs.run import HOW, File, Run
from rpo.spec import RunSpec


@pytest.fixture
def save(tiny_model, tmp_path):
    """Save a tiny model of a type with a tokenizer; returns its folder."""

    def saved(kind, **change):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(tiny_model)
        folder = tmp_path / kind
        ids = {"vocab_size": 512, "pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id}
        model_of(kind, **ids, **change).unload().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return str(folder)

    return saved


def test_a_check_is_made_once(tiny_model, monkeypatch):
    spec = RunSpec(model=str(tiny_model), prompt_tokens=24, answer_tokens=12)
    assert foresee(spec).difference is None
    assert open_policy(spec).layout is Layout.ROWS
    assert foresee(spec).difference < 1e-3
    monkeypatch.setattr(layouts, "find_layout", lambda *_, **__: pytest.fail("checked again"))
    again = open_policy(spec)
    assert (again.layout, again.writing) == (Layout.ROWS, "padded batches")


OTHERS = [{"answer_tokens": 13}, {"prompt_tokens": 25}, {"checkpointing": True}, {"target_modules": "q_proj"}]


@pytest.mark.parametrize("change", OTHERS)
def test_other_lengths_and_modes_are_checked_by_themselves(tiny_model, change):
    spec = RunSpec(model=str(tiny_model), prompt_tokens=24, answer_tokens=12)
    open_policy(spec)
    assert layouts.checked_layout(spec) is not None
    assert layouts.checked_layout(replace(spec, **change)) is None


def test_another_configuration_of_the_same_weights_is_checked_by_itself(save):
    spec = RunSpec(model=save("mistral"), prompt_tokens=24, answer_tokens=12)
    open_policy(spec)
    path = Path(spec.model) / "config.json"
    storage.write_json(path, {**storage.read_json(path), "sliding_window": 8})
    assert layouts.checked_layout(spec) is None


def test_new_libraries_and_a_new_model_are_checked_by_themselves(tiny_model, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    spec = RunSpec(model=str(folder), prompt_tokens=24, answer_tokens=12)
    open_policy(spec)
    with monkeypatch.context() as patch:
        patch.setattr(layouts, "version", lambda library: "99")
        assert layouts.checked_layout(spec) is None
    os.utime(folder / "model.safetensors", ns=(0, 0))  # saved at another time
    assert layouts.checked_layout(spec) is None


@pytest.mark.weights
@pytest.mark.parametrize(("kind", "layout"), [("mistral", Layout.ROWS), ("lfm2", Layout.PADDED), ("bloom", Layout.PADDED)])
def test_the_layout_is_foreseen_without_weights(save, kind, layout):
    spec = RunSpec(model=save(kind), prompt_tokens=40, answer_tokens=24)
    assert foresee(spec).layout is layout
    assert open_policy(spec).layout is layout


def test_visitors_who_ask_at_once_do_not_build_models_on_one_anothers_device():
    config = config_of("llama")

    def build(number):
        """Every second one has an adapter without weights, for which peft builds all layers of the process on no device."""
        if number % 2:
            return random_model(config)
        adapted(hollow(config), "all-linear")
        return None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(build, range(24)))
    assert all(parameter.device.type == "cpu" for model in found[1::2] for parameter in model.parameters())


def test_long_texts_are_tried_short_and_windows_with_them(save):
    spec = RunSpec(model=save("gpt_neo", window_size=2048), prompt_tokens=4096, answer_tokens=1024)
    assert foresee(spec).layout is Layout.PADDED


def test_what_cannot_be_right_is_refused_before_a_start_by_name(save):
    dynamic = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 4.0}
    spec = RunSpec(model=save("llama", rope_parameters=dynamic, max_position_embeddings=32), prompt_tokens=40, answer_tokens=24)
    with pytest.raises(RpoError, match="two passes .*LlamaForCausalLM"):
        foresee(spec)


@pytest.mark.weights
@pytest.mark.parametrize("kind", ["opt", "gpt2", "llama"])
def test_dropout_that_a_configuration_asks_for_is_off_in_training_mode(save, kind):
    spec = RunSpec(model=save(kind), prompt_tokens=24, answer_tokens=12, checkpointing=True)
    path = Path(spec.model) / "config.json"
    asked = {
        name: 0.2 if "drop" in name and isinstance(value, float) else value for name, value in storage.read_json(path).items()
    }
    storage.write_json(path, asked)
    policy = open_policy(spec)
    assert policy.model.training
    rows = policy.some_rows()
    assert torch.equal(policy.logprobs(rows), policy.logprobs(rows))


@pytest.mark.parametrize("name", HOW)
def test_kept_log_probabilities_and_answers_are_of_one_way_of_opening(tiny_model, name):
    run = Run(storage.folder("runs", "one"))
    storage.write_json(run.folder / "spec.json", RunSpec(model=str(tiny_model)).as_dict())
    names = set()
    for value in ("this", "that"):
        storage.write_json(run.folder / File.OPENED, {**dict.fromkeys(HOW, "this"), name: value, "unchecked": 0})
        names |= {run.reference_name("fp32"), str(baseline_file(run))}
    assert len(names) == 4


def test_saved_adapters_score_plainly_what_the_run_said(save, tmp_path):
    """The margin of a run on a model with a window is what plain passes over the saved adapter give."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from rpo.preferences import load
    from rpo.spec import Objective
    from rpo.training.trainer import train

    rows = [
        {"prompt": f"Why {n}?" * 4, "chosen": f"So {n}. " * 5, "rejected": "No." * n, "split": "test" if n < 7 else "train"}
        for n in range(1, 12)
    ]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = save("mistral")
    few = {"steps": 2, "contrast_size": 4, "held_out": 6, "samples": 0, "probes": 0, "evaluations": 1, "lr": 1e-2, "warmup": 1}
    data = str(tmp_path / "pairs.jsonl")
    spec = RunSpec(model=model, data=data, objective=Objective.DPO, prompt_tokens=40, answer_tokens=24, **few)
    run = Run(storage.folder("runs", "window"))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    train(run, lambda part, text: None)
    row_of = open_policy(spec, run.adapter).row
    tuned = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model), str(run.adapter))
    said, margins = run.logratios("held-out"), []
    for one in load(data).held_out:
        if one["id"] in said:
            row = row_of(one["prompt"], one["chosen"], one["rejected"])
            ratios = [plain(tuned, row, answer) - bare(tuned, row, answer) for answer in row.answers]
            assert said[one["id"]] == pytest.approx(ratios, abs=1e-3)
            margins.append(spec.beta * (ratios[0] - ratios[1]))
    assert run.evaluations[-1]["margin"] == pytest.approx(sum(margins) / 6, abs=1e-3)
    assert abs(run.evaluations[-1]["margin"]) > 1e-2


@torch.no_grad()
def plain(model, row, answer):
    ids = torch.tensor([row.prompt + answer])
    chances = model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits[0, len(row.prompt) - 1 : -1]
    return chances.log_softmax(1)[range(len(answer)), list(answer)].sum().item()


def bare(model, row, answer):
    with model.disable_adapter():
        return plain(model, row, answer)
