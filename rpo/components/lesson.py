"""Learn's pictures that follow the hand: two prompts with the contrasts between them, and the rows of weights of eight prompts.

A page hands the data to a Components v2 component. The JavaScript weighs by e to the cosine / τ over a row's sum, as
`rpo.contrast` does, so that nothing is sent while the hand moves; a test holds both to the same figures. Texts reach the
page as text.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rpo.components.lab import TAU_RANGE
from rpo.teaching.eight import EIGHT_PROMPTS, eight_cosines, random_eight
from rpo.teaching.steps import LessonStep
from rpo.teaching.two import Shown, answers_of_two
from rpo.tuning import LIMITS, SENTENCE

HTML, CSS = (Path(__file__).with_name(f"lesson.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
JS = "\n".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in ("maths", "lesson"))


@dataclass(frozen=True)
class Picture:
    """What a picture shows: its step, what the reader moved and chose, whether they may move it yet, and how large letters are.

    `turn` counts how often it was moved from outside of the picture.
    """

    step: LessonStep
    shown: Shown
    preferred: int | None
    free: bool
    large: bool
    turn: int = 0


def lesson_data(picture: Picture) -> dict[str, Any]:
    """What the browser needs for this picture."""
    return {**_known(), **asdict(picture)}


@cache
def _known() -> dict[str, Any]:
    return {
        "two": answers_of_two(),
        "eight": {"prompts": EIGHT_PROMPTS, "cosines": _rounded(eight_cosines()), "random": _rounded(random_eight())},
        "taus": TAU_RANGE,
        "words": {"SENTENCE": SENTENCE, "LIMITS": LIMITS},
    }


def _rounded(cosines: Any) -> list[list[float]]:
    return [[round(float(one), 3) for one in row] for row in cosines]
