"""Answers written to a batch of prompts against those written to one prompt alone."""

import pytest
import torch
from architectures import model_of

from rpo.models.generation import Writing, find_writing, generate

PROMPTS = [list(range(3, 43)), list(range(50, 57)), list(range(60, 85)), list(range(100, 107))]

KINDS = {
    "bloom": Writing.BATCH,
    "gemma2": Writing.BATCH,
    "gpt2": Writing.BATCH,
    "gpt_oss": Writing.BATCH,
    "granitemoehybrid": Writing.BATCH,
    "jamba": Writing.BATCH,
    "lfm2": Writing.BATCH,
    "llama": Writing.BATCH,
    "mistral": Writing.BATCH,
    "opt": Writing.BATCH,
    "phi3": Writing.BATCH,
    "qwen3_5_text": Writing.BATCH,
    "recurrent_gemma": Writing.EVEN,
    "rwkv": Writing.ALONE,
}


LONGER = (
    "gpt_oss",
    "granitemoehybrid",
    "jamba",
    "llama",
    "opt",
    "phi3",
    "qwen3_5_text",
)  # the quick part has their like


@pytest.mark.weights
@pytest.mark.parametrize("kind", [pytest.param(one, marks=[pytest.mark.weights] * (one in LONGER)) for one in KINDS])
@torch.no_grad()
def test_greedy_answers_of_a_batch_equal_those_of_one_prompt(kind):
    model, how = model_of(kind), KINDS[kind]
    assert find_writing(model, PROMPTS, 2) is how
    options = {"max_new_tokens": 5, "min_new_tokens": 5, "do_sample": False}
    alone = [generate(model, [prompt], Writing.ALONE, 2, **options)[0] for prompt in PROMPTS]
    assert generate(model, PROMPTS, how, 2, **options) == alone


@torch.no_grad()
def test_padding_that_a_model_sees_is_found():
    model = model_of("llama")
    causal = model.get_base_model()
    blind = causal.forward
    causal.forward = lambda *given, attention_mask=None, **rest: blind(*given, attention_mask=None, **rest)  # padding is seen
    assert find_writing(model, PROMPTS, 2) is not Writing.BATCH


def test_groups_hold_each_prompt_once():
    for how in Writing:
        groups = how.groups(PROMPTS)
        assert sorted(number for group in groups for number in group) == [0, 1, 2, 3]
    assert Writing.EVEN.groups(PROMPTS) == [[1, 3], [2], [0]]
