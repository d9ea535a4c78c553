"""Each alarm is raised by what it is for, and a healthy run raises none."""

import re

import pytest

from rpo.runs import diagnose, notes
from rpo.spec import Objective, RunSpec, Weighting

HEALTHY = {
    "loss": 0.5,
    "chosen_reward": 0.4,
    "rejected_reward": -0.6,
    "margin": 1.0,
    "accuracy": 0.9,
    "rivals": 5.0,
    "grad_norm": 1.0,
}


def raised(spec=None, evaluations=(), steps=20, **change):
    metrics = [{"step": step, **HEALTHY, **change} for step in range(1, steps + 1)]
    return [alarm.seen for alarm in diagnose(spec or RunSpec(), metrics, evaluations)]


def measured(accuracy, n=60, kl=0.1):
    return [{"step": 0, "accuracy": 0.5, "n": n, "kl": 0.0}, {"step": 20, "accuracy": accuracy, "n": n, "kl": kl}]


def test_a_healthy_run_raises_none():
    assert raised(evaluations=measured(0.8)) == []


def test_nothing_is_said_too_soon():
    assert raised(steps=5, rivals=1.0) == []


@pytest.mark.parametrize(
    ("change", "evaluations", "words"),
    [
        ({"chosen_reward": -0.8}, (), r"chosen reward.*-0\.80.*margin.*1\.00"),
        ({"rivals": 1.02}, (), r"1\.02 effective contrasts.*τ 0\.5, M 8, all-minilm-l6-v2"),
        ({"rivals": 7.95}, (), r"7\.95 of 8 effective contrasts"),
        ({"grad_norm": 50.0}, (), r"100%.*clipped.*\b10\b"),
        ({"kl": 0.9}, (), r"0\.90 nats"),
        ({}, measured(0.55), r"chance.*0\.50 ± 0\.11.*n = 60"),
        ({}, measured(0.4), "chance"),
        ({"accuracy": 1.0}, measured(0.62), r"1\.00.*held-out.*0\.62"),
        ({}, measured(0.9, kl=1.5), r"1\.50 nats"),
    ],
)
def test_each_alarm(change, evaluations, words):
    (seen,) = raised(evaluations=evaluations, **change)
    assert re.search(words, seen)


def test_what_an_objective_cannot_show_is_not_held_against_it():
    assert raised(RunSpec(objective=Objective.DPO), rivals=1.0) == []
    assert raised(RunSpec(contrast_size=1), rivals=1.0) == []
    assert raised(RunSpec(weighting=Weighting.UNIFORM), rivals=8.0) == []


def test_without_a_reference_rewards_in_training_are_no_log_ratios():
    spec = RunSpec(objective=Objective.SIMPO, beta=2.0)
    assert raised(spec, chosen_reward=-2.4, accuracy=1.0, evaluations=measured(0.62)) == []
    (drift,) = diagnose(spec, [{"step": step, **HEALTHY} for step in range(20)], measured(0.9, kl=0.9))
    assert "β" not in drift.attempt
    assert [words.split()[0] for words in notes([spec, RunSpec(), RunSpec(objective=Objective.DPO), spec])] == ["simpo"]


def test_it_is_the_end_that_counts():
    metrics = [{"step": step, **HEALTHY, "rivals": 1.0 if step < 10 else 5.0} for step in range(1, 41)]
    assert diagnose(RunSpec(), metrics, ()) == ()
