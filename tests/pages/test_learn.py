"""The lesson's step on τ asks before it answers, and follows the reader's own drag."""

import json

import pytest

from rpo.tuning import Point
from tests.pages.conftest import button, drawn, words


@pytest.mark.weights
@pytest.mark.parametrize(("guess", "said"), [("Yes", "**It does not.**"), ("No", "**You are right, it does not.**")])
def test_the_answer_is_shown_after_the_reader_chose(visit, guess, said):
    at = visit("learn", step="3")
    assert at.success == at.get("plotly_chart")[2:] == []
    assert "Choose first" in words(at.caption)
    at.radio(key="guess").set_value(guess).run()
    (answer,) = drawn(at).success
    assert said in answer.value
    assert "At τ = 0.5 the own answer gets 45%. The rest is spread over **6.9 of 7** others" in answer.value
    assert "Random vectors give nearly the same: 51% and 7.0" in answer.value
    assert "but there the own answer has 100%, and that is DPO" in answer.value


def test_the_small_world_trains_at_the_readers_own_tau(visit):
    at = visit("learn", step="3")
    at.radio(key="guess").set_value("No").run()
    assert "by RPO at τ = 0.5" in words(drawn(at).markdown)
    first = played(at)
    assert [frame["name"] for frame in first["frames"]] == ["0", "10", "20", "30", "40", "50", "60"]
    at.session_state["lesson_point"] = Point(tau=0.1)
    drawn(at.run())
    assert "by RPO at τ = 0.1" in words(at.markdown)
    assert played(at)["frames"] != first["frames"]
    at.session_state["lesson_point"] = Point.dials(0.5, 3.0)
    assert "by RPO at τ = 0.5" in words(drawn(at.run()).markdown)


def played(at):
    (chart,) = (one for one in at.get("plotly_chart") if one.proto.id.endswith("lesson-margins"))
    return json.loads(chart.proto.spec)


@pytest.mark.parametrize("step", range(1, 7))
def test_every_step_is_drawn(visit, step):
    at = visit("learn", step=str(step))
    assert at.error == []
    assert button(at, f"{step} ")
