"""One split of the data as the loop sees it: token rows, prompts' vectors, reference log-probabilities, batches.

Not a data loader with workers: rows are tokenized once, and a batch is an array of row numbers.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from typing_extensions import TypedDict

from rpo import storage
from rpo.jsonl import append_lines, read_lines
from rpo.models.distributed import ALONE, Distributed
from rpo.models.policy import Policy
from rpo.preferences import Kind, answer_scores
from rpo.spec import RunSpec
from rpo.tokens.types import Row
from rpo.training.batches import Batch, batches_of
from rpo.training.gradients import batch_logprobs
from rpo.training.seen import drawing, even_weights, true_contrasts, weights_of


class ReferenceRecord(TypedDict):
    """A row's log-probabilities, one for each answer."""

    row: str
    logprobs: list[float]


class ReferenceStore:
    """Summed log-probabilities of rows' answers under one reference, float32 nats."""

    def __init__(self, name: str) -> None:
        self.path = storage.folder("reference") / f"{name}.jsonl"
        self.known: dict[str, list[float]] = {
            record["row"]: record["logprobs"] for record in read_lines(self.path, ReferenceRecord)
        }

    def find(self, row: Row) -> Tensor | None:
        """The row's log-probabilities, (answers,), or None."""
        values = self.known.get(_key(row))
        return None if values is None else torch.tensor(values)

    def keep(self, found: Mapping[Row, Tensor], *, on_disk: bool = True) -> None:
        """Remember rows, and write them down (one of several processes does)."""
        fresh = {_key(row): values.tolist() for row, values in found.items()}
        if on_disk:
            append_lines(self.path, [{"row": key, "logprobs": values} for key, values in fresh.items()])
        self.known.update(fresh)


def _key(row: Row) -> str:
    return storage.digest(*(_text(part) for part in (row.prompt, *row.answers)))


def _text(ids: Sequence[int]) -> str:
    return " ".join(map(str, ids))


@dataclass
class Examples:
    """A paired row holds both answers, an unpaired row one; `vectors` (rows, D) are there where the objective needs them.

    `scores` (rows, 2) of the chosen and the rejected answer, NaN where one has none, are there where pairs have some. `ids` name
    the rows, as their preference set does; `referring` counts the seconds that reference log-probabilities took.
    """

    policy: Policy
    rows: list[Row]
    liked: np.ndarray | None
    store: ReferenceStore
    vectors: Tensor | None = None
    ids: Sequence[str] = ()
    scores: Tensor | None = None
    referring: float = 0.0

    @property
    def paired(self) -> bool:
        """Whether each row carries a chosen and a rejected answer."""
        return self.liked is None

    @property
    def side(self) -> int:
        """How many pairs there are, or answers on the shorter side."""
        return len(self.rows) if self.liked is None else int(min(self.liked.sum(), (~self.liked).sum()))

    def batches(self, spec: RunSpec) -> Iterator[Batch]:
        """Endless seeded batches of M pairs, or of M answers a side."""
        return batches_of(spec, len(self.rows), self.liked, None if self.vectors is None else self.vectors.cpu().numpy())

    def of(self, values: Tensor, batch: Batch) -> Tensor:
        """Out of values for all rows' answers, those of a batch's rows, in the order of `picked`."""
        picked = torch.tensor(self.picked(batch), device=values.device)
        return values.view(-1, 2)[picked].flatten() if self.paired else values[picked]

    def picked(self, batch: Batch) -> list[int]:
        """The row numbers a batch needs, each row once."""
        return list(batch.chosen) if self.paired else [*batch.chosen, *batch.rejected]

    def sides(self, values: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Split per-answer values of a batch's rows into chosen (M,) and rejected (N,)."""
        if self.paired:
            return values[0::2], values[1::2]
        return values[: len(batch.chosen)], values[len(batch.chosen) :]

    def reference(self, rows: Sequence[Row], micro: int, world: Distributed = ALONE) -> Tensor:
        """Reference log-probabilities of the rows' answers, row by row; those never seen before are computed and kept.

        Processes that opened the store while another run wrote to it know different rows; what one lacks all compute.
        """
        began, asked = time.perf_counter(), list(dict.fromkeys(rows))
        lacking = world.any_rank([self.store.find(row) is None for row in asked])
        unknown = [row for row, lacks in zip(asked, lacking, strict=True) if lacks]
        if unknown:
            with self.policy.reference():
                found = batch_logprobs(self.policy, unknown, micro, world).split([len(row.answers) for row in unknown])
            self.store.keep(dict(zip(unknown, found, strict=True)), on_disk=world.first)
            self.referring += time.perf_counter() - began
        known = [values for row in rows if (values := self.store.find(row)) is not None]
        return torch.cat(known).to(self.policy.device)

    def nothing(self, rows: Sequence[Row]) -> Tensor:
        """Zeros (answers,) for the rows' answers."""
        return torch.zeros(sum(len(row.answers) for row in rows), device=self.policy.device)

    def as_record(self, rows: Sequence[int], ratios: Tensor) -> dict[str, Any]:
        """The rows' ids and log-ratios (answers,), as a record: two numbers a pair, one a judged answer."""
        each = ratios.view(-1, 2 if self.paired else 1).tolist()
        return {"ids": [self.ids[row] for row in rows], "ratios": each}

    def mismatch(self, rows: Sequence[Row], micro: int, world: Distributed = ALONE) -> float:
        """An estimate of the KL, as KTO's: the mean log-ratio of answers that belong to other prompts, never below zero."""
        others = mismatched(rows)
        ratios = batch_logprobs(self.policy, others, micro, world) - self.reference(others, micro, world)
        return max(0.0, ratios.mean().item())

    def weights(self, batch: Batch, spec: RunSpec, step: int) -> Tensor:
        """The contrast weights (M, N), without contradicted cells where the spec leaves them out."""
        return true_contrasts(spec, self._weights(batch, spec, step), self.scores, batch.chosen, batch.rejected)

    def _weights(self, batch: Batch, spec: RunSpec, step: int) -> Tensor:
        if self.vectors is None:
            return even_weights(spec, len(batch.chosen), len(batch.rejected)).to(self.policy.device)
        return weights_of(spec, self.vectors[batch.chosen], self.vectors[batch.rejected], drawing(spec, step))


def examples(policy: Policy, rows: Any, kind: Kind, store: ReferenceStore) -> Examples:
    """Tokenize a split (a `datasets.Dataset` of preferences)."""
    ids = list(rows["id"])
    if kind is Kind.PAIRED:
        triples = zip(rows["prompt"], rows["chosen"], rows["rejected"], strict=True)
        found = answer_scores(rows)
        scores = torch.tensor(found, dtype=torch.float64) if found else None
        return Examples(policy, [policy.row(*triple) for triple in triples], None, store, ids=ids, scores=scores)
    couples = [policy.row(*couple) for couple in zip(rows["prompt"], rows["answer"], strict=True)]
    return Examples(policy, couples, np.array(rows["liked"], dtype=bool), store, ids=ids)


def mismatched(rows: Sequence[Row]) -> list[Row]:
    """Each prompt with the next row's answer: the rows on which KTO estimates its KL (arXiv 2402.01306, section 4.1)."""
    return [Row(row.prompt, other.answers[:1]) for row, other in zip(rows, [*rows[1:], *rows[:1]], strict=True)]


def in_parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """`items` in pieces of at most `size`."""
    return [items[start : start + size] for start in range(0, len(items), size)]
