"""Runs of older versions whose figures may be wrong: packed rows that nobody checked, and uniform weights that were none.

Which types of models were packed wrongly was found by comparing packed log-probabilities with plain ones on tiny models of about
75 types. Steps that nobody had checked when the model was next opened (`Run.opened`) are of such a version. Not a check of the
model: that is made anew by every run.
"""

from typing import Any

from rpo import weights
from rpo.glossary import quantity
from rpo.runs.run import Run
from rpo.spec import RunSpec, Weighting

ADDED_MASK = ("codegen", "gemma2", "gpt_neo", "gpt_oss", "gptj", "mpt", "vaultgemma", "xglm")
STATEFUL = (
    "bamba",
    "granitemoehybrid",
    "jamba",
    "lfm2",
    "minimax",
    "nemotron_h",
    "olmo_hybrid",
    "qwen3_5",
    "qwen3_next",
    "rwkv",
    "zamba",
)
WINDOWS = ("sliding_window", "attention_chunk_size")
ROTATIONS = ("dynamic", "longrope")


def doubt(run: Run) -> str:
    """Why the figures of a run that an older version made may be wrong, in a sentence; "" where nothing speaks against them."""
    return _of_weights(run) or _of_packing(run)


def _of_weights(run: Run) -> str:
    """Uniform weights of random batches were the identity: one effective contrast, where every row has all of them."""
    spec, first = run.spec, next(iter(run.metrics), {})
    if spec.objective.contrasts and spec.weighting is Weighting.UNIFORM and spec.contrast_size > 1 and first.get("rivals") == 1:
        return (
            "An older version of rpo trained this run with all weight on each answer's own partner, not with uniform weights: "
            "for pairs that is DPO with a smaller gradient. Its figures and its adapter are not those of uniform weights; "
            "start it again."
        )
    return ""


def _of_packing(run: Run) -> str:
    steps = len(run.metrics) if run.opened is None else run.opened["unchecked"]
    if not steps:
        return ""
    config = _config(run.spec.model)
    why = _why(config.get("text_config") or config, run.spec)
    if not why:
        return ""
    return (
        f"An older version of rpo took {steps} of this run's steps and scored models of type {config.get('model_type')} wrongly: "
        f"{why}. "
        "Its losses, margins, accuracy and adapter are not to be relied on; start it again."
    )


def _why(config: dict[str, Any], spec: RunSpec) -> str:
    kind = str(config.get("model_type", ""))
    longest = spec.prompt_tokens + 2 * spec.answer_tokens
    window = next((size for name in WINDOWS if isinstance(size := config.get(name), int) and size < longest), 0)
    rotation = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if kind.startswith(ADDED_MASK):
        return "answers saw one another"
    if kind.startswith(STATEFUL):
        return "a state went from one answer to the next"
    if window and config.get("use_sliding_window", True):
        return f"its window of {quantity(window, 'token')} was ignored in longer rows"
    if rotation.get("rope_type") in ROTATIONS:
        return "its rotations were chosen by the longest text of a batch"
    if config.get("alibi"):
        return "distances were counted over several answers"
    dropout = [name for name, value in config.items() if "drop" in name and isinstance(value, float) and value]
    if dropout and (spec.checkpointing or spec.quantised):
        return f"{dropout[0]} was at work while it trained"
    return ""


def _config(model: str) -> dict[str, Any]:
    """The model's configuration as it lies on this machine; an empty one where it does not."""
    try:
        return weights.library("transformers").PretrainedConfig.get_config_dict(weights.locate(model), local_files_only=True)[0]
    except (OSError, ValueError):
        return {}
