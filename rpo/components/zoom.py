"""A reader's zoom of a Plotly chart, heard in the browser, so that the chart is drawn anew as it was when figures arrive.

Streamlit makes another chart of a figure that changed, so Plotly's own `uirevision` finds nothing to keep.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

JS = Path(__file__).with_name("zoom.js").read_text(encoding="utf-8")
AXIS_NAME = re.compile(r"[xy]axis\d{0,2}")


def zoom_of(view: Any, about: str) -> dict[str, list[float]]:
    """The ranges of axes by name that a browser said of the chart about these runs; of another chart, or not ranges, none."""
    if not isinstance(view, Mapping) or view.get("about") != about or not isinstance(view.get("ranges"), Mapping):
        return {}
    named = {name: ends for name, ends in view["ranges"].items() if isinstance(name, str) and AXIS_NAME.fullmatch(name)}
    return {name: [float(end) for end in ends] for name, ends in named.items() if _range(ends)}


def _range(ends: Any) -> bool:
    two = isinstance(ends, list | tuple) and len(ends) == 2
    return two and all(isinstance(end, int | float) and math.isfinite(end) for end in ends)
