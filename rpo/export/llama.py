"""A model or an adapter as GGUF, what llama.cpp and Ollama open, in float32: for models that are built as Llama is.

Names of tensors are those of the package `gguf`; rows of queries and keys are put in the order that llama.cpp's rotation expects,
as its `convert_hf_to_gguf.py` and `convert_lora_to_gguf.py` do. Not a quantiser: llama.cpp has `llama-quantize`.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpo import storage
from rpo.errors import RpoError
from rpo.export.kinds import ExportKind
from rpo.export.llama_tokens import add_tokens
from rpo.resources.shapes import config_of
from rpo.runs import Run
from rpo.weights import locate

if TYPE_CHECKING:
    import numpy as np

    from rpo.models.policy import Policy

COMMANDS = {
    ExportKind.GGUF: "export the merged model and run llama.cpp's convert_hf_to_gguf.py FOLDER",
    ExportKind.GGUF_ADAPTER: "export the adapter and run llama.cpp's convert_lora_to_gguf.py --base BASE FOLDER",
}
WHOLE, ADAPTER = "model.gguf", "adapter.gguf"
MODELFILE = """# For Ollama: ollama create NAME -f Modelfile. rpo has not tried this file with Ollama.
# Ollama takes the chat template from the GGUF file if it knows it; otherwise add one with TEMPLATE.
FROM ./{}
"""


def check_llama(run: Run, kind: ExportKind) -> None:
    """Refuse what is not written as GGUF here, with llama.cpp's own command."""
    config = config_of(locate(run.spec.model))
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    plain = not getattr(config, "attention_bias", False) and not getattr(config, "mlp_bias", False)
    if config.model_type != "llama" or rope != "default" or not plain:
        raise RpoError(
            f"GGUF is written here for models built as Llama is, with plain rotations and no biases, {run.spec.model} is "
            f"{config.model_type} with {rope} rotations; {COMMANDS[kind]}"
        )
    if kind is ExportKind.GGUF_ADAPTER:
        _check_adapter(run)


def _check_adapter(run: Run) -> None:
    """Only plain and rank-stabilised LoRA can be said in a GGUF adapter."""
    known = _adapter_config(run)
    beyond = [name for name in ("use_dora", "modules_to_save", "alpha_pattern", "rank_pattern") if known.get(name)]
    if beyond:
        raise RpoError(f"a GGUF adapter must be plain LoRA, {run.name} has {', '.join(beyond)}; export the GGUF model")


def write_whole(run: Run, whole: "Policy", folder: Path) -> None:
    """Write a merged Llama with its tokenizer into one file, and Ollama's description of it beside."""
    from gguf import GGUFWriter, LlamaFileType

    config, writer = whole.model.config, GGUFWriter(folder / WHOLE, "llama")
    writer.add_type("model")
    writer.add_name(run.title)
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_quantization_version(2)
    _add_shape(writer, config)
    add_tokens(writer, whole.tokenizer, config.vocab_size, whole.tokens.ends)
    tied = config.tie_word_embeddings
    for name, value in whole.model.state_dict().items():
        if not (tied and name == "lm_head.weight"):
            writer.add_tensor(_named(name, config), _ordered(name, value.float().numpy(), config))
    _finish(writer)
    (folder / "Modelfile").write_text(MODELFILE.format(WHOLE), "utf-8")


def write_adapter(run: Run, folder: Path) -> None:
    """Write a run's adapter into one file, to be opened beside its base."""
    from gguf import GGUFWriter, LlamaFileType
    from safetensors.numpy import load_file

    assert run.adapter is not None
    config, known = config_of(locate(run.spec.model)), _adapter_config(run)
    rank, alpha = known["r"], known["lora_alpha"]
    writer = GGUFWriter(folder / ADAPTER, "llama")
    writer.add_type("adapter")
    writer.add_name(run.title)
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha * rank**0.5 if known.get("use_rslora") else alpha)
    for key, value in load_file(run.adapter / "adapter_model.safetensors").items():
        layer, side = key.removeprefix("base_model.model.").removesuffix(".weight").rsplit(".", 1)
        part = value.astype("float32")
        rows = part if side == "lora_A" else _ordered(f"{layer}.weight", part, config)
        writer.add_tensor(f"{_in_block(layer, config)}.{side.lower()}", rows)
    _finish(writer)
    (folder / "Modelfile").write_text(MODELFILE.format("BASE.gguf") + f"ADAPTER ./{ADAPTER}\n", "utf-8")


def _adapter_config(run: Run) -> dict[str, Any]:
    return storage.read_json(run.folder / "adapter" / "adapter_config.json", dict[str, Any])


def _add_shape(writer: Any, config: Any) -> None:
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(width)
    if width * config.num_attention_heads != config.hidden_size:
        writer.add_key_length(width)
        writer.add_value_length(width)


def _named(name: str, config: Any) -> str:
    """The name that llama.cpp has for a tensor."""
    from gguf import MODEL_ARCH, get_tensor_name_map

    found = get_tensor_name_map(MODEL_ARCH.LLAMA, config.num_hidden_layers).get_name(name, (".weight",))
    if found is None:
        raise RpoError(f"each tensor must be one that llama.cpp's Llama has, {name} is none; {COMMANDS[ExportKind.GGUF]}")
    return found


def _in_block(layer: str, config: Any) -> str:
    """The name of an adapted tensor, which must lie in a block: head and embedding may share one."""
    found = _named(f"{layer}.weight", config)
    if not found.startswith("blk."):
        raise RpoError(f"a GGUF adapter must leave head and embedding alone, this one has {layer}; export the GGUF model")
    return found


def _ordered(name: str, value: "np.ndarray", config: Any) -> "np.ndarray":
    """Rows of queries and keys, (heads · width, …): transformers rotates the halves of a head, llama.cpp neighbours."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None:
        return value
    return value.reshape(heads, 2, -1, *value.shape[1:]).swapaxes(1, 2).reshape(value.shape)


def _finish(writer: Any) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
