"""The first sentence of Results follows the one rule of the verdict, and names the margin and who is late."""

from dataclasses import replace

import pytest

from rpo.reporting import first_sentence
from rpo.statistics import Ending, Looks, standings
from rpo.voting import Choice, Panel, Vote

PANEL = Panel("p", "Round 1", "base", "run-1", "Which?", 0.0, 200, 0)
ONCE, ALWAYS = Ending(Looks.ONCE, "", ()), Ending(Looks.ALWAYS, "", ())
TITLES = {"run-1": "RPO τ 0.5"}


def votes(wins, ties, losses):
    choices = [Choice.LEFT] * wins + [Choice.TIE] * ties + [Choice.RIGHT] * losses
    return [Vote(f"c{n}", "", "", "Ann", choice, False, "run-1", "base", 0, 0.0) for n, choice in enumerate(choices)]


def said(wins, ties, losses, end=ONCE, **panel):
    return first_sentence(replace(PANEL, **panel), standings(votes(wins, ties, losses), "run-1"), end, TITLES)


def test_all_of_it():
    assert said(101, 26, 73) == (
        "On 200 prompts, 1 rater preferred “RPO τ 0.5” to “base” 57.0 % of the time (95 %: 50.5 to 63.3 %; ties count half); "
        "that is more than chance."
    )


@pytest.mark.parametrize(
    ("counts", "end", "panel", "holds"),
    [
        ((61, 0, 39), ONCE, {}, ("more than chance",)),
        ((39, 0, 61), ONCE, {}, ("less than chance",)),
        ((60, 0, 40), ONCE, {}, ("do not tell the two apart",)),
        ((61, 0, 39), ALWAYS, {}, ("do not tell the two apart", "95 % at every look")),
        ((61, 0, 39), Ending(Looks.ALWAYS, "", ("Ben", "Cleo")), {}, ("Ben, Cleo have not finished: stop looking",)),
        ((80, 0, 20), Ending(Looks.ALWAYS, "", ("Ben",)), {}, ("more than chance", "Ben has not finished: the interval allows")),
        ((0, 24, 0), ONCE, {"example": True}, ("1 rule preferred",)),
        ((60, 0, 40), ONCE, {"margin": 0.05}, ("is not worse than the second by more than 5 points", "before the first vote")),
        ((50, 0, 50), ONCE, {"margin": 0.05}, ("by more than 5 points (the margin", "stays open")),
        ((10, 400, 10), ONCE, {"margin": 0.025}, ("differ by less than 2.5 points",)),
        ((20, 0, 80), ONCE, {"margin": 0.01}, ("is worse than the second by more than 1 point (",)),
        ((40, 900, 10), ONCE, {"margin": 0.05}, ("more than chance", "differ by less than 5 points")),
    ],
)
def test_it_knows(counts, end, panel, holds):
    assert all(words in said(*counts, end, **panel) for words in holds)


@pytest.mark.parametrize("panel", [{}, {"margin": 0.05}])
def test_no_margin_is_spoken_of_where_there_is_none_or_the_candidate_is_ahead_by_more(panel):
    assert "margin" not in said(90, 0, 10, **panel)
