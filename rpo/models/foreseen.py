"""The layout that a run will get, before its weights are opened: from an earlier check, or tried on a small random model.

What is tried here is checked on the weights when the run opens them (`rpo.models.layouts`). It loads torch and transformers.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from types import SimpleNamespace
from typing import Any

from rpo import weights
from rpo.models import layouts
from rpo.models.check import find_layout
from rpo.models.device import device
from rpo.models.load import without_randomness
from rpo.models.packing import Layout
from rpo.models.policy import Policy
from rpo.spec import RunSpec

LAYERS, WIDTH, HEADS, HEAD_WIDTH, VOCABULARY = 2, 64, 4, 16, 512
SMALL_SIZES = (
    (WIDTH, "hidden_size n_embd d_model embedding_size word_embed_proj_dim attention_hidden_size lru_width"),
    (96, "intermediate_size ffn_dim ffn_hidden_size n_inner mlp_intermediate_size dense_intermediate_size"),
    (96, "encoder_ffn_dim decoder_ffn_dim"),
    (32, "moe_intermediate_size shared_expert_intermediate_size shared_intermediate_size hidden_size_per_layer_input"),
    (HEADS, "num_attention_heads n_head n_heads num_heads attention_heads decoder_attention_heads encoder_attention_heads"),
    (4, "num_local_experts num_experts n_routed_experts moe_num_experts linear_num_value_heads"),
    (2, "linear_num_key_heads num_experts_per_tok moe_topk moe_k"),
    (HEAD_WIDTH, "head_dim rotary_dim v_head_dim qk_nope_head_dim qk_rope_head_dim q_lora_rank kv_lora_rank global_head_dim"),
    (HEAD_WIDTH, "linear_key_head_dim linear_value_head_dim mamba_d_state ssm_state_size state_size"),
    (HEAD_WIDTH, "mamba_d_head mamba_headdim"),
    (2 * WIDTH // HEAD_WIDTH, "mamba_n_heads n_mamba_heads mamba_num_heads"),
    (0, "num_kv_shared_layers"),
    (1, "n_group topk_group first_k_dense_replace moe_layer_start_index n_shared_experts"),
    (VOCABULARY, "vocab_size vocab_size_per_layer_input"),
)
COUNTS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers", "encoder_layers")
KEY_HEADS = ("num_key_value_heads", "num_kv_heads")
LAYER_KINDS = ("layer_types", "layers_block_type", "mlp_layer_types", "attention_layers", "no_rope_layers", "block_types")
TOKEN_IDS = ("pad_token_id", "bos_token_id", "eos_token_id")
LONGEST_TRIAL = 384  # tokens of a prompt and an answer that are tried
DISTANCES = ("sliding_window", "attention_chunk_size", "attention_window_size", "window_size", "original_max_position_embeddings")


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
    kinds = [kinds for name in LAYER_KINDS if isinstance(kinds := getattr(config, name, None), list) and kinds]
    return max([LAYERS, *(1 + max(each.index(kind) for kind in each) for each in kinds)])


def _smaller(config: Any, layers: int) -> Iterator[tuple[str, Any]]:
    """Fields with their new values: sizes, heads of keys (as many as queries' where they were), layers, tokens."""
    heads = _number(config, "num_attention_heads")
    yield from (
        (name, HEADS if keys == heads else min(keys, HEADS // 2)) for name in KEY_HEADS if (keys := _number(config, name))
    )
    yield from ((name, size) for size, names in SMALL_SIZES for name in names.split() if _number(config, name) > size)
    yield from ((name, layers) for name in COUNTS if _number(config, name))
    yield from ((name, kinds[:layers]) for name in LAYER_KINDS if isinstance(kinds := getattr(config, name, None), list))
    yield from ((name, 2) for name in TOKEN_IDS if _number(config, name) >= VOCABULARY)


def _number(config: Any, name: str) -> int:
    """A whole number among the fields, 0 where it is none, or another one in each layer."""
    try:
        value = getattr(config, name, None)
    except (AttributeError, RuntimeError, ValueError):
        return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


@dataclass(frozen=True)
class Foreseen:
    """The layout that a run will get, None if that shows only when it opens the model.

    `difference` is in nats a sum where the weights were checked, None where a small random model was.
    """

    layout: Layout | None
    difference: float | None = None

    @property
    def packed(self) -> bool:
        """Whether a prompt is computed once for all its answers, or may be."""
        return self.layout is None or self.layout.packed

    def words(self, times: float) -> str:
        """What it is and what it costs, where unpacked rows have so many `times` the positions of packed ones."""
        if self.layout is None:
            return "How rows are laid out is found when the run opens the model."
        if self.difference is not None:
            how = f"Checked on these weights: sums are within {self.difference:.0e} nats of one forward pass for each answer."
        else:
            how = "Tried on a small random model of this architecture; the run checks it on the weights."
        cost = "a prompt is computed once for its answers" if self.packed else f"{times:.1f} times the positions of packed rows"
        return f"Rows are {self.layout}: {cost}. {how}"


def foresee(spec: RunSpec) -> Foreseen:
    """The layout that a run of this spec will get; an `RpoError` names the architecture where none is right."""
    if (known := layouts.checked_layout(spec)) is not None:
        return Foreseen(*known)
    mode = spec.checkpointing or spec.quantised
    where, stamp = weights.locate(spec.model), weights.fingerprint(spec.model)
    return Foreseen(_tried(where, stamp, spec.prompt_tokens, spec.answer_tokens, mode, device().type))


@lru_cache
def _tried(where: str, _stamp: str, prompt_tokens: int, answer_tokens: int, training: bool, place: str) -> Layout | None:
    """On the CPU in float32, among the layouts of this device; None where the architecture cannot be made small.

    Long texts are made short, and windows with them.
    """
    transformers = weights.library("transformers")
    scale = min(1.0, LONGEST_TRIAL / (prompt_tokens + answer_tokens))
    try:
        config = without_randomness(transformers.AutoConfig.from_pretrained(where, trust_remote_code=False))
        config = miniature(config, _shorter(config.get_text_config(), scale))
        model = random_model(config)
    except Exception:  # noqa: BLE001 - a foreign configuration that does not shrink says nothing about the model itself
        return None
    lengths = {"prompt_tokens": ceil(prompt_tokens * scale), "answer_tokens": ceil(answer_tokens * scale)}
    tokens: Any = SimpleNamespace(pad=0, tokenizer=SimpleNamespace(all_special_ids=[0]), **lengths)
    policy = Policy(model.train(training), tokens)
    layouts_there = [layout for layout in Layout if layout is not Layout.ROWS or place == "cpu"]
    return find_layout(policy, layouts_there, gradients=False).layout


def _shorter(config: Any, scale: float) -> dict[str, int]:
    """The configuration's distances in tokens, on another scale."""
    found = {name: getattr(config, name, None) for name in DISTANCES}
    return {name: max(1, round(size * scale)) for name, size in found.items() if isinstance(size, int) and scale < 1}
