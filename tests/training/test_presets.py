"""The paper's settings are what the paper says, and specs that can be written down."""

import orjson
import pytest

from rpo import weights
from rpo.training.presets import PAPER
from rpo.training.spec import Objective, Optimizer, RunSpec


def test_every_model_data_set_objective_and_adapter_is_there_once():
    kinds = {(spec.model, spec.data, spec.objective, spec.quantised) for spec in PAPER.values()}
    assert len(PAPER) == len(kinds) == 3 * 2 * 2 * 2
    assert {spec.model for spec in PAPER.values()} == {
        "meta-llama/Llama-2-7b-hf",
        "meta-llama/Llama-2-13b-hf",
        "mistralai/Mistral-7B-v0.1",
    }
    assert {spec.data for spec in PAPER.values()} == {"Anthropic/hh-rlhf", "trl-lib/tldr-preference"}


@pytest.mark.parametrize("name", PAPER)
def test_a_preset_has_the_papers_numbers(name):
    spec = PAPER[name]
    assert (spec.optimizer, spec.lr, spec.warmup, spec.clip) == (Optimizer.RMSPROP, 5e-7, 150, 10.0)
    assert spec.contrast_size * spec.contrasts == 64
    assert (spec.prompt_tokens, spec.prompt_tokens + spec.answer_tokens) == (256, 512)
    assert (spec.beta, spec.top_p, spec.encoder, spec.samples) == (0.1, 0.95, weights.ENCODER, 256)
    assert spec.tau == {Objective.RPO_PAIRED: 0.5, Objective.RPO_UNPAIRED: 0.75}[spec.objective]
    assert spec.sft_steps == spec.steps > 1000
    assert spec.checkpointing == spec.quantised == name.endswith("QLoRA")
    assert f"τ {spec.tau:g}" in name


@pytest.mark.parametrize("spec", PAPER.values(), ids=PAPER)
def test_a_preset_survives_json(spec):
    assert RunSpec.from_dict(orjson.loads(orjson.dumps(spec.as_dict()))) == spec
