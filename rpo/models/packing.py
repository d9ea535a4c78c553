"""Rows laid out for forward passes, with as few wasted positions as the model allows.

Packed, one row holds a prompt and all its answers: the prompt is computed once, the answers do not see each other, and position
ids let each start right after the prompt. Rows lie on one line without padding where attention goes row by row
(`rpo.models.attention`); else short rows share a line of the batch (first fit, longest first), so little is padding, and a
block mask keeps them apart. A model that carries a state from token to token cannot be packed: then each answer follows a prompt
of its own. Which layout a model gets is found by `rpo.models.check`.

A model's own code wants masks as numbers to add to the scores: transformers takes one of four dimensions for finished and adds
nothing of its own, so a layer's window or chunk must be in it. Distances are those of positions within a row, not of places on
the line. Not a tokenizer, and it knows no model but by its configuration; not for models whose code counts along the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, groupby
from typing import Any

import torch
from torch import Tensor

from rpo.models.attention import Segment, additive
from rpo.tokens.types import Row

SLIDING, CHUNKED = "sliding_attention", "chunked_attention"  # transformers' names of kinds of layers


class Layout(StrEnum):
    """How the answers of a micro-batch become tensors. The first costs least, the last is the plain way itself."""

    ROWS = "packed, row by row"
    MASKS = "packed, a mask for each kind of layer"
    MASK = "packed, one mask"
    PADDED = "unpacked"
    EVEN = "unpacked, one length at a time"

    @property
    def packed(self) -> bool:
        """Whether a prompt is computed once for all its answers."""
        return self in (Layout.ROWS, Layout.MASKS, Layout.MASK)


@dataclass(frozen=True)
class Packed:
    """Rows as tensors: ids and positions (B, T), and what a position may look at.

    That is a `mask` (B, 1, T, T), True where it may, or `spans` on one line; unpacked, a `mask` (B, T), True where a token is.

    For each answer token (in any order): `sources` the flat place (in B·T) of the position that predicts it, `targets` its
    id, `owners` its answer's number, counted through the rows. `answers` is how many answers there are.
    """

    ids: Tensor
    positions: Tensor
    mask: Tensor | None
    sources: Tensor
    targets: Tensor
    owners: Tensor
    answers: int
    spans: tuple[Segment, ...] | None = None


def lay_out(rows: Sequence[Row], layout: Layout, pad: int, device: torch.device | str = "cpu") -> list[Packed]:
    """Rows for one forward pass, or for several where only answers of one length may share one."""
    if layout.packed:
        return [pack(rows, pad, device, by_rows=layout is Layout.ROWS)]
    singles = [(row.prompt, answer, number) for number, (row, answer) in enumerate(_answers(rows))]
    if layout is Layout.PADDED:
        return [_unpacked(singles, pad, device)]
    singles.sort(key=_length)
    return [_unpacked(list(same), pad, device, answers=len(singles)) for _, same in groupby(singles, _length)]


Single = tuple[tuple[int, ...], tuple[int, ...], int]  # a prompt, one of its answers, the answer's number among all


def _answers(rows: Sequence[Row]) -> list[tuple[Row, tuple[int, ...]]]:
    return [(row, answer) for row in rows for answer in row.answers]


def _length(single: Single) -> int:
    return len(single[0]) + len(single[1])


def _unpacked(singles: Sequence[Single], pad: int, device: torch.device | str, answers: int | None = None) -> Packed:
    """A line for each answer, its prompt before it, padded on the right; `answers` counts those of other passes too."""
    width = max(map(_length, singles))
    lines = [[*prompt, *answer] for prompt, answer, _ in singles]
    ids = torch.tensor([line + [pad] * (width - len(line)) for line in lines])
    tokens = [
        (line * width + len(prompt) - 1 + place, token, number)
        for line, (prompt, answer, number) in enumerate(singles)
        for place, token in enumerate(answer)
    ]
    columns = torch.tensor(tokens).T.to(device)
    mask = torch.arange(width) < torch.tensor([len(line) for line in lines])[:, None]
    positions = torch.arange(width).expand_as(ids)
    picked = columns[0], columns[1], columns[2], len(singles) if answers is None else answers
    return Packed(ids.to(device), positions.to(device), mask.to(device), *picked)


def pack(rows: Sequence[Row], pad: int, device: torch.device | str = "cpu", *, by_rows: bool = False) -> Packed:
    """Lay rows out for one forward pass: `by_rows` one after the other, else on lines as long as the longest row."""
    lines, width = ([list(range(len(rows)))], sum(row.length for row in rows)) if by_rows else lines_of([r.length for r in rows])
    ids, positions = torch.full((len(lines), width), pad), torch.zeros(len(lines), width, dtype=torch.long)
    owner, part = torch.full_like(ids, -1), torch.zeros_like(ids)
    first = torch.tensor([0, *(len(row.answers) for row in rows)]).cumsum(0).tolist()
    tokens: list[tuple[int, int, int]] = []
    for line, numbers in enumerate(lines):
        start = 0
        for number in numbers:
            row, end = rows[number], start + rows[number].length
            ids[line, start:end] = torch.tensor([*row.prompt, *(token for answer in row.answers for token in answer)])
            positions[line, start:end], part[line, start:end] = _places(row)
            owner[line, start:end] = number
            tokens += _predictions(row, line * width + start, first[number])
            start = end
    columns = torch.tensor(tokens).T.to(device)
    picked = columns[0], columns[1], columns[2], first[-1]
    if by_rows:
        return Packed(ids.to(device), positions.to(device), None, *picked, _spans(rows))
    return Packed(ids.to(device), positions.to(device), _mask(owner, part).to(device), *picked)


def _mask(owner: Tensor, part: Tensor) -> Tensor:
    """Who may look at whom (B, 1, T, T): earlier positions of the same row, of the prompt or of the same answer."""
    same_row, same_part = owner[:, :, None] == owner[:, None, :], part[:, :, None] == part[:, None, :]
    earlier = torch.ones(owner.shape[1], owner.shape[1], dtype=torch.bool).tril()
    return (earlier & same_row & (same_part | (part == 0)[:, None, :]))[:, None]


def _spans(rows: Sequence[Row]) -> tuple[Segment, ...]:
    starts = [0, *accumulate(row.length for row in rows)]
    return tuple(Segment(start, len(row.prompt), tuple(map(len, row.answers))) for start, row in zip(starts, rows, strict=False))


def lines_of(lengths: Sequence[int]) -> tuple[list[list[int]], int]:
    """Which rows share a line, and how long a line is: first fit, longest first. Returns (row numbers a line, width)."""
    width = max(lengths)
    lines: list[list[int]] = []
    room: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        line = next((line for line, left in enumerate(room) if left >= lengths[number]), len(lines))
        if line == len(lines):
            lines.append([])
            room.append(width)
        lines[line].append(number)
        room[line] -= lengths[number]
    return lines, width


def _places(row: Row) -> tuple[Tensor, Tensor]:
    """Position ids of a row's tokens, and the part each belongs to (0 the prompt, then 1, 2, … the answers)."""
    prompt = len(row.prompt)
    parts = [(0, prompt), *((prompt, len(answer)) for answer in row.answers)]
    positions = torch.cat([torch.arange(start, start + count) for start, count in parts])
    return positions, torch.cat([torch.full((count,), part) for part, (_, count) in enumerate(parts)])


def _predictions(row: Row, start: int, number: int) -> list[tuple[int, int, int]]:
    """(source, target, owner) of each answer token of a row that begins at the flat place `start`."""
    found, last = [], start + len(row.prompt) - 1  # the position that predicts every answer's first token
    begin = last + 1
    for offset, answer in enumerate(row.answers):
        sources = (last, *range(begin, begin + len(answer) - 1))
        found += [(source, token, number + offset) for source, token in zip(sources, answer, strict=True)]
        begin += len(answer)
    return found


def masks(packed: Packed, layout: Layout, config: Any, dtype: torch.dtype) -> Tensor | dict[str, Tensor]:
    """One mask (B, 1, T, T) to add, or one for each kind of layer: 0 where a position may look, the lowest number elsewhere."""
    assert packed.mask is not None
    if layout is Layout.MASKS:
        kinds = sorted(set(config.layer_types))
        return {kind: additive(packed.mask & reach(kind, packed.positions, config), dtype) for kind in kinds}
    kind = SLIDING if getattr(config, "sliding_window", None) else ""
    return additive(packed.mask & reach(kind, packed.positions, config), dtype)


def reach(kind: str, positions: Tensor, config: Any) -> Tensor:
    """How far back layers of a kind look: (B, 1, T, T), True within the window or the chunk."""
    here, there = positions[:, None, :, None], positions[:, None, None, :]
    if kind == SLIDING and config.sliding_window:
        return here - there < config.sliding_window
    if kind == CHUNKED and config.attention_chunk_size:
        return here // config.attention_chunk_size == there // config.attention_chunk_size
    return torch.ones(1, 1, 1, 1, dtype=torch.bool, device=positions.device)
