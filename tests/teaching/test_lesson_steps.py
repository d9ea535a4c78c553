"""The lesson's steps, its two prompts and its guesses: what stands there is what the data, the encoder and the formula say."""

import numpy as np
import pytest
import torch

from rpo import weights
from rpo.contrast import weights_of_cosines
from rpo.embeddings.shipped import shipped
from rpo.preferences import EMBEDDED, load
from rpo.teaching.guesses import GUESSES, KEEP
from rpo.teaching.sheet import minutes_in_class, sheet
from rpo.teaching.steps import ALL_STEPS, TAUGHT, LessonStep, beside, in_menu, step_of
from rpo.teaching.two import COSINES, OTHERS_OF_A, PROMPT_A, Shown, answers_of_two, refused_shown, rows_of_two, shown_of


def test_the_prompts_and_cosines_are_those_of_the_data():
    data = load(EMBEDDED)
    vectors = shipped(data.prompts, weights.ENCODER).vectors
    rows = [data.prompts.index(prompt) for prompt in (PROMPT_A, *OTHERS_OF_A)]
    assert np.abs(vectors[rows[0]] @ vectors[rows[1:]].T - COSINES).max() < 6e-4
    assert list(COSINES) == sorted(COSINES)
    seen, train = answers_of_two(), {row["prompt"]: row for row in data.train.to_list()}
    assert seen["answers"][seen["authors"]] == train[PROMPT_A]["chosen"]
    assert seen["answers"][1 - seen["authors"]] == train[PROMPT_A]["rejected"]
    assert all(one[side] == train[one["prompt"]][side] for one in seen["others"] for side in ("chosen", "rejected"))
    assert rows_of_two(Shown(7)) == (rows[0], rows[8])


@pytest.mark.parametrize("tau", [0.001, 0.02, 0.5, 5.0, 1000.0])
@pytest.mark.parametrize("other", [0, 4, 7])
def test_weights_of_two_prompts_are_the_papers(other, tau):
    shown = Shown(other, tau)
    cosines = torch.tensor([[1, shown.cosine], [shown.cosine, 1]], dtype=torch.float64)
    assert [shown.own, shown.across] == pytest.approx(weights_of_cosines(cosines, tau)[0].tolist())


@pytest.mark.parametrize(
    ("word", "step"),
    [
        ("1", LessonStep.PAIR),
        ("2", LessonStep.FORMULA),
        ("3", LessonStep.TAU),
        ("4", LessonStep.LIMITS),
        ("5", LessonStep.LAB),
        ("6", LessonStep.PAPER),
        *((str(step), step) for step in ALL_STEPS),
        *((word, LessonStep.PAIR) for word in ("", "0", "7", "-1", "²", "nonsense", "PAIR", "5.0")),
    ],
)
def test_an_address_finds_its_step_also_by_its_earlier_number(word, step):
    assert step_of(word) is step


def test_the_ends_of_the_lesson_are_its_ends():
    assert [beside(ALL_STEPS[0], -1), beside(ALL_STEPS[0], 1), beside(ALL_STEPS[-1], 1)] == [*ALL_STEPS[:2], ALL_STEPS[-1]]


@pytest.mark.parametrize("asked", [{"other": "99", "at": "nan"}, {"other": "-1"}, {"other": "x", "at": ""}, {"at": "1e9"}])
def test_nonsense_in_an_address_opens_the_lesson_as_usual(asked):
    assert shown_of(asked) == Shown()
    assert ("tau must be" in refused_shown(asked)) == (asked.get("at") in ("nan", "1e9"))


def test_what_is_shown_goes_through_its_address():
    assert Shown().address == {}
    assert shown_of(Shown(5, 0.123).address) == Shown(5, 0.123)


SAYS = {  # a figure of each reason, at what the lesson opens with
    LessonStep.NEAR: ("0.09", "0.43"),
    LessonStep.FORMULA: ("0.84", "0.43"),
    LessonStep.TAU: ("45%", "6.9 of 7", "51%"),
    LessonStep.LAB: ("0.00 by DPO", "1.53 by RPO"),
    LessonStep.LIMITS: ("18%", "37%", "12.5%"),
    LessonStep.PAPER: ("uniform weights", "p = 0.10"),
}


@pytest.mark.parametrize("step", GUESSES)
def test_a_guess_has_one_right_answer_and_its_figures(step):
    guess = GUESSES[step]
    assert guess.right in guess.answers
    for answer in guess.answers:
        said = guess.verdict(answer, Shown())
        assert ("and so it is" in said) == (answer == guess.right)
        assert all(figure in said for figure in SAYS[step]), said


def test_the_right_answers_follow_from_their_figures():
    weights_there = [Shown(place).across for place in range(len(COSINES))]
    assert weights_there == sorted(weights_there)
    assert {step for step, guess in GUESSES.items() if guess.right == "More"} == {LessonStep.NEAR}
    for tau in (0.02, 0.5, 5.0):
        reason = GUESSES[LessonStep.FORMULA].why(Shown(3, tau))
        two, eight = (float(word.strip(".")) for word in reason.split("from ")[1].split(" to "))
        assert eight <= two


def test_the_teachers_sheet_has_every_step():
    printed = sheet()
    assert set(TAUGHT) == set(LessonStep)
    assert set(GUESSES) == set(LessonStep) - {LessonStep.PAIR, LessonStep.RECAP}
    for step in LessonStep:
        row = printed.split(f"<td>{in_menu(step)}</td>")[1].split("</tr>")[0]
        assert f"<td>{TAUGHT[step].minutes}</td>" in row
        assert row.count("<td>") == 3
        assert all(len(text) > 30 for text in (TAUGHT[step].ask, TAUGHT[step].see))
    assert minutes_in_class() == f"{sum(one.minutes for one in TAUGHT.values())} minutes"
    assert printed.count("<li>") == len(KEEP) == 3
