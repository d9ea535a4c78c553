"""Pictures and components of texts that are attacks: Plotly takes what it draws for HTML, JavaScript could set it as HTML."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

import rpo.components
from rpo.charts import contrast, curves, prompt_map, score, sweep
from rpo.charts.colours import Groups
from rpo.embeddings import PromptMap
from rpo.runs import SweepCell
from rpo.statistics import rank_authors
from rpo.statistics import standings as standings_of
from rpo.tuning import Sample
from rpo.tuning.sample import contrast_of
from rpo.voting import Ballots
from tests.security.hostile import ALL, ATTACKS, voted

CELL = SweepCell(ALL, {}, 2, 6, {"accuracy": 0.5, "kl": 0.1}, {"accuracy": 0.1, "kl": 0.1})
STEP = [{"step": 1, "loss": 0.7}]
HTML_SET = {
    "ballot.js": 3,
    "lab.js": 1,
    "tau_notebook.js": 1,
}  # figures and our own words; prompt, answers and guideline as HTML made harmless


def matrix():
    ratios = (0.0,) * len(ATTACKS)
    cosines = np.eye(len(ATTACKS), dtype=np.float32)
    weighed = contrast_of(Sample(ATTACKS, ATTACKS, True, ratios, ratios), cosines, 0.5, 0.1)
    return contrast.matrix_figure(weighed, ATTACKS, ATTACKS)


def mapped():
    count = len(ATTACKS)
    vectors, points = torch.eye(count).numpy(), np.arange(2.0 * count, dtype=np.float32).reshape(count, 2)
    return prompt_map.map_figure(PromptMap(ATTACKS, vectors, points, "encoder", 0, "pca"), Groups("slice", ATTACKS))


def scores():
    votes = Ballots().votes(voted())
    return score.score_figure([(ALL, standings_of(votes, ATTACKS[0]))])


def several():
    voted()
    ballots = Ballots()
    return score.board_figure(rank_authors(ballots.votes(*(panel.id for panel in ballots.panels()))))


FIGURES = {
    "matrix": matrix,
    "map": mapped,
    "scores": scores,
    "board": several,
    "curves": lambda: curves.curves_figure({name: curves.RunCurves(STEP, STEP) for name in (ALL, ATTACKS[5])}, 0.5),
    "sweep": lambda: sweep.cells_figure([CELL]),
}


@pytest.mark.weights
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_picture_has_letters_only(rpo_home, figure):
    shown = re.sub(r"\\u[0-9a-f]{4}", lambda found: chr(int(found[0][2:], 16)), figure().to_json())
    assert "leak.test" in shown
    assert not re.search(r"<(a|img)\b", shown)
    assert "&lt;a href=" in shown


def test_only_these_places_of_the_components_set_html():
    place = Path(rpo.components.__file__).parent
    found = {
        path.name: len(re.findall("innerHTML|outerHTML|insertAdjacent|document.write", path.read_text()))
        for path in place.glob("*.js")
    }
    assert {name: count for name, count in found.items() if count} == HTML_SET
