"""The whole model with the adapter in its weights, and how far it is from the trained one. Loads torch, transformers and peft.

The model is opened on the CPU in float32, so that nothing is rounded before it is written.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rpo import jobs, weights
from rpo.errors import RpoError, foreign
from rpo.export.difference import MergeDifference
from rpo.export.kinds import ExportKind
from rpo.models.load import open_base, with_saved_adapter
from rpo.models.policy import Policy
from rpo.preferences import load
from rpo.runs import Run
from rpo.tokens.tokenizer import Tokens
from rpo.tokens.types import Row

ROWS = 12  # held-out rows on which the merged model is compared with the trained one
WRITTEN_IN = {ExportKind.MERGED_BF16: torch.bfloat16}  # of the weights that are written; float32 where a kind is not named


def measured(run: Run, kind: ExportKind, progress: jobs.Progress) -> tuple[Policy, MergeDifference]:
    """The merged model with its weights as the file will hold them, and its difference from the trained one, if that is small."""
    policy = _opened(run)
    held_out = _held_out(run, policy)
    rows = held_out or policy.some_rows()
    progress(0.2, "scoring the trained model")
    before = _scores(policy, rows)
    progress(0.4, "merging the adapter")
    whole = Policy(merge(policy.model), policy.tokens)
    round_weights(whole.model, WRITTEN_IN.get(kind, torch.float32))
    progress(0.5, "scoring the merged model")
    apart = (_scores(whole, rows) - before).abs()
    found = MergeDifference(len(apart), apart.mean().item(), apart.max().item(), bool(held_out))
    if not found.largest <= kind.about.allowed:
        other = ExportKind.MERGED if kind is ExportKind.MERGED_BF16 else ExportKind.ADAPTER
        raise RpoError(
            f"a {kind} export may differ from the trained model by {kind.about.allowed:g} nats in the sum of an answer, "
            f"{run.name} differs by {found.largest:.3g}; export {other}"
        )
    return whole, found


def merge(model: Any) -> Any:
    """A peft model's base with the adapter in its weights; a head that shared its weights with the embedding gets its own."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    base: Any = model.get_base_model()
    head, embedding = base.get_output_embeddings(), base.get_input_embeddings()
    changed = any(isinstance(part, BaseTunerLayer) or hasattr(part, "modules_to_save") for part in (head, embedding))
    if changed and base.config.get_text_config().tie_word_embeddings:
        for layer in (head, embedding):
            inner: Any = layer.get_base_layer() if isinstance(layer, BaseTunerLayer) else layer  # pyright: ignore[reportCallIssue]
            if not hasattr(layer, "modules_to_save"):
                inner.weight = torch.nn.Parameter(inner.weight.detach().clone())
        base.config.get_text_config().tie_word_embeddings = False
    return model.merge_and_unload()


@torch.no_grad()
def round_weights(model: Any, dtype: torch.dtype) -> None:
    """Round each weight as `dtype` holds it; the model still computes in float32."""
    for value in {id(one): one for one in model.parameters()}.values():
        value.copy_(value.to(dtype))


def write_model(run: Run, whole: Policy, kind: ExportKind, folder: Path) -> None:
    """Write a merged model as its kind asks for."""
    rule, step = f"{folder.parent} must take the merged model, it could not be written", "make room and try again"
    with foreign(rule, step):
        if kind is ExportKind.GGUF:
            from rpo.export.llama import write_whole

            write_whole(run, whole, folder)
            return
        _write_safetensors(run, whole, WRITTEN_IN.get(kind, torch.float32), folder)


def _write_safetensors(run: Run, whole: Policy, dtype: torch.dtype, folder: Path) -> None:
    """As `from_pretrained` opens it, with the base's own configuration: what training turned off is as it was."""
    from transformers import AutoConfig

    model = whole.model.to(dtype)
    model.save_pretrained(folder)
    config = AutoConfig.from_pretrained(weights.openable(run.spec.model), trust_remote_code=False)
    config.dtype, config.architectures = dtype, [type(model).__name__]
    config.get_text_config().tie_word_embeddings = model.config.get_text_config().tie_word_embeddings
    config.name_or_path = ""  # a path of this machine is of no use elsewhere
    config.save_pretrained(folder)
    whole.tokenizer.save_pretrained(folder)


def _opened(run: Run) -> Policy:
    spec = run.spec
    assert run.adapter is not None
    tokenizer, base = open_base(spec, torch.device("cpu"), torch.float32)
    with weights.without_bitsandbytes():
        model = with_saved_adapter(base, run.adapter)
    return Policy(model.float().eval(), Tokens(tokenizer, spec.prompt_tokens, spec.answer_tokens))


def _held_out(run: Run, policy: Policy) -> list[Row]:
    """The first held-out rows of the run's data, none once these went away."""
    try:
        found = load(run.spec.data).held_out
    except RpoError:
        return []
    sides = [name for name in ("chosen", "rejected", "answer") if name in found.column_names]
    return [
        policy.row(row["prompt"], *(row[side] for side in sides)) for row in found.select(range(min(ROWS, len(found)))).to_list()
    ]


@torch.no_grad()
def _scores(policy: Policy, rows: Sequence[Row]) -> Tensor:
    """Summed log-probabilities of all answers, (answers,), in nats, a few rows at a time."""
    return torch.cat([policy.logprobs([row]) for row in rows])
