"""The plane and the matrix in a notebook: one anywidget with the page's scripts, whose traits are where the hand is.

Not for a page, and not imported by one: it needs the extra `notebook`. `rpo.components.notebook` makes one of any batch.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import torch
from traitlets import Bytes, Dict, Float, Int, Tuple, observe, validate

from rpo import tuning
from rpo.components import tau as instrument
from rpo.errors import RpoError
from rpo.spec import DEFAULTS
from rpo.tuning import Point, Sample

SET_APART = ("own_share", "likeness")
NOTEBOOK_CSS = instrument.CSS + Path(__file__).with_name("tau_notebook.css").read_text(encoding="utf-8")
CONSTANTS = f"const HTML_TEXT = {json.dumps(instrument.HTML)}, CSS_TEXT = {json.dumps(NOTEBOOK_CSS)};"
ESM = f"{CONSTANTS}\n{instrument.script_for('tau_notebook')}"


class BatchWidget(anywidget.AnyWidget):
    """One batch at a point of the plane. The traits follow the hand, and the hand follows what is set here.

    `tau` is the temperature, None where own share and likeness are set apart. `own_share` and `likeness` (effective others, 1 to
    as many as there are) are those two, or what the temperature comes to, means over the rows; unpaired data have no own share.
    To set one of them leaves the other where it is, and the temperature; to set `tau` sets both. `picked` is the pinned cell: the
    row of a chosen answer, the column of a rejected one, from 0.
    """

    _esm = ESM
    _batch = Bytes().tag(sync=True)
    _point = Dict().tag(sync=True)
    tau = Float(None, allow_none=True).tag(sync=True)
    own_share = Float(None, allow_none=True).tag(sync=True)
    likeness = Float(1.0).tag(sync=True)
    picked = Tuple(Int(), Int(), default_value=None, allow_none=True).tag(sync=True)

    def __init__(self, sample: Sample, cosines: np.ndarray, point: Point, beta: float) -> None:
        self.sample = sample
        self.cosines = cosines
        self._following = False
        point = point.within(self.others)
        super().__init__(_batch=instrument.tau_data(sample, cosines, beta).at(point, 1))
        self.point = point

    @property
    def others(self) -> int:
        """How many rejected answers a row meets besides its own pair's."""
        return self.cosines.shape[1] - self.sample.paired

    @property
    def point(self) -> Point:
        """The point where the hand is, as `rpo.tuning` takes it; to set it moves the hand."""
        return Point.read(self._point)

    @point.setter
    def point(self, point: Point) -> None:
        self._point = asdict(point.within(self.others))

    @property
    def weights(self) -> np.ndarray:
        """The weights (M, N) at the point."""
        return self.point.weights(torch.as_tensor(self.cosines), self.sample.paired).numpy()

    @observe("_point")
    def _follow(self, change: Any) -> None:
        """Say what the point comes to."""
        point = self.point
        found = tuning.shares_at(point, self.cosines, self.sample.paired)
        self._following = True
        try:
            self.tau = point.tau if point.by_tau else None
            self.own_share = found.own if point.by_tau or found.own is None else point.own_share
            self.likeness = min(max(found.others, 1), self.others) if point.by_tau else point.likeness or self.others
        finally:
            self._following = False

    @observe("tau", *SET_APART)
    def _asked(self, change: Any) -> None:
        """Move the point where somebody set a trait."""
        if self._following:
            return
        if self.own_share is None and self.sample.paired:  # traitlets asks no validator about None
            self._follow(change)
            raise RpoError("own_share must be a number from 0 to 1 for paired data, got None; set tau or likeness instead")
        if change["name"] == "tau" and self.tau is not None:
            self.point = Point(tau=self.tau)
        else:
            self.point = Point.dials(DEFAULTS.own_share if self.own_share is None else self.own_share, self.likeness)

    @validate("tau")
    def _check_tau(self, proposal: Any) -> float:
        return Point(tau=proposal["value"]).tau

    @validate("own_share")
    def _check_own_share(self, proposal: Any) -> float:
        if not self.sample.paired:
            raise RpoError(f"own_share must be None for unpaired data, got {proposal['value']}; set tau or likeness")
        return Point.dials(proposal["value"]).own_share

    @validate("likeness")
    def _check_likeness(self, proposal: Any) -> float:
        if not 1 <= proposal["value"] <= self.others:
            raise RpoError(
                f"likeness must lie between 1 and the number of others, {self.others}, got {proposal['value']}; try {self.others}"
            )
        return proposal["value"]

    @validate("picked")
    def _check_picked(self, proposal: Any) -> tuple[int, int]:
        cell, (rows, columns) = proposal["value"], self.cosines.shape
        if not (0 <= cell[0] < rows and 0 <= cell[1] < columns):
            raise RpoError(f"picked must be a cell of {rows} × {columns}, counted from 0, got {cell}; None lets it go")
        return cell
