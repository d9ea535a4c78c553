"""Switches of peft and transformers that these packages keep to themselves, and that we use all the same: each one once, here.

A later version may rename any of them without a word: then a test of this file fails, and here is where to look for what took its
place. Not for what the packages offer openly.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

ADAPTER_OFF = "_disable_adapters"
"""peft, a tuner layer: True leaves its adapters out of the forward pass. Since 0.7; `enable_adapters` is the public way."""
ADAPTERS_ON = "_active_adapter"
"""peft, a tuner layer: the names of the adapters at work. Since 0.7; `set_adapter` is the public way."""
ATTENTION = "_attn_implementation"
"""transformers, a configuration: the name of the attention that the model was opened with. Since 4.36; there is no other way."""
CAN_SET_ATTENTION = "_can_set_attn_implementation"
"""transformers, a model's class: whether its code asks for attention by name, so that ours can be given. Since 4.53."""


@contextmanager
def without_adapter(layers: Iterable[Any]) -> Generator[None]:
    """Inside, these tuner layers are those of the base model.

    peft's public ways also turn `requires_grad` off and on, which sharded parameters do not survive.
    """
    with _set(layers, ADAPTER_OFF, True, False):
        yield


@contextmanager
def using_adapter(layers: Iterable[Any], name: str, usual: str) -> Generator[None]:
    """Inside, these tuner layers work with the adapter `name`, afterwards with the `usual` one."""
    with _set(layers, ADAPTERS_ON, [name], [usual]):
        yield


@contextmanager
def _set(layers: Iterable[Any], switch: str, there: Any, back: Any) -> Generator[None]:
    layers = list(layers)
    for layer in layers:
        setattr(layer, switch, there)
    try:
        yield
    finally:
        for layer in layers:
            setattr(layer, switch, back)


def attention_of(model: Any) -> str:
    """The attention implementation that the model was opened with."""
    return getattr(model.config, ATTENTION)


def takes_attention(model: Any) -> bool:
    """Whether the model's code asks for its attention by name."""
    return getattr(model, CAN_SET_ATTENTION)()
