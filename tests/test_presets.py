"""The paper's settings are what the paper says, and specs that can be written down."""

import json
from dataclasses import replace

import orjson
import pytest
import torch

from rpo import storage, weights
from rpo.presets import PAPER_PRESETS
from rpo.runs.run import Run
from rpo.spec import Objective, Optimizer, RunSpec
from rpo.training.trainer import train


def test_every_model_data_set_objective_and_adapter_is_there_once():
    kinds = {(spec.model, spec.data, spec.objective, spec.quantised) for spec in PAPER_PRESETS.values()}
    assert len(PAPER_PRESETS) == len(kinds) == 3 * 2 * 2 * 2
    assert {spec.model for spec in PAPER_PRESETS.values()} == {
        "meta-llama/Llama-2-7b-hf",
        "meta-llama/Llama-2-13b-hf",
        "mistralai/Mistral-7B-v0.1",
    }
    assert {spec.data for spec in PAPER_PRESETS.values()} == {"Anthropic/hh-rlhf", "trl-lib/tldr-preference"}


@pytest.mark.parametrize("name", PAPER_PRESETS)
def test_a_preset_has_the_papers_numbers(name):
    spec = PAPER_PRESETS[name]
    assert (spec.optimizer, spec.lr, spec.warmup, spec.clip) == (Optimizer.RMSPROP, 5e-7, 150, 10.0)
    assert spec.contrast_size * spec.contrasts == 64
    assert (spec.prompt_tokens, spec.prompt_tokens + spec.answer_tokens) == (256, 512)
    assert (spec.beta, spec.top_p, spec.encoder, spec.samples) == (0.1, 0.95, weights.ENCODER, 256)
    assert spec.tau == {Objective.RPO_PAIRED: 0.5, Objective.RPO_UNPAIRED: 0.75}[spec.objective]
    assert spec.sft_steps == spec.steps > 1000
    assert spec.checkpointing == spec.quantised == name.endswith("QLoRA")
    assert f"τ {spec.tau:g}" in name


@pytest.mark.parametrize("spec", PAPER_PRESETS.values(), ids=PAPER_PRESETS)
def test_a_preset_survives_json(spec):
    assert RunSpec.from_dict(orjson.loads(orjson.dumps(spec.as_dict()))) == spec


@pytest.fixture(scope="module")
def small_model(request, tmp_path_factory, tiny_model):
    """A random model of the paper's architecture and a tokenizer without a chat template, as base models have."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, MistralConfig

    torch.manual_seed(0)
    size = {"vocab_size": 258, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    special = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": None}
    config = LlamaConfig(**size, **special)
    if request.param == "Mistral":
        config = MistralConfig(**size, **special, num_key_value_heads=2, sliding_window=4096)
    folder = tmp_path_factory.mktemp(request.param)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.chat_template = None
    tokenizer.save_pretrained(folder)
    return request.param, folder


HH = {"chosen": "\n\nHuman: Why {n}?\n\nAssistant: Because of {n}.", "rejected": "\n\nHuman: Why {n}?\n\nAssistant: Who knows?"}
TLDR = {"prompt": "SUBREDDIT: r/x\nPOST: It was day {n}.\nTL;DR:", "chosen": " day {n}", "rejected": " a day"}


PAIRED, UNPAIRED = "RPO-Paired, τ 0.5", "RPO-Unpaired, τ 0.75"


@pytest.mark.weights
@pytest.mark.usefixtures("known_layouts", "stub_vectors")
@pytest.mark.parametrize(
    ("small_model", "data", "row", "aim"),
    [  # every two values of two columns stand in one line
        ("LLaMA2", "HH", HH, PAIRED),
        ("LLaMA2", "summarization", TLDR, UNPAIRED),
        ("Mistral", "HH", HH, UNPAIRED),
        ("Mistral", "summarization", TLDR, PAIRED),
    ],
    indirect=["small_model"],
)
def test_the_papers_path_is_walked_by_a_small_model(small_model, tmp_path, data, row, aim):
    name, folder = small_model
    rows = [{key: text.replace("{n}", str(n)) for key, text in row.items()} for n in range(20)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(one) for one in rows))
    model = {"LLaMA2": "LLaMA2-7B", "Mistral": "Mistral-7B"}[name]
    short = {"steps": 2, "sft_steps": 2, "warmup": 1, "held_out": 4, "samples": 2, "evaluations": 1, "new_tokens": 4}
    size = {"contrast_size": 2, "contrasts": 2, "prompt_tokens": 48, "answer_tokens": 16}
    source = {"model": str(folder), "data": str(tmp_path / "pairs.jsonl")}
    spec = replace(PAPER_PRESETS[f"{model} on {data}: {aim}, LoRA"], **source, **short, **size)
    run = Run(storage.folder("runs", "small"))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    train(run, lambda progress, message: None)
    assert [record["step"] for record in run.metrics] == [1, 2]
    assert run.metrics[0]["rivals"] > 1
    assert run.metrics[1]["margin"] != 0
    assert len(run.sft) == 2
    assert run.summary["after"]["answers"] == 2
    assert run.adapter is not None
