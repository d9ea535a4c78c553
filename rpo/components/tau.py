"""Tune's instrument: one batch as bytes, and the HTML, CSS and JavaScript that draw plane and matrix in the browser.

A page hands the texts and the bytes to a Components v2 component, a notebook to a widget (`rpo.components.widget`). The
JavaScript repeats the maths of `rpo.contrast`, so that no message goes to Python while the hand moves; tests hold both to the
same figures. It is one script of several files, as a component takes one; the last of them differs between page and notebook.
Not Plotly: a new figure is a new element, and loses what the reader pointed at.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from rpo import storage, tuning
from rpo.preferences import headline, one_line
from rpo.settings import range_of
from rpo.tuning import LIMITS, SENTENCE, WINDOW, Display, Point, Sample

SCRIPTS = ("maths", "plane", "goal", "board", "tau")  # in this order: a later one uses the earlier ones
HTML, CSS = (Path(__file__).with_name(f"tau.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))

LONGEST = 321  # characters of a prompt or an answer that the instrument shows
CARDS = {
    "own": ["Own share", "of a row stays with the answer to its own prompt"],
    "others": ["Effective others", "other prompts that really count in a row"],
    "contrasts": ["Effective contrasts", "rejected answers that really count in a row"],
    "unrelated": ["On unrelated prompts", "of the weight; unrelated: no more alike than 95 % of random pairs are"],
    "near": ["Their mean cosine", "of the other prompts to the row's, by their weight"],
    "spent": ["Saturation", "of the untrained gradient is used up; below 0: margins on the wrong side"],
    "against": ["Contradicted", "of the others' weight: scores speak against it"],
    "mass": ["Largest weights", "answers make up so much of a row; the rest is pale"],
}
"""The cards' titles, and what each means in a few words: means over the rows of this batch."""


def script_for(doorway: str) -> str:
    """The instrument's files and this doorway, `tau_page` or `tau_notebook`, as one ES module."""
    return "\n".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in (*SCRIPTS, doorway))


JS = script_for("tau_page")


@dataclass(frozen=True)
class Many:
    """What data say beside one batch: the cosine under which prompts are unrelated, and the spread of its batches' curve."""

    floor: float
    band: dict[str, Any] | None = None


@dataclass(frozen=True)
class Board:
    """One batch ready for the browser, whatever the point is: about it (JSON), and cosines (M, N) little-endian float32."""

    about: dict[str, Any]
    cosines: bytes

    def at(self, point: Point, turn: int, many: Many | None = None, display: Display = Display()) -> bytes:  # noqa: B008
        """Header length (uint32), header (JSON), cosines. The hand goes to `point`, and the rest to `display`, with a new `turn`.

        Equal calls give equal bytes, which the server sends once.
        """
        beside = asdict(many) if many else {"floor": None, "band": None}
        head = orjson.dumps({**self.about, **beside, "point": asdict(point), "turn": turn, "display": asdict(display)})
        return len(head).to_bytes(4, "little") + head + self.cosines


def tau_data(sample: Sample, cosines: np.ndarray, beta: float, form: str = "inside") -> Board:
    """Lay a batch out; `cosines` (M, N) are those of its prompts."""
    values = cosines.astype("<f4")
    about = {
        "rows": [headline(prompt, LONGEST) for prompt in sample.chosen],
        "columns": [headline(prompt, LONGEST) for prompt in sample.rejected],
        "liked": [one_line(answer, LONGEST) for answer in sample.chosen_answers],
        "disliked": [one_line(answer, LONGEST) for answer in sample.rejected_answers],
        "chosen": sample.chosen_ratios,
        "rejected": sample.rejected_ratios,
        "scores": [sample.chosen_scores, sample.rejected_scores] if sample.scale else None,
        "scale": sample.scale,
        "paired": sample.paired,
        "beta": beta,
        "form": form,
        "ranges": {name: range_of(name) for name in ("tau", "own_share")},
        "words": {"SENTENCE": SENTENCE, "LIMITS": LIMITS},
        "cards": CARDS,
        "window": WINDOW,
        "path": tuning.path_of(values, sample.paired),
        "random": tuning.random_path(values.shape[1], sample.paired),
        "rowOrder": by_similarity(values),
        "columnOrder": by_similarity(values) if sample.paired else by_similarity(values.T),
    }
    return Board({**about, "key": storage.digest(orjson.dumps(about), values.tobytes())}, values.tobytes())


def by_similarity(cosines: np.ndarray) -> list[int]:
    """An order of the rows (M,) that puts rows with like cosines (M, N) together: the leaves of an average-linkage tree."""
    if len(cosines) < 3:
        return list(range(len(cosines)))
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist

    return leaves_list(linkage(pdist(cosines), "average")).tolist()
