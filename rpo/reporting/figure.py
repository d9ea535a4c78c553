"""The figure of a write-up as SVG or PDF: the score of all prompts, each slice and each judge, with the intervals of the table.

Drawn by matplotlib, imported only when a figure is asked for. Its SVG holds names as text, in any script. Its PDF has the font
DejaVu Sans, in which letters that it lacks (Chinese, for example) are boxes: such a figure is better converted from the SVG.
"""

from enum import StrEnum
from io import BytesIO
from typing import Any

from rpo.reporting.findings import Findings
from rpo.reporting.sentence import INTERVAL
from rpo.statistics import FEW_PROMPTS, Interval, Looks

FIGURE_WIDTH, LINE_HEIGHT, FRAME = 6.0, 0.32, 1.0  # inches: of all, of a line, of axis and label
SCORE_LINE, JUDGE, GREYED = "#4f46e5", "#b45309", "#6b7280"
DRAWN_LETTERS = 28  # letters of a name


class Vector(StrEnum):
    """A kind of file."""

    SVG = "svg"
    PDF = "pdf"


VECTOR_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.size": 9,
    "svg.hashsalt": "rpo",
    "text.parse_math": False,
}
UNDATED = {Vector.SVG: {"Date": None}, Vector.PDF: {"CreationDate": None}}


def figure_of(found: Findings, kind: Vector) -> bytes:
    """The file's content; the same findings give the same bytes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    rows = lines(found)
    with rc_context(VECTOR_STYLE):
        drawn = Figure(figsize=(FIGURE_WIDTH, FRAME + LINE_HEIGHT * len(rows)), layout="constrained")
        axes = drawn.subplots()
        for place, (_, score, interval, colour) in enumerate(rows):
            ends = (interval.low * 100, interval.high * 100) if interval.known else (score * 100, score * 100)
            axes.hlines(place, *ends, color=colour, linewidth=2)
            axes.plot(score * 100, place, "o", color=colour, markersize=5, clip_on=False)
        axes.axvline(50, color="black", linewidth=0.8, linestyle=":")
        axes.set_yticks(range(len(rows)), [name for name, *_ in rows])
        axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5))
        drawn.supxlabel(axis_label(found), fontsize="medium")
        axes.spines[["top", "right"]].set_visible(False)
        content = BytesIO()
        drawn.savefig(content, format=kind.value, metadata=UNDATED[kind])
    return content.getvalue()


def axis_label(found: Findings) -> str:
    """What is drawn, in two lines that are no wider than the figure."""
    grey = f"; grey: fewer than {FEW_PROMPTS} prompts" if any(one.few for one in (found.score, *found.slices)) else ""
    judges = "; brown: judges, for one look" if found.judges else ""
    what = f"“{short(found.candidate)}” preferred to “{short(found.baseline)}”, ties half (%)"
    return f"{what}\nIntervals: {INTERVAL[found.end.look]}{grey}{judges}"


def lines(found: Findings) -> list[tuple[str, float, Interval, str]]:
    """Name, score, interval and colour of each line, from top to bottom; grey where few prompts stand behind it."""
    look = found.end.look
    ours = [("all prompts", found.score), *((one.slice, one) for one in found.slices)]
    drawn = [(name, one, one.reading(look).interval, GREYED if one.few else SCORE_LINE) for name, one in ours]
    drawn += [
        (one.judge.name, one.score, one.score.reading(Looks.ONCE).interval, GREYED if one.score.few else JUDGE)
        for one in found.judges
    ]
    return [(f"{short(name)} (n = {one.prompts})", one.score, interval, colour) for name, one, interval, colour in drawn]


def short(name: str) -> str:
    """A name on one line that fits."""
    flat = " ".join(name.split())
    return flat if len(flat) <= DRAWN_LETTERS else f"{flat[: DRAWN_LETTERS - 1]}…"
