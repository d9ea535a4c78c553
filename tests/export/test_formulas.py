"""The formula of a card is that of the loss which was trained."""

import pytest

from rpo.export.formulas import LINK_SYMBOLS, LINKED_LOSSES, LOSSES, formula, symbols
from rpo.objectives import Objective
from rpo.spec import FIELDS, RunSpec

SIGMOID = r"\log\sigma"


def test_every_objective_and_link_has_one():
    assert set(LOSSES) == {one for one in Objective if not one.contrasts}
    assert tuple(LINK_SYMBOLS) == FIELDS["link"].among
    assert {LINKED_LOSSES[formula(RunSpec(objective=one))] for one in Objective if one.entry.links}


@pytest.mark.parametrize(
    ("settings", "there", "said"),
    [
        ({}, SIGMOID, "τ 0.5"),
        ({"form": "outside"}, "W_{ij}\\log", "W_ij"),
        ({"link": "hinge"}, r"\ell(W_{ij}\,d_{ij})", "ℓ(d) = max(0, 1 − βd)"),
        ({"objective": "dpo", "link": "squared"}, r"\ell(d_{ii})", "(d − 1/(2β))²"),
        ({"objective": "dpo", "noise": 0.2}, r"\ell(d_{ii})", "ε = 0.2"),
        ({"weighting": "diagonal", "link": "hinge"}, r"\frac{0.2}{M(M-1)}", "ℓ(d)"),
        ({"nll": 0.5}, r"\lambda", "λ = 0.5"),
        ({"objective": "dpo", "length_normalised": True}, SIGMOID, "mean over an answer's tokens"),
        ({"objective": "simpo", "gamma": 0.3}, SIGMOID, "γ = 0.3"),
    ],
)
def test_a_loss_is_written_with_what_it_was_trained_with(settings, there, said):
    spec = RunSpec(**settings)
    assert there in formula(spec)
    assert said in symbols(spec)
    assert (SIGMOID in formula(spec)) == (spec.link == "sigmoid" and not spec.noise)
