"""Reference log-probabilities on disk: computed once for a model, shared by all its runs and sweeps.

Kept by content: the file's name is made of the model, its precision and the adapter an SFT stage left; a row's key of its token
ids, which say all that tokenizer, text and lengths could change. Not a model: what is missing is computed by whoever asks.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from rpo import storage
from rpo.models.packing import Row
from rpo.runs.recorder import append_lines, read_lines


class ReferenceStore:
    """Summed log-probabilities of rows' answers under one reference, float32 nats."""

    def __init__(self, name: str) -> None:
        self.path = storage.folder("reference") / f"{name}.jsonl"
        self.known: dict[str, list[float]] = {
            record["row"]: record["logprobs"] for record in read_lines(self.path, {"row": str, "logprobs": list})
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
