"""A model's configuration made small: the same kinds of layers, windows, rotations and caps, with few and narrow layers.

A random model of it shows within a second, without the weights, which layout an architecture allows. Not the model itself: what
is found here is checked again on the weights when a run opens them.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any

from rpo import weights

LAYERS, WIDTH, HEADS, HEAD, VOCABULARY = 2, 64, 4, 16, 512
SIZES = (
    (WIDTH, "hidden_size n_embd d_model embedding_size word_embed_proj_dim attention_hidden_size lru_width"),
    (96, "intermediate_size ffn_dim ffn_hidden_size n_inner mlp_intermediate_size dense_intermediate_size"),
    (96, "encoder_ffn_dim decoder_ffn_dim"),
    (32, "moe_intermediate_size shared_expert_intermediate_size shared_intermediate_size hidden_size_per_layer_input"),
    (HEADS, "num_attention_heads n_head n_heads num_heads attention_heads decoder_attention_heads encoder_attention_heads"),
    (4, "num_local_experts num_experts n_routed_experts moe_num_experts linear_num_value_heads"),
    (2, "linear_num_key_heads num_experts_per_tok moe_topk moe_k"),
    (HEAD, "head_dim rotary_dim v_head_dim qk_nope_head_dim qk_rope_head_dim q_lora_rank kv_lora_rank global_head_dim"),
    (HEAD, "linear_key_head_dim linear_value_head_dim mamba_d_state ssm_state_size state_size"),
    (HEAD, "mamba_d_head mamba_headdim"),
    (2 * WIDTH // HEAD, "mamba_n_heads n_mamba_heads mamba_num_heads"),
    (0, "num_kv_shared_layers"),
    (1, "n_group topk_group first_k_dense_replace moe_layer_start_index n_shared_experts"),
    (VOCABULARY, "vocab_size vocab_size_per_layer_input"),
)
COUNTS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers", "encoder_layers")
KEYS = ("num_key_value_heads", "num_kv_heads")
KINDS = ("layer_types", "layers_block_type", "mlp_layer_types", "attention_layers", "no_rope_layers", "block_types")
TOKENS = ("pad_token_id", "bos_token_id", "eos_token_id")


def miniature(config: Any, change: Mapping[str, Any] | None = None) -> Any:
    """A small copy of a transformers configuration; `change` sets further fields of its text model."""
    small = deepcopy(config)
    small.allow_global_per_layer_attribute_access = True  # of one whose layers differ in size
    for part in (small, *(getattr(small, name) for name in getattr(small, "sub_configs", {}) if getattr(small, name, None))):
        layers = _layers(part)
        for name, value in _smaller(part, layers):
            with suppress(AttributeError):  # a field that follows from others
                setattr(part, name, value)
    for name, value in (change or {}).items():
        setattr(small.get_text_config(), name, value)
    return small


def random_model(config: Any) -> Any:
    """A seeded random model in float32, its weights wide enough that every token in sight matters."""
    import torch

    with weights.BUILDING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        options = {"dtype": torch.float32, "trust_remote_code": False}
        model = weights.library("transformers").AutoModelForCausalLM.from_config(config, **options)
        for name, parameter in model.named_parameters():
            if parameter.ndim >= 2:
                torch.nn.init.normal_(parameter, std=0.15)
            elif "bias" in name or "sinks" in name:
                torch.nn.init.normal_(parameter, std=0.3)
    return model


def _layers(config: Any) -> int:
    """As few layers as hold one of each kind."""
    kinds = [kinds for name in KINDS if isinstance(kinds := getattr(config, name, None), list) and kinds]
    return max([LAYERS, *(1 + max(each.index(kind) for kind in each) for each in kinds)])


def _smaller(config: Any, layers: int) -> Iterator[tuple[str, Any]]:
    """Fields with their new values: sizes, heads of keys (as many as queries' where they were), layers, tokens."""
    heads = _number(config, "num_attention_heads")
    yield from ((name, HEADS if keys == heads else min(keys, HEADS // 2)) for name in KEYS if (keys := _number(config, name)))
    yield from ((name, size) for size, names in SIZES for name in names.split() if _number(config, name) > size)
    yield from ((name, layers) for name in COUNTS if _number(config, name))
    yield from ((name, kinds[:layers]) for name in KINDS if isinstance(kinds := getattr(config, name, None), list))
    yield from ((name, 2) for name in TOKENS if _number(config, name) >= VOCABULARY)


def _number(config: Any, name: str) -> int:
    """A whole number among the fields, 0 where it is none, or another one in each layer."""
    try:
        value = getattr(config, name, None)
    except (AttributeError, RuntimeError, ValueError):
        return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
