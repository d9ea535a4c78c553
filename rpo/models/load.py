"""Opening a model for training or for answers: with which adapter, in 4 bits or not, shared by processes or not.

Safetensors only, no remote code. Nothing draws at random, and how rows are laid out is checked (`rpo.models.check`). Not a hub
client: a name is a demo model, a local folder or a Hugging Face id (`rpo.weights`).
"""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from rpo import weights
from rpo.errors import RpoError, foreign
from rpo.models.device import device, dtype_of
from rpo.models.distributed import ALONE, Distributed, shard
from rpo.models.layouts import settle
from rpo.models.policy import Policy
from rpo.spec import RunSpec
from rpo.tokens.tokenizer import Tokens

RANDOM_PARTS = (
    "drop",
    "jitter",
)  # parts of names of what draws at random in training mode, where checkpointed and 4-bit runs are


def open_policy(spec: RunSpec, adapter: Path | None = None, *, trainable: bool = True, world: Distributed = ALONE) -> Policy:
    """The spec's model with a fresh seeded adapter, with a saved one, or (not trainable, no adapter) bare as the baseline."""
    place = device()
    tokenizer, model = open_base(spec, place)
    with nullcontext() if spec.quantised else weights.without_bitsandbytes():
        if adapter is not None:
            model = with_saved_adapter(model, adapter)
        elif trainable:
            model = with_adapter(spec, model)
    if not spec.quantised and not world.sharded:
        model = model.to(place)
    model.train(spec.checkpointing or spec.quantised)  # both work in training mode alone; there is no dropout to mind
    policy = Policy(model, Tokens(tokenizer, spec.prompt_tokens, spec.answer_tokens))
    if spec.checkpointing and trainable and adapter is None:
        policy.checkpoint_activations()
    if world.sharded:
        shard(policy.layers, world)
    settle(policy, spec, world, trainable=trainable and adapter is None)
    return policy


def open_base(spec: RunSpec, place: torch.device, dtype: torch.dtype | None = None) -> tuple[Any, Any]:
    """Tokenizer and bare model, in numbers of `dtype` or those of the place; on the device already where it is quantised."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # opening takes a second; its bars would only break ours
    where, safe = weights.openable(spec.model), {"use_safetensors": True, "trust_remote_code": False}
    options: dict[str, Any] = {"dtype": dtype or dtype_of(place), **safe}
    if spec.quantised:
        options |= {"quantization_config": _four_bits(place), "device_map": {"": place}}
    rule = f"the model must be a folder or hub id with safetensors, {spec.model!r} did not open"
    try:
        with foreign(rule, "check the name and the files, and install what is missing"):
            tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
            config = without_randomness(AutoConfig.from_pretrained(where, trust_remote_code=False))
            return tokenizer, AutoModelForCausalLM.from_pretrained(where, config=config, **options)
    except RpoError as error:
        if spec.quantised and isinstance(error.__cause__, ImportError):
            raise RpoError(f"4-bit weights need bitsandbytes: {error}; pip install -e '.[qlora]'") from error
        raise


def _four_bits(place: torch.device) -> Any:
    """QLoRA's base (arXiv 2305.14314): NormalFloat4, its constants quantised once more."""
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype_of(place)
    )


def with_saved_adapter(model: Any, adapter: Path) -> Any:
    """The model with the adapter of this folder."""
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter))


def with_adapter(spec: RunSpec, model: Any) -> Any:
    """The model with a fresh, seeded adapter."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(spec.seed)
    shape = {"r": spec.lora_rank, "lora_alpha": spec.lora_alpha, "lora_dropout": 0.0}
    return get_peft_model(model, LoraConfig(**shape, target_modules=spec.targets, task_type="CAUSAL_LM"))


def without_randomness(config: Any) -> Any:
    """The configuration, and those inside it, without dropout, layer drop or router jitter: two passes must be one function."""
    for name, value in vars(config).items():
        if isinstance(value, float) and any(part in name.lower() for part in RANDOM_PARTS):
            setattr(config, name, 0.0)
        elif hasattr(value, "to_dict"):
            without_randomness(value)
    return config
