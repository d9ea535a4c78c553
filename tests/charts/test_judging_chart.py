"""The confusion of judge and people: every count in its cell."""

from rpo.charts.judging import confusion_figure
from rpo.judging import VERDICT_NAMES, judge_vs_humans
from tests.judging.test_verdicts import said


def test_every_count_stands_in_its_cell():
    found = judge_vs_humans(said(1.0, 1.0, 0.5, 0.0), said(1.0, 0.0, 0.5, 0.0, rater="Ann"), "cand")
    figure = confusion_figure(found)
    cells = {(note.y, note.x): int(note.text) for note in figure.layout.annotations}
    assert cells == {
        (judge, human): found.confusion[i][j] for i, judge in enumerate(VERDICT_NAMES) for j, human in enumerate(VERDICT_NAMES)
    }
    assert cells["win", "loss"] == 1
    assert sum(cells.values()) == 4
