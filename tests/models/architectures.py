"""Model types of transformers, made tiny and random. A new type is one line of TYPES, with the layout it gets on a CPU.

A window, where a type has one, is 16 tokens, so that the rows of the tests are longer. Types that are not here are tried all the
same by the test of every type; what cannot be built tiny, or is no causal language model, stands in SKIPPED with the reason.
"""

from rpo.models.foreseen import miniature, random_model
from rpo.models.load import without_randomness
from rpo.models.packing import Layout

ROWS, MASK, PADDED = Layout.ROWS, Layout.MASK, Layout.PADDED
WINDOWS = ("sliding_window", "window_size", "attention_chunk_size", "attention_window_size", "local_attention")

TYPES = {
    "afmoe": ROWS,
    "apertus": ROWS,
    "arcee": ROWS,
    "bamba": PADDED,
    "biogpt": ROWS,
    "bitnet": ROWS,
    "bloom": PADDED,
    "codegen": MASK,
    "cohere": ROWS,
    "cohere2": ROWS,
    "cwm": ROWS,
    "deepseek_v3": ROWS,
    "diffllama": ROWS,
    "doge": ROWS,
    "ernie4_5": ROWS,
    "ernie4_5_moe": ROWS,
    "exaone4": ROWS,
    "falcon": MASK,
    "falcon_mamba": PADDED,
    "flex_olmo": ROWS,
    "gemma": ROWS,
    "gemma2": ROWS,
    "gemma3_text": ROWS,
    "gemma3n_text": ROWS,
    "gemma4_text": ROWS,
    "glm": ROWS,
    "glm4": ROWS,
    "gpt2": ROWS,
    "gpt_bigcode": ROWS,
    "gpt_neo": PADDED,
    "gpt_neox": ROWS,
    "gpt_oss": ROWS,
    "gptj": MASK,
    "granite": ROWS,
    "granitemoe": ROWS,
    "granitemoehybrid": PADDED,
    "granitemoeshared": ROWS,
    "helium": ROWS,
    "hunyuan_v1_dense": ROWS,
    "jamba": PADDED,
    "jetmoe": ROWS,
    "lfm2": PADDED,
    "llama": ROWS,
    "llama4_text": Layout.MASKS,
    "mamba": PADDED,
    "minimax": PADDED,
    "ministral": ROWS,
    "mistral": ROWS,
    "mixtral": ROWS,
    "modernbert-decoder": ROWS,
    "mpt": PADDED,
    "nanochat": ROWS,
    "nemotron": MASK,
    "olmo": ROWS,
    "olmo2": ROWS,
    "olmo3": ROWS,
    "olmoe": ROWS,
    "opt": ROWS,
    "persimmon": ROWS,
    "phi": ROWS,
    "phi3": ROWS,
    "phimoe": ROWS,
    "qwen2": ROWS,
    "qwen2_moe": ROWS,
    "qwen3": ROWS,
    "qwen3_5_text": PADDED,
    "qwen3_moe": ROWS,
    "qwen3_next": PADDED,
    "recurrent_gemma": PADDED,
    "rwkv": PADDED,
    "seed_oss": ROWS,
    "smollm3": ROWS,
    "stablelm": MASK,
    "starcoder2": ROWS,
    "vaultgemma": ROWS,
    "xglm": MASK,
}

ONE_OF_EACH = ("bloom", "codegen", "gemma2", "gpt2", "gpt_neo", "gpt_oss", "lfm2", "llama", "llama4_text", "mamba", "mistral")
"""Types that stand for the others: learned positions, rotations, a bias; windows, chunks, sinks, states, experts."""

FEW_HEADS = {"swa_num_attention_heads": 4, "swa_num_key_value_heads": 2, "swa_head_dim": 16}
CHANGES = {
    "bamba": {"attn_layer_indices": [1]},
    "deepseek_v2": {"num_experts_per_tok": 2, "topk_group": 1, "n_group": 1},
    "gemma3n_text": {"intermediate_size": [96] * 5},
    "granitemoehybrid": {"layer_types": ["linear_attention", "full_attention"]},
    "hrm_text": {"num_layers_per_stack": 4},
    "hunyuan_v1_dense": {"head_dim": 16},
    "hunyuan_v1_moe": {"head_dim": 16, "num_experts": 4, "moe_topk": 2},
    "inkling_text": FEW_HEADS,
    "inkling2_text": FEW_HEADS,
    "lfm2": {"layer_types": ["conv", "full_attention"]},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"]},
    "mamba2": {"num_heads": 8, "head_dim": 16},
    "ministral": {"head_dim": 16, "num_key_value_heads": 2},
    "nemotron": {"num_key_value_heads": 2, "head_dim": 16},
    "qwen2": {"use_sliding_window": True, "sliding_window": 16, "layer_types": ["full_attention", "sliding_attention"]},
}
NO_SHAPE = "its default configuration does not build"
SKIPPED = {  # cannot be tried tiny
    **dict.fromkeys(("cohere_compass_text", "dbrx", "dots1", "dots3_note", "dots3_note_text", "zamba"), NO_SHAPE),
    **dict.fromkeys(("gemma4_assistant", "gemma4_unified_assistant", "qwen4_exp", "qwen4_exp_text"), NO_SHAPE),
    **dict.fromkeys(("prophetnet", "musicgen", "musicgen_melody", "reformer"), NO_SHAPE),
    **dict.fromkeys(
        ("cpmant", "deepseek_v4", "falcon_h1", "longcat_flash", "mllama", "xlstm", "xmod", "zamba2"),
        "it does not run when shrunk",
    ),
    **dict.fromkeys(("bailing_hybrid", "kimi_linear"), "it takes minutes without kernels for a GPU"),
    "gemma3n": "it needs the package timm",
    "blt": "too large even when shrunk",
}
LATER = "must not see later tokens"
REFUSED = {  # and the words that say why
    **dict.fromkeys(
        ("bert", "bert-generation", "roc_bert", "big_bird", "camembert", "data2vec-text", "electra", "ernie", "megatron-bert"),
        LATER,
    ),
    **dict.fromkeys(("rembert", "roberta", "roberta-prelayernorm", "roformer", "xlm", "xlm-roberta", "xlm-roberta-xl"), LATER),
    "xlnet": LATER,
}
PLAIN_LAYERS = {  # where peft's "all-linear" meets a layer that cannot carry an adapter
    **dict.fromkeys(("mamba", "mamba2", "falcon_mamba"), ("in_proj",)),
    **dict.fromkeys(("falcon_h1", "nemotron_h", "phimoe", "llama4", "llama4_text"), ("q_proj", "k_proj", "v_proj", "o_proj")),
}


def config_of(kind, **change):
    """A tiny configuration of a type."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    config = CONFIG_MAPPING[kind]()
    text = config.get_text_config()
    windows = {name: 16 for name in WINDOWS if isinstance(getattr(text, name, None), int)}
    return without_randomness(miniature(config, {**windows, **CHANGES.get(kind, {}), **change}))


def model_of(kind, **change):
    """A random model of a type in float32 with a fresh adapter."""
    from peft import LoraConfig, get_peft_model

    model = random_model(config_of(kind, **change)).eval()
    layers = list(PLAIN_LAYERS[kind]) if kind in PLAIN_LAYERS else "all-linear"
    return get_peft_model(model, LoraConfig(r=2, target_modules=layers))
