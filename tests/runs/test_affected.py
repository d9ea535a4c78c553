"""Runs that an older version made of a model which it scored wrongly say so."""

import json
import re

import pytest

from rpo import storage
from rpo.jsonl import append_line
from rpo.runs.affected import doubt
from rpo.runs.run import HOW, File, Run
from rpo.spec import RunSpec

WORDS = {
    "gemma2": ({}, "answers.*one another"),
    "qwen3_5_text": ({}, "state.*answer"),
    "mistral": ({"sliding_window": 16}, r"window.*\b16\b"),
    "phi3": ({"rope_parameters": {"rope_type": "longrope"}}, "longest"),
    "falcon": ({"alibi": True}, "distances"),
    "opt": ({"dropout": 0.1}, "dropout"),
    "gemma3": ({"text_config": {"model_type": "gemma3_text", "sliding_window": 128}}, r"window.*\b128\b"),
    "llama": ({}, ""),
    "qwen2": ({"sliding_window": 32, "use_sliding_window": False}, ""),
}


def run_on(tmp_path, kind, config):
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"model_type": kind, **config}))
    (model / "model.safetensors").touch()
    folder = storage.folder("runs", "old")
    storage.write_json(folder / "spec.json", RunSpec(model=str(model), checkpointing=True).as_dict())
    append_line(folder / "metrics.jsonl", {"step": 1, "loss": 0.69})
    return Run(folder)


@pytest.mark.parametrize(("kind", "config", "words"), [(kind, *rest) for kind, rest in WORDS.items()])
def test_an_old_run_of_an_affected_type_says_so(tmp_path, kind, config, words):
    run = run_on(tmp_path, kind, config)
    said = doubt(run)
    assert re.search(words, said)
    assert bool(words) == bool(said)
    storage.write_json(
        run.folder / File.OPENED, {**dict.fromkeys(HOW, "known"), "unchecked": 1}
    )  # opened since, to write answers
    assert doubt(run) == said
    storage.write_json(run.folder / File.OPENED, {**dict.fromkeys(HOW, "known"), "unchecked": 0})
    assert doubt(run) == ""


@pytest.mark.parametrize(
    ("change", "rivals", "doubted"),
    [
        ({"weighting": "uniform"}, 1.0, True),
        ({"weighting": "uniform"}, 8.0, False),
        ({"weighting": "uniform", "contrast_size": 1}, 1.0, False),
        ({"weighting": "contrast", "tau": 0.001}, 1.0, False),
        ({"objective": "dpo"}, 1.0, False),
    ],
    ids=str,
)
def test_an_old_run_whose_uniform_weights_were_none_says_so(change, rivals, doubted):
    folder = storage.folder("runs", "old")
    storage.write_json(folder / "spec.json", RunSpec(**change).as_dict())
    append_line(folder / "metrics.jsonl", {"step": 1, "loss": 0.69, "rivals": rivals})
    storage.write_json(folder / File.OPENED, {**dict.fromkeys(HOW, "known"), "unchecked": 0})
    assert ("not with uniform weights" in doubt(Run(folder))) is doubted
