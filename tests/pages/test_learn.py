"""The lesson: a guess before each picture, one picture on a projector, a recap, and Tune with what is on the screen."""

import json

import pytest

from pages.learn import SCENES
from rpo.teaching.guesses import GUESSES
from rpo.teaching.lesson import SHOWN_AND_NOT
from rpo.teaching.steps import ALL_STEPS, LessonStep
from rpo.teaching.two import Shown
from rpo.tuning import Point
from tests.pages.conftest import button, drawn, named, words

PICTURES = "bidi_component", "plotly_chart", "latex"


def guess(at, step, answer=None):
    return drawn(button(at, answer or GUESSES[step].right).click().run())


def pictures(at):
    """What of this kind is on the page, by kind."""
    return {kind: found for kind in PICTURES if (found := at.get(kind))}


def sent(at, name="lesson"):
    """What the component of this key was sent."""
    (one,) = (one for one in at.get("bidi_component") if one.proto.id.endswith(f"-{name}"))
    return json.loads(one.proto.json)


def chart(at, key):
    (one,) = (one for one in at.get("plotly_chart") if one.proto.id.endswith(f"-{key}"))
    return json.loads(one.proto.spec)


def test_every_step_has_a_scene():
    assert set(SCENES) == set(LessonStep)


@pytest.mark.weights
@pytest.mark.parametrize("step", ALL_STEPS)
def test_each_step_shows_its_picture_after_a_guess(visit, step):
    at = visit("learn", step=str(step))
    assert not at.error
    assert (button(at, "Back").disabled, button(at, "Next").disabled) == (step is ALL_STEPS[0], step is ALL_STEPS[-1])
    if step not in GUESSES:
        return
    before = pictures(at)
    assert bool(before) == SCENES[step].early
    assert len(at.caption) == 2 - SCENES[step].early  # the sheet's and "choose first": the words come after the guess, too
    assert not before or not sent(at, "lab" if step is LessonStep.LAB else "lesson").get("free")
    guess(at, step)
    assert pictures(at)
    assert named(at.markdown, "You guessed", GUESSES[step].right)


def test_the_first_screen_is_a_real_prompt_with_two_answers(visit):
    data = sent(visit("learn"))
    assert (data["step"], data["preferred"], len(data["two"]["answers"])) == ("pair", None, 2)
    assert "coffee stain" in data["two"]["prompt"]


def test_the_question_on_tau_is_answered_at_its_own_tau(visit):
    at = visit("learn", step="near", other="6", at="0.1")
    assert sent(at)["shown"] == {"other": 6, "tau": 0.1}
    drawn(button(at, "Next").click().run())
    drawn(button(at, "Next").click().run())
    at = guess(at, LessonStep.TAU, "Yes")
    assert (sent(at)["shown"]["tau"], sent(at)["turn"]) == (0.5, 1)


def test_the_small_world_trains_at_the_readers_own_tau(visit):
    at = guess(visit("learn", step="tau"), LessonStep.TAU)
    at.toggle(key="closer_look").set_value(True)
    assert "by RPO at τ = 0.5" in words(drawn(at.run()).markdown)
    first = chart(at, "lesson-margins")
    assert [frame["name"] for frame in first["frames"]] == ["0", "10", "20", "30", "40", "50", "60"]
    at.session_state["lesson_point"] = Point(tau=0.1)
    assert "by RPO at τ = 0.1" in words(drawn(at.run()).markdown)
    assert chart(at, "lesson-margins")["frames"] != first["frames"]
    at.session_state["lesson_point"] = Point.dials(0.5, 3.0)
    assert "by RPO at τ = 0.5" in words(drawn(at.run()).markdown)


@pytest.mark.weights
@pytest.mark.parametrize("step", ALL_STEPS)
def test_a_projector_has_one_picture_in_large_letters(visit, step):
    at = visit("learn", step=str(step), projector="1")
    if step in GUESSES:
        guess(at, step)
    found = pictures(at)
    assert len(found) == (step is not LessonStep.RECAP)
    for one in found.get("plotly_chart", ()):
        axes = json.loads(one.proto.spec)["layout"]
        sizes = [axes[axis][font]["size"] for axis in ("xaxis", "yaxis") for font in ("tickfont",)]
        sizes += [axes[axis]["title"]["font"]["size"] for axis in ("xaxis", "yaxis")]
        assert min(sizes) >= 18
    assert all(json.loads(one.proto.json)["large"] for one in found.get("bidi_component", ()))
    assert at.query_params["projector"] == "1"
    alone = words(at.caption)
    at.toggle(key="beside").set_value(True)
    drawn(at.run())
    assert len(words(at.caption) + words(at.markdown)) > len(alone)
    assert len(pictures(at)) == len(found)


def test_few_words_stand_below_the_lab():
    assert len(SHOWN_AND_NOT.replace("*", "").split()) <= 60


def test_the_verdict_on_the_lab_waits_for_its_run(visit):
    at = visit("learn", step="lab")
    assert sent(at, "lab")["verdict"] == ""  # until then it does not run
    assert "it is no" in sent(guess(at, LessonStep.LAB, "Yes"), "lab")["verdict"]


def test_the_recap_sets_guesses_beside_what_happened(visit):
    at = visit("learn", step="recap")
    assert named(at.info, "not guessed yet")
    at.session_state["guesses"] = {LessonStep.NEAR: "Less", LessonStep.PAPER: "No"}
    (table,) = (one.value for one in drawn(at.run()).markdown if one.value.startswith("| step"))
    assert len(table.splitlines()) == 4
    assert "| Less | **More** |" in table
    assert "p = 0.10" in table
    assert named(at.markdown, "Three sentences to keep")


@pytest.mark.parametrize(
    ("tau", "figures"),
    [
        ("0.5", ("0.164", "1.388", "7.389", "= 0.16", "= 0.84")),
        ("0.001", (r"e^{0.164/0.001} = 1.68 \cdot 10^{71}", r"1.97 \cdot 10^{434}", "= 0.00", "= 1.00")),
        ("1000", ("1.001", "= 0.50")),
    ],
)
def test_the_formula_has_the_numbers_of_the_screen(visit, tau, figures):
    said = words(guess(visit("learn", step="formula", at=tau), LessonStep.FORMULA).latex)
    assert [figure for figure in figures if figure not in said] == [], said


@pytest.mark.weights
@pytest.mark.parametrize(
    ("label", "rows", "size"), [("Open these two prompts", (78, 84), 8), ("Open these eight prompts", (), 8)]
)
def test_tune_opens_with_what_is_on_the_screen(visit, label, rows, size):
    at = visit("tune", tau="0.9", M="4", seed="3", rows="1,2")  # Tune was there before, with something else
    at.query_params.clear()
    drawn(at.switch_page("learn.py").run())
    at.session_state["shown"], at.session_state["learn"] = Shown(6, 0.123), LessonStep.RECAP
    drawn(at.run())
    drawn(button(at, label).click().run())
    assert [title.value for title in at.title] == ["Tune"]
    state = at.session_state
    assert (state["rows"], state["size"], state["seed"], state["tau"]) == (rows, size, 0, 0.123)


def test_the_address_says_only_what_is_not_as_usual(visit):
    assert visit("learn").query_params == {}
    at = visit("learn", step="5", at="0.2", tau="1.5", seed="3", kind="unpaired", width="wide")
    assert dict(at.query_params) == {"step": "lab", "at": "0.2", "tau": "1.5", "seed": "3"}


def test_a_teacher_finds_the_sheet_on_each_step(visit):
    for step in (LessonStep.PAIR, LessonStep.RECAP):
        assert "Teacher's sheet" in [one.label for one in visit("learn", step=str(step)).download_button]
