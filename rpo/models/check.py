"""Is a model scored as the plain way scores it? Found out before a run, for the model, lengths and mode that it will run with.

The plain way is one forward pass for a prompt and one answer, no cache, no padding. Layouts are tried from the cheapest on; the
first that agrees with the plain way, in sums and in gradients, is used. Compared with the plain way only: two packed layouts can
be wrong alike. Not a test of whether the model is any good.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from rpo.errors import RpoError
from rpo.models.distributed import full_tensor
from rpo.models.packing import Layout
from rpo.models.policy import Policy
from rpo.tokens.types import Row

FP32_TOLERANCE = 1e-3  # nats that a sum may differ in float32,
RELATIVE = 2e-6  # or this share of it, where sums are long
SLOPES = 1e-3  # share of the gradient's length that gradients may differ in float32
SUMS_ROUNDING = 3.0  # in other precisions: how many times what rounding moves the plain way by


@dataclass(frozen=True)
class Fault:
    """What is wrong with a layout, in words."""

    layout: Layout
    words: str


@dataclass(frozen=True)
class FoundLayout:
    """The layout that was taken: largest difference to the plain way in nats a sum, and as a share of the gradient."""

    layout: Layout
    difference: float
    gradient: float | None
    faults: tuple[Fault, ...] = ()


def find_layout(policy: Policy, layouts: Sequence[Layout] = tuple(Layout), *, gradients: bool = True) -> FoundLayout:
    """The first of the layouts under which the policy scores as the plain way does, which it uses from now on.

    An `RpoError` names the architecture and what is wrong with each if there is none.
    """
    trial = Trial(policy, policy.some_rows(), gradients)
    trial.check_plain()
    return trial.first(layouts)


Single = tuple[Row, tuple[int, ...]]  # an answer, and the row it is of


@dataclass
class Trial:
    """One model in the mode it will run with, some rows, and what the plain way says of them."""

    policy: Policy
    rows: list[Row]
    gradients: bool = True

    @cached_property
    def singles(self) -> list[Single]:
        """Each answer with its row, in the order of `Policy.logprobs`."""
        return [(row, answer) for row in self.rows for answer in row.answers]

    @cached_property
    def plain(self) -> "CheckedScores":
        """What one forward pass for each answer gives."""
        return self._scored(lambda: (self._plainly(single)[None] for single in self.singles))

    @cached_property
    def rounded(self) -> "CheckedScores":
        """The same in another batch and with each embedding rounded once more: by how much rounding alone moves the plain way.

        The batch is not enough: some kernels give a line the same numbers in any company.
        """
        with _rounding(self.policy.causal.get_input_embeddings()):
            return self._scored(lambda: (self._plainly(single, beside=True)[None] for single in self.singles))

    @property
    def exact(self) -> bool:
        """Whether numbers are float32, where layouts must agree to thousandths."""
        return self.policy.model.dtype == torch.float32 and not getattr(self.policy.causal, "is_quantized", False)

    def check_plain(self) -> None:
        """Refuse a model whose plain way fails, or is no function of the tokens so far."""
        name = type(self.policy.causal).__name__
        try:
            sums = self.plain.sums
        except (RpoError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # a foreign model's own code may raise anything; it is refused by name
            raise RpoError(
                f"a model must score one prompt with one answer, {name} does not ({type(error).__name__}: {str(error)[:200]}); "
                "choose another model, other target modules, or shorter prompts and answers"
            ) from error
        if not sums.isfinite().all():
            raise RpoError(f"log-probabilities must be finite, {name} gives {sums.tolist()[:4]}; choose another model")
        before = _random_states(self.policy.device)
        moved = _worst(self._backwards(), sums)
        drew = any(not torch.equal(*states) for states in zip(before, _random_states(self.policy.device), strict=True))
        if moved > (self.tight if drew else self.allowed):  # what draws may not move at all, some kernels round by chance
            mode = (
                " in training mode; turn gradient checkpointing and 4-bit weights off, or" if self.policy.model.training else ";"
            )
            raise RpoError(
                f"two passes over one text must agree, those of {name} differ by {moved:.2g} nats{mode} choose another model"
            )
        if (seen := self._foresight()) > self.allowed:
            raise RpoError(
                f"a causal language model must not see later tokens, {name} does ({seen:.2g} nats); choose another model, or set "
                "`is_decoder` in its configuration"
            )

    @cached_property
    def tight(self) -> float:
        """How far two sums of exact numbers may be apart, in nats."""
        return max(FP32_TOLERANCE, RELATIVE * self.plain.sums.abs().max().item())

    @cached_property
    def allowed(self) -> float:
        """How far a sum may be from the plain way's, in nats; a noise that is no number allows nothing more."""
        noise = 0.0 if self.exact else _worst(self.rounded.sums, self.plain.sums)
        return max(self.tight, SUMS_ROUNDING * noise) if math.isfinite(noise) else self.tight

    def first(self, layouts: Sequence[Layout]) -> FoundLayout:
        """The first of the layouts that is right, in which the policy is left; an `RpoError` where none is."""
        faults = list[Fault]()
        for layout in filter(self.policy.allows, layouts):
            found = self.of(layout)
            if isinstance(found, FoundLayout):
                return replace(found, faults=tuple(faults))
            faults.append(found)
        raise RpoError(
            f"log-probabilities must equal those of one forward pass for each answer, {type(self.policy.causal).__name__} gives "
            f"others in every layout ({'; '.join(f'{fault.layout}: {fault.words}' for fault in faults)}); choose another model"
        )

    def of(self, layout: Layout) -> FoundLayout | Fault:
        """How far a layout is from the plain way, or what is wrong with it. The policy is left in that layout."""
        self.policy.use(layout)
        try:
            ours = self._scored(lambda: [self.policy.logprobs(self.rows)])
            fault = self._far(ours) or self._steep(ours) or ("" if self.exact else self._leak(ours))
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a foreign model's own code, on a way it was not written for
            return Fault(layout, f"{type(error).__name__}: {str(error)[:200]}")
        if fault:
            return Fault(layout, fault)
        return FoundLayout(layout, _worst(ours.sums, self.plain.sums), _share(ours, self.plain) if self.gradients else None)

    def _far(self, ours: "CheckedScores") -> str:
        off = _worst(ours.sums, self.plain.sums)
        return "" if off <= self.allowed else f"a sum is {off:.2g} nats off, {self.allowed:.2g} allowed"

    def _steep(self, ours: "CheckedScores") -> str:
        if not self.gradients or (off := _share(ours, self.plain)) <= SLOPES:
            return ""
        allowed = SLOPES if self.exact else SUMS_ROUNDING * _share(self.rounded, self.plain)
        return "" if off <= allowed else f"the gradient is {off:.1%} off, {allowed:.1%} allowed"

    @torch.no_grad()
    def _leak(self, ours: "CheckedScores") -> str:
        """Rounding may hide a little sight: change every second answer and row, then the others; sums of the rest must stay.

        In float32 equality with the plain way, where no other token is there, says it all.
        """
        repeat = _worst(self.policy.logprobs(self.rows), ours.sums)
        company = torch.stack([self._plainly(single, beside=True) for single in self.singles])  # experts round by it
        allowed = max(FP32_TOLERANCE, repeat, _worst(company, self.plain.sums))
        for kept in (0, 1):
            other = self.policy.logprobs([_changed(row, number % 2 == kept, kept) for number, row in enumerate(self.rows)])
            same = [number % 2 == kept == place for number, row in enumerate(self.rows) for place in range(len(row.answers))]
            picked = torch.tensor(same, device=other.device)
            if not (moved := _worst(other[picked], ours.sums[picked])) <= allowed:
                return f"another answer or row moves a sum by {moved:.2g} nats"
        return ""

    def _scored(self, passes: Callable[[], Iterable[Tensor]]) -> "CheckedScores":
        """The sums that some passes give, (answers,) each or all together, and the gradient of their weighted total.

        Long answers pull no harder than short ones. Each pass is let go before the next one.
        """
        parameters = list(self.policy.trainable().values()) if self.gradients else []
        pulls = torch.tensor([(-1.0) ** number / len(answer) for number, (_, answer) in enumerate(self.singles)])
        _forget(parameters)
        found = list[Tensor]()
        with torch.set_grad_enabled(self.gradients):
            for sums in passes():
                done = sum(map(len, found))
                if self.gradients:
                    (sums @ pulls[done : done + len(sums)].to(sums)).backward()
                found.append(sums.detach())
        slope = [full_tensor(p.grad if p.grad is not None else torch.zeros_like(p)).flatten().float() for p in parameters]
        _forget(parameters)
        return CheckedScores(torch.cat(found), torch.cat(slope) if slope else None)

    @torch.no_grad()
    def _backwards(self) -> Tensor:
        """The plain sums the other way round: a model that remembers, or draws at random, says something else."""
        return torch.stack([self._plainly(single) for single in reversed(self.singles)]).flip(0)

    @torch.no_grad()
    def _foresight(self) -> float:
        """By how much an answer's first tokens change with its last one, in nats."""
        row, answer = self.singles[0]
        last = next(token for token in row.prompt if token != answer[-1])
        before, after = (self._plainly((row, (*answer[:-1], end)), tokens=len(answer) - 1) for end in (answer[-1], last))
        return _worst(before[None], after[None])

    def _plainly(self, single: Single, *, beside: bool = False, tokens: int | None = None) -> Tensor:
        """One forward pass over prompt and answer, alone or `beside` another line; the sum of the first `tokens`, or of all."""
        row, answer = single
        line = [*row.prompt, *answer]
        ids = torch.tensor([line, line[::-1]] if beside else [line], device=self.policy.device)
        logits = self.policy.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits
        begin, end = len(row.prompt), len(row.prompt) + (len(answer) if tokens is None else tokens)
        chances = logits[0, begin - 1 : end - 1].float().log_softmax(1)
        return chances.gather(1, ids[0, begin:end, None]).sum()


@dataclass(frozen=True)
class CheckedScores:
    """Sums of log-probabilities (answers,) in nats, and the gradient of their weighted total as one vector, if it was taken."""

    sums: Tensor
    slope: Tensor | None


@contextmanager
def _rounding(embedding: torch.nn.Module) -> Iterator[None]:
    """Inside, embeddings are off by up to half of what their precision can tell apart, seeded."""
    draw = torch.Generator().manual_seed(0)

    def shake(_module: torch.nn.Module, _given: tuple[Tensor, ...], result: Tensor) -> Tensor:
        off = (torch.rand(result.shape, generator=draw) - 0.5).to(result.device) * torch.finfo(result.dtype).eps
        return (result.float() * (1 + off)).to(result.dtype)

    hook = embedding.register_forward_hook(shake)
    try:
        yield
    finally:
        hook.remove()


def _random_states(device: torch.device) -> list[Tensor]:
    """The states of the generators that a forward pass may draw from."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def _changed(row: Row, keep: bool, place: int) -> Row:
    """The row with other tokens at the same lengths: all of it, or all answers but the one at `place`."""
    prompt = row.prompt if keep else row.prompt[::-1]
    others = [tuple(row.prompt[at % len(row.prompt)] for at in range(len(answer))) for answer in row.answers]
    return Row(prompt, tuple(a if keep and at == place else b for at, (a, b) in enumerate(zip(row.answers, others, strict=True))))


def _forget(parameters: Iterable[torch.nn.Parameter]) -> None:
    for parameter in parameters:
        parameter.grad = None


def _worst(one: Tensor, other: Tensor) -> float:
    """The largest difference; what is not a number is infinitely far."""
    return (one - other).abs().nan_to_num(nan=torch.inf).max().item() if len(one) else 0.0


def _share(one: CheckedScores, other: CheckedScores) -> float:
    """How far a gradient is from another, as a share of its length."""
    assert one.slope is not None
    assert other.slope is not None
    size, off = other.slope.norm().item(), (one.slope - other.slope).norm().item()
    return off / size if size else float(off > 0)
