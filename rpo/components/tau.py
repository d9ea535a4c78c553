"""The τ instrument's data: one batch as bytes, and the HTML, CSS and JavaScript that draw it in the browser.

A page hands the texts and the bytes to a Components v2 component. The JavaScript repeats the maths of `rpo.contrast`, so that no
message goes to the server while the slider moves; tests hold both to the same figures. Not Plotly: a new figure is a new element,
and loses what the reader pointed at.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from rpo import storage
from rpo.glossary import meaning
from rpo.preferences import headline
from rpo.settings import range_of
from rpo.tuning.choice import WINDOW
from rpo.tuning.sample import Sample

HTML, CSS, JS = (Path(__file__).with_name(f"tau.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
LONGEST_PROMPT = 321  # characters of a prompt that the instrument shows


@dataclass(frozen=True)
class Board:
    """One batch ready for the browser, whatever tau is: about it (JSON), and distances 1 − cos (M, N) little-endian float32."""

    about: dict[str, Any]
    distances: bytes

    def at(self, tau: float, turn: int) -> bytes:
        """Header length (uint32), header (JSON), distances. The slider goes to `tau` when `turn` is new.

        Equal calls give equal bytes, which the server sends once.
        """
        head = orjson.dumps({**self.about, "tau": tau, "turn": turn})
        return len(head).to_bytes(4, "little") + head + self.distances


def tau_data(sample: Sample, cosines: np.ndarray, beta: float, form: str = "inside") -> Board:
    """Lay a batch out; `cosines` (M, N) are those of its prompts."""
    values = np.clip(1 - cosines, 0, None).astype("<f4")
    about = {
        "rows": [headline(prompt, LONGEST_PROMPT) for prompt in sample.chosen],
        "columns": [headline(prompt, LONGEST_PROMPT) for prompt in sample.rejected],
        "chosen": sample.chosen_ratios,
        "rejected": sample.rejected_ratios,
        "paired": sample.paired,
        "beta": beta,
        "form": form,
        "range": range_of("tau"),
        "window": WINDOW,
        "words": {"rivals": meaning("effective contrasts"), "own": meaning("diagonal share")},
        "rowOrder": clustered(values),
        "columnOrder": clustered(values) if sample.paired else clustered(values.T),
    }
    return Board({**about, "key": storage.digest(orjson.dumps(about), values.tobytes())}, values.tobytes())


def clustered(distances: np.ndarray) -> list[int]:
    """An order of the rows (M,) that puts rows with like distances (M, N) together: the leaves of an average-linkage tree."""
    if len(distances) < 3:
        return list(range(len(distances)))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist

    return leaves_list(linkage(pdist(distances), "average")).tolist()
