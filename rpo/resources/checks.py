"""What cannot work is refused before a run is started: model, tokenizer, adapter, lengths and data do not go together.

Everything is asked of the model's configuration and its layers on the meta device, so no weights are read. Not the memory: that
is `rpo.resources.memory`.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from rpo import weights
from rpo.errors import RpoError, foreign
from rpo.glossary import quantity
from rpo.preferences import PreferenceSet, turns
from rpo.resources.shapes import adapted, config_of, hollow, linear_layers, shape
from rpo.spec import ALL_LINEAR, RunSpec
from rpo.tokens.tokenizer import Tokens


def check_spec(spec: RunSpec, data: PreferenceSet, tokens: Tokens) -> None:
    """Refuse in words what would fail in the run."""
    where, stamp = weights.locate(spec.model), weights.fingerprint(spec.model)
    _check_quantisation(spec, config_of(where))
    _check_positions(spec)
    _check_vocabulary(spec, tokens)
    _check_targets(where, stamp, spec.target_modules)
    _check_dialogues(data, tokens)


def _check_positions(spec: RunSpec) -> None:
    positions = shape(spec.model).positions
    for name in ("answer_tokens", "new_tokens"):
        if positions is not None and spec.prompt_tokens + getattr(spec, name) > positions:
            raise RpoError(
                f"prompt_tokens and {name} together must be at most the {quantity(positions, 'position')} that {spec.model} has "
                f"a table of, got {spec.prompt_tokens} + {getattr(spec, name)}; lower them"
            )


def _check_vocabulary(spec: RunSpec, tokens: Tokens) -> None:
    known, most = shape(spec.model).vocabulary, max(tokens.tokenizer.get_vocab().values()) + 1
    if most > known:
        raise RpoError(
            f"a tokenizer must know no more tokens than its model, that of {spec.model} has {most:,} and the model {known:,}; "
            "save the model with its own tokenizer, or resize its embeddings"
        )


def _check_quantisation(spec: RunSpec, config: Any) -> None:
    """Weights that are stored quantised need the package that wrote them; transformers' own check knows which."""
    stored = getattr(config, "quantization_config", None)
    if stored is None:
        return
    from transformers.quantizers.auto import AutoHfQuantizer

    method = str(stored.get("quant_method") if isinstance(stored, dict) else stored.quant_method)
    if spec.quantised:
        raise RpoError(
            f"a 4-bit base must be made of weights that are not quantised, those of {spec.model} are with {method}; "
            "switch 4-bit weights off, or choose the unquantised model"
        )
    rule = f"weights that are quantised with {method} must be opened by its own package, those of {spec.model} cannot be here"
    with foreign(rule, "install what is missing, or choose the unquantised model"):
        AutoHfQuantizer.from_config(stored, pre_quantized=True).validate_environment(device_map=None, weights_only=False)


def _check_targets(where: str, stamp: str, targets: str) -> None:
    if trouble := _trouble_with_targets(where, stamp, targets):
        raise RpoError(trouble)


@lru_cache
def _trouble_with_targets(where: str, _stamp: str, targets: str) -> str:
    """Why an adapter on these layers cannot be, or "": peft tries it on layers without weights."""
    config = config_of(where)
    model, named = hollow(config), RunSpec(target_modules=targets).targets
    layers = linear_layers(model)
    odd = {name: layer for name, layer in layers.items() if not _is_plain(layer)}
    fine = _last(name for name in layers if name not in odd)
    rule = f"target_modules must name linear layers of {config.model_type!r} that can carry an adapter, got {targets!r}"
    missing = [one for one in named if not _matched(layers, [one])] if named != ALL_LINEAR else []
    if missing or not _matched(layers, named):
        return f"{rule}, and there is no {', '.join(missing) or 'layer of that name'}; {_choice(fine)}"
    if unfit := _matched(odd, named):
        return f"{rule}: {', '.join(_last(unfit))} cannot, being {type(odd[unfit[0]]).__name__}; {_choice(fine)}"
    if trouble := _refused(model, named):
        return f"{rule}: {trouble}; {_choice([name for name in fine if not _refused(hollow(config), [name])])}"
    return ""


def _choice(names: Iterable[str]) -> str:
    return f"target_modules can be some of {', '.join(names)}"


def _refused(model: Any, named: str | list[str]) -> str:
    """What peft says against an adapter on these layers of a model without weights, "" if nothing."""
    try:
        adapted(model, named)
    except RpoError as error:
        return str(error.__cause__)[:200]
    return ""


def _matched(layers: Iterable[str], named: str | list[str]) -> list[str]:
    return [name for name in layers if named == ALL_LINEAR or any(f".{name}".endswith(f".{one}") for one in named)]


def _last(names: Iterable[str]) -> Iterable[str]:
    """The last parts of layers' names, each once."""
    return dict.fromkeys(name.rpartition(".")[2] for name in names)


def _is_plain(layer: Any) -> bool:
    """Whether a layer maps features to features and nothing else: some routers are linear layers by class alone."""
    import torch

    if type(layer) is torch.nn.Linear or not isinstance(layer, torch.nn.Linear):
        return True
    try:
        out = layer(torch.empty(2, layer.in_features, device="meta", dtype=layer.weight.dtype))
    except (RuntimeError, ValueError, TypeError, IndexError, AttributeError):
        return False
    return isinstance(out, torch.Tensor) and tuple(out.shape) == (2, layer.out_features)


def _check_dialogues(data: PreferenceSet, tokens: Tokens) -> None:
    """The template must take every order of turns that occurs; one prompt of each is enough to ask."""
    orders = {tuple(turn.role for turn in turns(prompt)): prompt for prompt in [*data.train["prompt"], *data.held_out_prompts]}
    for prompt in orders.values():
        tokens.prompt(prompt)
