"""The current votes on panels out of the database, as columns: quick for 200,000, without a `Vote` of each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from rpo.voting import panels
from rpo.voting.columns import COLUMN_NAMES, SIDE_OF, Columns, Named, named
from rpo.voting.columns import columns as columns_of
from rpo.voting.database import folded
from rpo.voting.panels import Panel


def read_columns(connection: Connection, *chosen: Panel) -> Columns:
    """The current votes on these panels in the order they came."""
    found = [(panel, folded.current_votes(connection, panel.id)) for panel in chosen]
    order = np.argsort([row.number for _, rows in found for row in rows], kind="stable")
    return _joined([_of_panel(connection, panel, rows) for panel, rows in found]).where(order)


def _of_panel(connection: Connection, panel: Panel, rows: Sequence[tuple]) -> Columns:
    rater, pair, repeat, on_left, choice, both_bad, _, seconds = zip(*rows, strict=True) if rows else [()] * 8
    comparison, about = named(pair), panels.pairs_of(connection, panel)
    pairs = [about[name] for name in comparison.names]
    left, sides = np.array(on_left, dtype=bool), {str(choice): side for choice, side in SIDE_OF.items()}
    authors = named([panel.baseline, panel.candidate])
    side = np.fromiter(map(sides.__getitem__, choice), int, len(rows))
    return Columns(
        comparison=comparison,
        prompt=named([pair.prompt for pair in pairs]).take(comparison.codes),
        slice=named([pair.slice for pair in pairs]).take(comparison.codes),
        rater=named(rater),
        left=authors.take(left.astype(int)),
        right=authors.take((~left).astype(int)),
        side=side,
        won=(1 + side) / 2,
        both_bad=np.array(both_bad, dtype=bool),
        repeat=np.array(repeat, dtype=int),
        seconds=np.array(seconds, dtype=float),  # None becomes NaN
    )


def _joined(parts: Sequence[Columns]) -> Columns:
    """One after another."""
    if not parts:
        return columns_of(())
    whole: dict[str, Any] = {}
    for name in COLUMN_NAMES:
        values = [getattr(part, name) for part in parts]
        whole[name] = _renamed(values) if isinstance(values[0], Named) else np.concatenate(values)
    return Columns(**whole)


def _renamed(values: Sequence[Named]) -> Named:
    every = named([name for one in values for name in one.names])
    ends = np.cumsum([len(one.names) for one in values])
    codes = [every.codes[end - len(one.names) + one.codes] for one, end in zip(values, ends, strict=True)]
    return Named(np.concatenate(codes), every.names)
