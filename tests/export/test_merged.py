"""Merging is exact in float32, whatever the model's type and whatever peft's kind of adapter."""

import pytest
import torch

from rpo.export.merged import merge
from tests.models.architectures import ONE_OF_EACH, config_of, model_of

LAYERS = ["q_proj", "v_proj", "down_proj"]
ADAPTERS = {
    "plain": {"target_modules": LAYERS},
    "rank-stabilised": {"target_modules": LAYERS, "use_rslora": True},
    "DoRA": {"target_modules": LAYERS, "use_dora": True},
    "a whole layer beside it": {"target_modules": LAYERS, "modules_to_save": ["norm"]},
    "the head, which shares the embedding": {"target_modules": [*LAYERS, "lm_head"]},
    "the head as a whole": {"target_modules": LAYERS, "modules_to_save": ["lm_head"]},
    "the embedding, which shares the head": {"target_modules": [*LAYERS, "embed_tokens"]},
}


def adapted(**about):
    from peft import LoraConfig, get_peft_model

    from rpo.models.foreseen import random_model

    tied = config_of("llama", tie_word_embeddings=True)
    return get_peft_model(random_model(tied).eval(), LoraConfig(r=2, **about))


@torch.no_grad()
def drawn(model):
    """The model with random adapter weights: fresh ones change nothing."""
    torch.manual_seed(3)
    for value in model.parameters():
        if value.requires_grad:
            value.add_(0.3 * torch.randn_like(value))
    return model


@torch.no_grad()
def apart(model):
    tokens = torch.randint(3, 500, (1, 24), generator=torch.Generator().manual_seed(5))

    def logits(one):
        return one(input_ids=tokens, use_cache=False).logits

    with model.disable_adapter():
        base = logits(model)
    before = logits(model)
    assert (before - base).abs().max() > 0.01
    return ((logits(merge(model)) - before).abs().max() / before.abs().max()).item()


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_a_merged_model_of_any_type_says_the_same(kind):
    assert apart(drawn(model_of(kind))) < 1e-4


@pytest.mark.parametrize("about", ADAPTERS.values(), ids=ADAPTERS)
def test_a_merged_model_says_the_same_whatever_the_adapter(about):
    assert apart(drawn(adapted(**about))) < 1e-4
