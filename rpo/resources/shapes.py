"""Shapes without contents: of a model, from its configuration alone, and of data, from a sample of its rows in tokens.

They decide memory and time (`rpo.resources.memory`). A model is built on torch's meta device, so nothing is downloaded but
`config.json`, and that only for a hub id. Not a loader: `rpo.models.load` opens models.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpo import storage, weights
from rpo.errors import RpoError, foreign
from rpo.preferences import Kind, PreferenceSet
from rpo.spec import ALL_LINEAR, RunSpec
from rpo.tokens.cuts import Drawn, sample_sizes

if TYPE_CHECKING:
    from rpo.tokens.types import Row

CONFIG_NEXT_STEP = "check the name, the connection, and for a gated model your access"
POSITIONS = ("n_positions", "n_ctx", "max_position_embeddings", "max_target_positions", "max_seq_len")  # as configurations say it


@dataclass(frozen=True)
class ModelShape:
    """Counts of a causal language model.

    `linear` parameters lie in the linear layers that carry an adapter, of `parameters` in all. `width` sums the features that
    go into and come out of these layers: a LoRA of rank r has r · width parameters, and a training step keeps about `width`
    numbers a token. `cached` numbers a token stay in the cache of keys and values while answers are written.
    `positions` is how many the model has a table of, None where it computes them.
    """

    parameters: int
    linear: int
    width: int
    layers: int
    hidden: int
    vocabulary: int
    cached: int
    positions: int | None = None


def shape(name: str) -> ModelShape:
    """The shape of a demo model, a local folder or a Hugging Face id."""
    return _shape(weights.locate(name), weights.fingerprint(name))


@lru_cache
def _shape(where: str, _stamp: str) -> ModelShape:
    return shape_of(config_of(where))


def config_of(where: str) -> Any:
    """The configuration of a model's folder or hub id; an adapter's is refused with the name of its model."""
    transformers = weights.library("transformers")
    try:
        with foreign(
            f"a model must have a configuration that transformers can open, that of {where!r} did not", CONFIG_NEXT_STEP
        ):
            return transformers.AutoConfig.from_pretrained(where, trust_remote_code=False)
    except RpoError:
        if adapted := _adapted_model(where):
            raise RpoError(f"a model must be a whole one, {where!r} is an adapter of {adapted}; choose {adapted}") from None
        raise


def _adapted_model(where: str) -> str:
    """The model that an adapter belongs to; "" for what is no adapter."""
    from transformers.utils.peft_utils import find_adapter_config_file

    with foreign("an adapter's configuration must open", CONFIG_NEXT_STEP):
        path = find_adapter_config_file(where)
    return str(storage.read_json(Path(path), dict[str, Any]).get("base_model_name_or_path") or "an unnamed model") if path else ""


def hollow(config: Any) -> Any:
    """A transformers configuration's causal language model on torch's meta device: all of its layers, no weights."""
    import torch

    rule = f"a model must be a causal language model that transformers can build, {config.model_type!r} could not be"
    with foreign(rule, "choose another model, or install what is missing"), weights.BUILDING, torch.device("meta"):
        return weights.library("transformers").AutoModelForCausalLM.from_config(config, trust_remote_code=False)


def shape_of(config: Any) -> ModelShape:
    """The shape of a transformers configuration."""
    model = hollow(config)
    with foreign(f"the layers of a model must be countable, those of {config.model_type!r} are not", "choose another model"):
        return _counted(model, config.get_text_config())


def _counted(model: Any, text: Any) -> ModelShape:
    from torch.nn import ModuleList

    sizes = [layer.weight.shape for layer in linear_layers(model).values()]
    stacks = (len(part) for part in model.modules() if isinstance(part, ModuleList))
    layers = getattr(text, "num_hidden_layers", None) or max(stacks, default=1)
    embedding = model.get_input_embeddings().weight.shape
    positions = _positions(model, text)
    return ModelShape(
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        linear=sum(ins * outs for ins, outs in sizes),
        width=_width(model, sizes),  # the last to look at the model, which then has an adapter
        layers=layers,
        hidden=getattr(text, "hidden_size", None) or embedding[1],
        vocabulary=getattr(text, "vocab_size", None) or embedding[0],
        cached=2 * sum(_keys(each) for each in _by_layer(text, layers)),
        positions=positions,
    )


def _width(model: Any, sizes: Sequence[Sequence[int]]) -> int:
    """Parameters of an adapter of rank 1, as peft makes it: in some mixtures of experts it has more than linear layers."""
    try:
        return adapted(model, ALL_LINEAR)
    except RpoError:  # other layers can be named, and no choice of them has more
        return sum(ins + outs for ins, outs in sizes)


def adapted(model: Any, targets: str | list[str]) -> int:
    """Let peft put an adapter of rank 1 on a hollow model's layers; returns its parameters, or refuses in peft's words."""
    import torch

    refused = foreign("an adapter must fit its layers", f"choose other layers than {targets}")
    with refused, weights.BUILDING, weights.without_bitsandbytes(), torch.device("meta"):
        from peft import LoraConfig, get_peft_model

        lora = LoraConfig(r=1, target_modules=targets, task_type="CAUSAL_LM")
        model = get_peft_model(model, lora, low_cpu_mem_usage=True)
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def _by_layer(text: Any, layers: int) -> Sequence[Any]:
    """A configuration a layer, for some models' differ."""
    return text.per_layer_config if getattr(text, "is_heterogeneous", False) else [text] * layers


def _keys(text: Any) -> int:
    """Numbers that a layer's keys have a token; a layer without attention has none, and its state does not grow."""
    heads = getattr(text, "num_attention_heads", None)
    if not heads:
        return 0
    return (getattr(text, "num_key_value_heads", None) or heads) * (getattr(text, "head_dim", None) or text.hidden_size // heads)


def _positions(model: Any, text: Any) -> int | None:
    """How many positions a model has a table of, learned or computed once; None where positions are computed as they come.

    Such a table has as many rows as the configuration says there are positions (some learned ones one or two more).
    """
    import torch

    said = {value for name in POSITIONS if isinstance(value := getattr(text, name, None), int)}
    learned = (part.weight.shape[0] for part in model.modules() if isinstance(part, torch.nn.Embedding))
    fixed = (table.shape[0] for table in model.buffers() if table.dim() == 2)
    found = {count for count in said for rows in learned if rows - count in (0, 1, 2) and rows != text.vocab_size}
    found |= {count for count in said for rows in fixed if rows == count}
    found |= {part.max_seq_length for part in model.modules() if isinstance(getattr(part, "max_seq_length", None), int)}
    return min(found, default=None)


def linear_layers(model: Any) -> dict[str, Any]:
    """The layers that peft's "all-linear" adapts, by name: all but the head. GPT-2's Conv1D is a linear layer too."""
    import torch
    from transformers.pytorch_utils import Conv1D

    head, kinds = model.get_output_embeddings(), torch.nn.Linear | Conv1D
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, kinds) and layer is not head}


@dataclass(frozen=True)
class Lengths:
    """Tokens of the rows to train on: mean and longest row (a prompt with its answers), the answers' part of the mean.

    `rows` says how many there are; without it every step is taken to meet new ones. Rows of pairs that are not `packed` pass the
    model with the prompt before each answer.
    """

    mean: float
    longest: int
    answers: float
    rows: int | None = None
    packed: bool = True

    @classmethod
    def of(cls, rows: "Sequence[Row]", count: int | None = None) -> "Lengths":
        """Lengths of rows in tokens, which may be a sample of `count`."""
        if not rows:
            raise RpoError("lengths must be of at least one row, got none; choose data with rows to train on")
        return cls.counted([(row.length, sum(map(len, row.answers))) for row in rows], count or len(rows))

    @classmethod
    def counted(cls, sizes: Sequence[tuple[int, int]], count: int) -> "Lengths":
        """Of rows with so many tokens, so many of them the answers'."""
        totals, answers = zip(*sizes, strict=True)
        return cls(sum(totals) / len(sizes), max(totals), sum(answers) / len(sizes), count)

    @classmethod
    def limit(cls, spec: RunSpec) -> "Lengths":
        """The longest rows that a spec allows."""
        answers = spec.answer_tokens * (2 if spec.objective.kind is Kind.PAIRED else 1)
        return cls(spec.prompt_tokens + answers, spec.prompt_tokens + answers, answers)

    @property
    def doubled(self) -> float:
        """How many times the positions a pair takes where each of its answers has the prompt before it."""
        return 2 - self.answers / self.mean

    @property
    def laid_out(self) -> "Lengths":
        """These rows as the model passes them: those of pairs that cannot be packed have their prompt twice."""
        if self.packed:
            return self
        return replace(self, mean=self.mean * self.doubled, longest=ceil(self.longest * self.doubled))

    def within(self, spec: RunSpec) -> "Lengths":
        """These lengths after a spec's limits."""
        limit = Lengths.limit(spec)
        answers = min(self.answers, limit.answers)
        return replace(self, mean=min(self.mean, limit.mean), longest=min(self.longest, limit.longest), answers=answers)


def token_lengths(spec: RunSpec, data: PreferenceSet, drawn: Drawn | None = None) -> Lengths:
    """Lengths of a seeded sample of the rows to train on, after the spec's limits; opens the tokenizer, not the model."""
    from rpo.tokens.tokenizer import tokens_of

    drawn = drawn or sample_sizes(tokens_of(spec), data, spec.seed)
    prompts = [min(size.prompt, spec.prompt_tokens) for size in drawn.sizes]
    answers = [sum(min(length, spec.answer_tokens) for length in size.answers) for size in drawn.sizes]
    return Lengths.counted([(one + other, other) for one, other in zip(prompts, answers, strict=True)], drawn.rows)
