"""Shapes without contents: of a model, from its configuration alone, and of data, from a sample of its rows in tokens.

They decide memory and time (`rpo.training.estimate`). A model is built on torch's meta device, so nothing is downloaded but
`config.json`, and that only for a hub id. Not a loader: `rpo.training.opening` opens models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import Kind, PreferenceSet
from rpo.training.spec import RunSpec

if TYPE_CHECKING:
    from rpo.training.packing import Row

SAMPLE = 500  # rows whose tokens are counted


@dataclass(frozen=True)
class Shape:
    """Counts of a causal language model.

    `linear` parameters lie in the linear layers that carry an adapter, of `parameters` in all. `width` sums the features that
    go into and come out of these layers: a LoRA of rank r has r · width parameters, and a training step keeps about `width`
    numbers a token. `cached` numbers a token stay in the cache of keys and values while answers are written.
    """

    parameters: int
    linear: int
    width: int
    layers: int
    hidden: int
    vocabulary: int
    cached: int


def shape(name: str) -> Shape:
    """The shape of a demo model, a local folder or a Hugging Face id."""
    return _shape(weights.locate(name), weights.fingerprint(name))


@lru_cache
def _shape(where: str, _stamp: str) -> Shape:
    try:
        return shape_of(weights.library("transformers").AutoConfig.from_pretrained(where, trust_remote_code=False))
    except (OSError, ValueError) as error:
        raise _closed("configuration", where, error) from error


def shape_of(config: Any) -> Shape:
    """The shape of a transformers configuration."""
    import torch

    text = config.get_text_config()
    with torch.device("meta"):
        model = weights.library("transformers").AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    sizes = _adapted(model)
    heads, layers, hidden = text.num_attention_heads, text.num_hidden_layers, text.hidden_size
    keys = (getattr(text, "num_key_value_heads", None) or heads) * (getattr(text, "head_dim", None) or hidden // heads)
    return Shape(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        linear=sum(ins * outs for ins, outs in sizes),
        width=sum(ins + outs for ins, outs in sizes),
        layers=layers,
        hidden=hidden,
        vocabulary=text.vocab_size,
        cached=2 * layers * keys,
    )


def _adapted(model: Any) -> list[tuple[int, int]]:
    """Both sides of each layer that peft's "all-linear" adapts: all but the head. GPT-2's Conv1D is a linear layer too."""
    import torch
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear | Conv1D) and layer is not head]
    return [(layer.weight.shape[0], layer.weight.shape[1]) for layer in layers]


@dataclass(frozen=True)
class Lengths:
    """Tokens of the rows to train on: mean and longest row (a prompt with its answers), the answers' part of the mean.

    `rows` says how many there are; without it every step is taken to meet new ones.
    """

    mean: float
    longest: int
    answers: float
    rows: int | None = None

    @classmethod
    def of(cls, rows: "Sequence[Row]", count: int | None = None) -> "Lengths":
        """Lengths of rows in tokens, which may be a sample of `count`."""
        if not rows:
            raise RpoError("lengths must be of at least one row, got none; choose data with rows to train on")
        lengths, number = [row.length for row in rows], count or len(rows)
        answers = sum(len(answer) for row in rows for answer in row.answers)
        return cls(sum(lengths) / len(rows), max(lengths), answers / len(rows), number)

    @classmethod
    def limit(cls, spec: RunSpec) -> "Lengths":
        """The longest rows that a spec allows."""
        answers = spec.answer_tokens * (2 if spec.objective.kind is Kind.PAIRED else 1)
        return cls(spec.prompt_tokens + answers, spec.prompt_tokens + answers, answers)

    def within(self, spec: RunSpec) -> "Lengths":
        """These lengths after a spec's limits."""
        limit = Lengths.limit(spec)
        answers = min(self.answers, limit.answers)
        return Lengths(min(self.mean, limit.mean), min(self.longest, limit.longest), answers, self.rows)


def lengths(spec: RunSpec, data: PreferenceSet) -> Lengths:
    """Lengths of a seeded sample of the rows to train on; opens the tokenizer, not the model."""
    from rpo.training.policy import Policy

    where = weights.locate(spec.model)
    try:
        tokenizer = weights.library("transformers").AutoTokenizer.from_pretrained(where, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _closed("tokenizer", where, error) from error
    row = Policy(None, tokenizer, spec.prompt_tokens, spec.answer_tokens).row
    names = ("prompt", "chosen", "rejected") if data.kind is Kind.PAIRED else ("prompt", "answer")
    drawn = data.train.shuffle(seed=spec.seed).select(range(min(SAMPLE, len(data.train))))
    return Lengths.of([row(*texts) for texts in zip(*(drawn[name] for name in names), strict=True)], len(data.train))


def _closed(what: str, where: str, error: Exception) -> RpoError:
    return RpoError(
        f"a model must have a {what} that transformers can open, that of {where!r} did not ({str(error)[:200]}); check the name, "
        "the connection, and for a gated model your access"
    )
