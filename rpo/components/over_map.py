"""What lies over the map: names of topics or slices where most of their prompts are, and the texts of the point in hand.

Drawn in the browser: which names find room depends on the reader's zoom, so finer ones come as one looks closer. Texts are
fetched by their row, so that a map of any size has them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from rpo.preferences import headline

NAMES_JS, TEXTS_JS = (
    "\n".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in ("over_chart", script))
    for script in ("names", "hover")
)
NAME_LETTERS = 28


def names_on(points: np.ndarray, levels: Sequence[Sequence[str]], chart: str) -> dict[str, Any]:
    """What `names.js` writes over the chart of that key; of N prompts their points (N, 2) and, by level, their groups' names.

    Earlier levels and larger groups come first, and who comes first has the room; all but the first level wait for a closer look.
    """
    found: dict[str, list[Any]] = {}
    for number, level in enumerate(levels):
        groups = np.asarray(level, dtype=object)
        known, sizes = np.unique(groups[groups != ""].astype(str), return_counts=True)
        for name in () if len(known) < 2 else known[np.argsort(-sizes, kind="stable")].tolist():
            place = np.median(points[groups == name], axis=0)
            found.setdefault(name, [headline(name, NAME_LETTERS), *place.tolist(), number > 0])
    return {"chart": chart, "extent": float(np.ptp(points[:, 0])), "names": list(found.values())}


def texts_on(chart: str, address: str, source: str) -> dict[str, str]:
    """What `hover.js` listens to: the chart of that key; the texts of its row n are at `address`/n, of these data."""
    return {"chart": chart, "address": address, "query": urlencode({"data": source})}
