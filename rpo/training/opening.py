"""Opening a model for training or for answers: which device, in what precision, with which adapter.

Safetensors only, no remote code. Dropout is switched off: two passes over a micro-batch must see one function. Not a hub
client: a name is a demo model, a local folder or a Hugging Face id (`rpo.weights`).
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from rpo import weights
from rpo.errors import RpoError, foreign
from rpo.training.fitting import shared
from rpo.training.parallel import ALONE, World, shard
from rpo.training.policy import Policy
from rpo.training.shape import shape
from rpo.training.spec import RunSpec


def device() -> torch.device:
    """The best device of this machine: CUDA, Apple's, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def precision(spec: RunSpec, place: torch.device) -> str:
    """In what numbers the model is held, in words; sums of log-probabilities are fp32 everywhere."""
    held = "bf16" if place.type == "cuda" else "fp32"
    return f"4 bit (nf4), {held} compute" if spec.quantised else held


def describe(spec: RunSpec, place: torch.device) -> str:
    """Device and precision in words, for the page."""
    names = {"cuda": lambda: torch.cuda.get_device_name(place), "mps": lambda: "Apple GPU"}
    name = names.get(place.type, lambda: f"CPU, {torch.get_num_threads()} threads")()
    return f"{name}, {precision(spec, place)}"


def share(spec: RunSpec, world: World) -> World:
    """The same processes, holding one model between them where a model each cannot fit their GPUs."""
    if world.size == 1 or world.sharded or not torch.cuda.is_available():
        return world
    memory = torch.cuda.get_device_properties(device()).total_memory
    return replace(world, sharded=shared(spec, shape(spec.model), "cuda", memory, world.size))


def open_policy(spec: RunSpec, adapter: Path | None = None, *, trainable: bool = True, world: World = ALONE) -> Policy:
    """The spec's model with a fresh seeded adapter, with a saved one, or (not trainable, no adapter) bare as the baseline."""
    from peft import PeftModel

    place = device()
    tokenizer, model = _base(spec, place, world)
    _drop_nothing(model)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    elif trainable:
        model = _with_adapter(spec, model)
    if not spec.quantised and not world.sharded:
        model = model.to(place)
    model.train(spec.checkpointing or spec.quantised)  # both work in training mode alone; there is no dropout to mind
    policy = Policy(model, tokenizer, spec.prompt_tokens, spec.answer_tokens)
    if spec.checkpointing and trainable and adapter is None:
        policy.checkpoint_activations()
    if world.sharded:
        shard(policy.layers, world)
    return policy


def _base(spec: RunSpec, place: torch.device, world: World) -> tuple[Any, Any]:
    """Tokenizer and bare model; on the device already where it is quantised, still on the CPU where it will be sharded."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # opening takes a second; its bars would only break ours
    where, safe = weights.locate(spec.model), {"use_safetensors": True, "trust_remote_code": False}
    options: dict[str, Any] = {"dtype": torch.bfloat16 if place.type == "cuda" else torch.float32, **safe}
    if spec.quantised:
        options |= {"quantization_config": _four_bits(place), "device_map": {"": place}}
    rule = f"the model must be a folder or hub id with safetensors, {spec.model!r} did not open"
    try:
        with foreign(rule, "check the name and the files, and install what is missing"):
            tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
            return tokenizer, AutoModelForCausalLM.from_pretrained(where, **options)
    except RpoError as error:
        if spec.quantised and isinstance(error.__cause__, ImportError):
            raise RpoError(f"4-bit weights need bitsandbytes: {error}; pip install -e '.[qlora]'") from error
        raise


def _four_bits(place: torch.device) -> Any:
    """QLoRA's base (arXiv 2305.14314): NormalFloat4, its constants quantised once more."""
    from transformers import BitsAndBytesConfig

    compute = torch.bfloat16 if place.type == "cuda" else torch.float32
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=compute
    )


def _with_adapter(spec: RunSpec, model: Any) -> Any:
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(spec.seed)
    shape = {"r": spec.lora_rank, "lora_alpha": spec.lora_alpha, "lora_dropout": 0.0}
    return get_peft_model(model, LoraConfig(**shape, target_modules=spec.targets, task_type="CAUSAL_LM"))


def _drop_nothing(model: torch.nn.Module) -> None:
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(getattr(module, "attention_dropout", None), float):
            module.attention_dropout = 0.0  # pyright: ignore[reportArgumentType]
