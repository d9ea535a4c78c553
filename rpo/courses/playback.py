"""One batch of a run's held-out rows over its training: every margin at each evaluation, and where the gradient went.

The batch is one of those on which the run takes its held-out loss, with the weights of its spec. The log-ratios are those it kept
at each evaluation; before the first step all are 0. Not a run's own training batches: each of those is met once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from rpo import embeddings
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.objectives import TokenSum
from rpo.preferences import Kind, View, answer_scores, load
from rpo.runs import Run, as_learned
from rpo.spec import Control, RunSpec, Weighting

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from rpo.contrast import MarginsOverTraining
    from rpo.training.batches import Batch

Ratios = Mapping[int, Mapping[str, tuple[float, ...]]]


@dataclass(frozen=True)
class Replay:
    """A batch over training: prompts of its rows (M) and columns (N), and its margins with what they amount to.

    `batches` is how many batches the held-out rows fill; `note` says why near and far others are not distinguished, if so.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    seen: "MarginsOverTraining"
    batches: int
    note: str


@dataclass(frozen=True)
class HeldOut:
    """The held-out rows in the run's order: ids, prompts, which are liked (None where paired), and their vectors (rows, D).

    `vectors` is None for a run that embedded no prompts; `scores` (rows, 2) is None where pairs have none.
    """

    ids: tuple[str, ...]
    prompts: tuple[str, ...]
    liked: "np.ndarray | None"
    vectors: "np.ndarray | None"
    scores: "Tensor | None" = None

    @property
    def side(self) -> int:
        """Pairs, or answers on the shorter side."""
        return len(self.ids) if self.liked is None else int(min(self.liked.sum(), (~self.liked).sum()))


def replay(run: Run, number: int = 0) -> Replay:
    """The held-out batch of this number over the run's training so far.

    Raises `RpoError` for a loss that does not see such margins, and for a run that kept no log-ratios along the way.
    """
    spec, ratios = run.spec, run.ratios_by_step("held-out")
    if unfit := _unfit(spec):
        raise RpoError(unfit)
    if not ratios:
        raise RpoError(
            f"a run must have kept its held-out log-ratios at an evaluation, {run.name} has none (it had no evaluation yet, "
            "nothing is held out, or an older version made it); wait for one, or train it anew"
        )
    held_out = held_out_rows(spec, tuple(next(iter(ratios.values()))))
    size = min(spec.contrast_size, held_out.side)
    count = held_out.side // size if size else 0
    if not 0 <= number < count:
        raise RpoError(f"a batch must be one of the {count} that the held-out rows fill, got {number + 1}; choose a smaller one")
    batches = held_out_batches(replace(spec, contrast_size=size), held_out)
    return _played(spec, ratios, held_out, next(islice(batches, number, None)), number, count)


def _played(spec: RunSpec, ratios: Ratios, held_out: HeldOut, batch: "Batch", number: int, count: int) -> Replay:
    import torch

    from rpo.contrast import margins_over_training, over_training

    vectors, steps = held_out.vectors, [0, *sorted(ratios)]
    cosines = None if vectors is None else torch.tensor(vectors[batch.chosen] @ vectors[batch.rejected].T)
    margins = margins_over_training(*sides_over_training(spec, ratios, held_out, batch), spec.beta)
    push = push_on_cells(spec, margins / spec.beta, weights_of_batch(spec, held_out, batch, number))
    rows, columns = (tuple(held_out.prompts[row] for row in picked) for picked in (batch.chosen, batch.rejected))
    seen = over_training(steps, margins, push, cosines, held_out.liked is None)
    return Replay(rows, columns, seen, count, _note(spec, seen))


def _unfit(spec: RunSpec) -> str:
    """Why the margins of log-ratios would not be what this objective's loss sees; "" where they are."""
    entry = spec.objective.entry
    what = "a matrix of margins needs a loss that compares answers by their summed log-ratios"
    averaged = entry.tokens is TokenSum.AVERAGED or (entry.tokens is TokenSum.CHOSEN and spec.length_normalised)
    if entry.kind is Kind.UNPAIRED and not entry.contrasts:
        return f"{what}, which {spec.objective} does not: it judges each answer by itself; look at a run of RPO or DPO"
    if not entry.reference or averaged:
        return f"{what}, here {spec.objective} sees means over an answer's tokens; look at a run of RPO or DPO"
    return ""


def _note(spec: RunSpec, seen: "MarginsOverTraining") -> str:
    apart = "The gradient of the chosen answers' likelihood (NLL weight) is not in these shares. " if spec.nll else ""
    return (apart + _undistinguished(spec, seen)).strip()


def _undistinguished(spec: RunSpec, seen: "MarginsOverTraining") -> str:
    """Why near and far others have no shares of their own."""
    if seen.shares.near is not None:
        return ""
    if not spec.objective.contrasts:
        return f"{spec.objective} compares each prompt's own two answers alone, so all of its gradient is on own pairs."
    if not spec.needs_vectors:
        return "This run embedded no prompts, so near and far others are not distinguished."
    return "All others are equally near, so near and far ones are not distinguished."


def held_out_rows(spec: RunSpec, ids: tuple[str, ...]) -> HeldOut:
    """The held-out rows with these ids. Raises `RpoError` where the run's data lack one by now."""
    import numpy as np

    data = as_learned(load(spec.data), spec)
    places = {name: row for row, name in enumerate(data.rows["id"])}
    if lost := [name for name in ids if name not in places]:
        raise RpoError(
            f"a run's data must still be as they were when it was trained, {spec.data} lacks {len(lost)} of "
            f"{quantity(len(ids), 'held-out row')}; bring them back"
        )
    rows = data.rows.select([places[name] for name in ids])
    prompts = tuple(rows["prompt"])
    liked = np.array(rows["liked"], dtype=bool) if data.kind is Kind.UNPAIRED else None
    scores = _scores(rows) if spec.true_contrasts else None
    if not spec.needs_vectors:
        return HeldOut(ids, prompts, liked, None, scores)
    vectors = embeddings.embed_some(prompts, data.prompts, spec.encoder, View(spec.view))
    if spec.control is Control.RANDOM:
        from rpo.training.seen import random_vectors

        train = list(data.train["prompt"])
        vectors = random_vectors([*train, *prompts], vectors.shape[1], spec.seed)[len(train) :]
    return HeldOut(ids, prompts, liked, vectors, scores)


def _scores(rows: Any) -> "Tensor | None":
    import torch

    found = answer_scores(rows)
    return torch.tensor(found, dtype=torch.float64) if found else None


def held_out_batches(spec: RunSpec, held_out: HeldOut) -> "Iterator[Batch]":
    """The batches of M held-out rows, as the run composes those of its held-out loss."""
    from rpo.training.batches import batches_of

    return batches_of(spec, len(held_out.ids), held_out.liked, held_out.vectors)


def sides_over_training(spec: RunSpec, ratios: Ratios, held_out: HeldOut, batch: "Batch") -> "tuple[Tensor, Tensor]":
    """Log-ratios (E, M) and (E, N) in nats as the loss sees them, the untrained policy's first."""
    import torch

    from rpo.contrast import centre

    def side(rows: "np.ndarray", place: int) -> "Tensor":
        return torch.tensor(
            [[0.0] * len(rows), *([ratios[step][held_out.ids[row]][place] for row in rows] for step in sorted(ratios))]
        )

    chosen, rejected = side(batch.chosen, 0), side(batch.rejected, -1)
    return centre(chosen, rejected) if spec.centred else (chosen, rejected)


def weights_of_batch(spec: RunSpec, held_out: HeldOut, batch: "Batch", number: int) -> "Tensor":
    """The batch's weights (M, N), as the run's held-out loss has them."""
    import torch

    from rpo.training.seen import drawing, even_weights, true_contrasts, weights_of

    if held_out.vectors is None:
        weights = even_weights(spec, len(batch.chosen), len(batch.rejected))
    else:
        vectors = torch.tensor(held_out.vectors)
        weights = weights_of(spec, vectors[batch.chosen], vectors[batch.rejected], drawing(spec, number))
    return true_contrasts(spec, weights, held_out.scores, batch.chosen, batch.rejected)


def push_on_cells(spec: RunSpec, margins: "Tensor", weights: "Tensor") -> "Tensor":
    """How hard the loss pushes on each cell, (E, M, N), of margins in nats (E, M, N) and weights (M, N)."""
    import torch

    from rpo.contrast import Form, cell_gradients
    from rpo.training.seen import objective

    if spec.objective.contrasts:
        form = Form.OUTSIDE if spec.weighting is Weighting.DIAGONAL else spec.form
        return cell_gradients(margins, weights, spec.beta, form, spec.link, spec.noise).abs()
    own = margins.diagonal(dim1=1, dim2=2).clone().requires_grad_()  # all that the loss looks at
    loss = objective(spec)
    total = torch.stack([loss(one, torch.zeros_like(one), weights, 0.0) for one in own]).sum()
    return torch.autograd.grad(total, own)[0].abs().diag_embed()
