"""Writing answers to a batch of prompts: which of them may share a forward pass, and what that changes.

Padding on the left is invisible to most models, but not to one whose state runs over it, nor to one that chooses its rotation by
the longest prompt. So a way of batching is compared with one prompt alone before it is used. Not a server.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor

from rpo.errors import RpoError

TOKENS_COMPARED = 6  # tokens written when two ways are compared
FP32_LOGITS = 1e-3  # how far logits of two ways may lie apart in float32
LOGITS_ROUNDING = 3.0  # in other precisions: how many times what one prompt beside its own copies differs from itself alone
LEAST_LOGITS_SHARE = 2e-3  # and at least this share of the largest logit, where kernels happen to round alike


class Writing(StrEnum):
    """Which prompts are written to together. The first costs least, the last is the plain way itself."""

    BATCH = "padded batches"
    EVEN = "prompts of one length together"
    ALONE = "one prompt at a time"

    def groups(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """Numbers of the prompts that share a pass, all prompts once."""
        if self is Writing.BATCH:
            return [list(range(len(prompts)))]
        if self is Writing.ALONE:
            return [[number] for number in range(len(prompts))]
        lengths = sorted({len(prompt) for prompt in prompts})
        return [[number for number, prompt in enumerate(prompts) if len(prompt) == length] for length in lengths]


def generate_padded(model: Any, prompts: Sequence[Sequence[int]], pad: int, **options: Any) -> Any:
    """What `model.generate` returns for prompts (token ids) padded on the left; `options` go to it."""
    longest = max(map(len, prompts))
    device = model.device
    ids = torch.tensor([[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    return model.generate(input_ids=ids, attention_mask=mask, pad_token_id=pad, **options)


def generate(model: Any, prompts: Sequence[Sequence[int]], how: Writing, pad: int, **options: Any) -> list[list[int]]:
    """The new tokens of each prompt, in the prompts' order, up to and without padding."""
    written: dict[int, list[int]] = {}
    for group in how.groups(prompts):
        given = [prompts[number] for number in group]
        found = generate_padded(model, given, pad, **options)[:, max(map(len, given)) :]
        written |= dict(zip(group, found.tolist(), strict=True))
    return [written[number] for number in range(len(prompts))]


def find_writing(model: Any, prompts: Sequence[Sequence[int]], pad: int) -> Writing:
    """The first way of batching under which greedy answers equal those of one prompt alone.

    Compared are the logits (vocabulary,) of each new token as long as the tokens agree, on these prompts of different lengths.
    """
    alone = [_steps(model, [prompt], pad)[0] for prompt in prompts]
    allowed = FP32_LOGITS
    if alone[0][0].dtype != torch.float32:
        beside = _steps(model, [prompts[0]] * 3, pad)[0]
        allowed = max(
            LOGITS_ROUNDING * _apart(alone[0], beside), LEAST_LOGITS_SHARE * max(steps.abs().max().item() for steps in alone)
        )
    for how in (Writing.BATCH, Writing.EVEN):
        if _tries(lambda how=how: max(map(_apart, alone, _all_steps(model, prompts, how, pad)))) <= allowed:
            return how
    return Writing.ALONE


def _tries(distance: Callable[[], float]) -> float:
    """A way that the model's code cannot go at all is infinitely far."""
    try:
        return distance()
    except RpoError:
        raise
    except Exception:  # noqa: BLE001 - any error of a foreign model's code on this way; the plain way was taken before
        return float("inf")


def _all_steps(model: Any, prompts: Sequence[Sequence[int]], how: Writing, pad: int) -> list[Tensor]:
    found: dict[int, Tensor] = {}
    twice = prompts if how is Writing.BATCH else [*prompts, *prompts]  # so that prompts of one length do share a pass
    for group in how.groups(twice):
        found |= dict(zip(group, _steps(model, [twice[number] for number in group], pad), strict=True))
    return [found[number] for number in range(len(prompts))]


def _steps(model: Any, prompts: Sequence[Sequence[int]], pad: int) -> list[Tensor]:
    """Logits of each prompt's first new tokens, (STEPS, vocabulary) each; an end token does not stop it."""
    options = {"max_new_tokens": TOKENS_COMPARED, "min_new_tokens": TOKENS_COMPARED, "do_sample": False}
    found = generate_padded(model, prompts, pad, output_logits=True, return_dict_in_generate=True, **options)
    return list(torch.stack(found.logits, dim=1))


def _apart(one: Tensor, other: Tensor) -> float:
    """The largest difference of logits until the greedy tokens part; infinite where they part without a tie."""
    worst = 0.0
    for a, b in zip(one.float(), other.float(), strict=True):
        worst = max(worst, (a - b).abs().nan_to_num(nan=torch.inf).max().item())
        if a.argmax() != b.argmax():
            break
    return worst
