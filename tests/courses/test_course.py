"""Runs held against each other where they stand equally far from their references."""

from dataclasses import replace

import numpy as np
import pytest

from rpo import runs, storage
from rpo.courses import Course, courses_of, difference, equal_kl
from rpo.errors import RpoError
from rpo.jsonl import append_line, keep_lines
from rpo.runs.run import Records
from rpo.spec import RunSpec
from rpo.statistics.intervals import share_of

PAIRS = tuple(f"pair {n}" for n in range(8))


def folder(name, **change):
    run = runs.Run(storage.folder("runs", name))
    storage.write_json(run.folder / "spec.json", RunSpec(**change).as_dict())
    return run


def evaluated(run, *evaluations, pairs=PAIRS):
    """Evaluations as (step, KL, distance of each pair)."""
    for step, kl, distances in evaluations:
        won, margin = (np.sign(distances) + 1) / 2, run.spec.beta * float(np.mean(distances))
        figures = {"accuracy": float(won.mean()), "margin": margin, "kl": kl, "loss": 0.6, "n": len(distances)}
        append_line(run.folder / Records.EVALUATIONS, {"step": step, **figures})
        ratios = [[distance / 2, -distance / 2] for distance in distances]
        append_line(run.folder / Records.LOGRATIOS, {"step": step, "split": "held-out", "ids": list(pairs), "ratios": ratios})
    return run


FAR = [(2, 0.1, [1.0] * 5 + [-1.0] * 3), (4, 0.4, [4.0] * 7 + [-2.0])]
NEAR = [(2, 0.05, [1.0] * 4 + [-1.0] * 4), (4, 0.2, [3.0] * 6 + [-1.0] * 2)]


def test_a_real_runs_course_is_what_it_recorded(trained):
    run = trained()
    course = Course.of(run)
    assert course.steps.tolist() == [0, 2, 4]
    assert (course.kl[0], course.accuracy[0], course.distance[0]) == (0, 0.5, 0)
    for place, record in enumerate(run.evaluations[-2:], 1):
        assert course.kl[place] == record["kl"]
        assert course.won[place].mean() == pytest.approx(record["accuracy"])
        assert course.distances[place].mean() * run.spec.beta == pytest.approx(record["margin"], rel=1e-4)
        assert course.distance[place] == pytest.approx(course.distances[place].mean(), rel=1e-4)


def test_runs_are_read_at_the_largest_kl_that_all_reached():
    far, near = evaluated(folder("far"), *FAR), evaluated(folder("near", tau=0.1), *NEAR)
    found = equal_kl(courses_of([far, near]))
    assert (found.kl, found.words) == (0.2, "")
    one, other = found.readings
    third = (0.2 - 0.1) / (0.4 - 0.1)
    assert one.accuracy == pytest.approx((1 - third) * 5 / 8 + third * 7 / 8)
    assert one.distance == pytest.approx((1 - third) * 0.25 + third * 3.25)
    assert (one.after, one.before) == (2, 4)
    assert (other.accuracy, other.after, other.before) == (6 / 8, 4, 4)
    assert other.accuracy_ends == share_of(np.array([1.0] * 6 + [0.0] * 2))
    assert one.distance_ends[0] < one.distance < one.distance_ends[1]


def test_runs_of_another_beta_stand_on_one_axis():
    plain, half = (Course.of(evaluated(folder(f"beta-{beta}", beta=beta), *FAR)) for beta in (0.1, 0.05))
    assert half.distance.tolist() == pytest.approx(plain.distance.tolist())


def test_a_run_that_came_back_is_read_where_it_first_stood_so_far():
    back = Course.of(evaluated(folder("back"), (2, 0.4, [1.0] * 8), (4, 0.1, [2.0] * 8), (6, 0.8, [4.0] * 8)))
    assert back.around(0.2) == (0, 1)
    assert back.at(0.4, back.distance) == 1.0
    assert back.reached == 0.8


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([("empty", [])], "1 run has no evaluation with a KL above 0"),
        ([("still", [(2, 0.0, [0.0] * 8)])], "1 run has no evaluation with a KL above 0"),
        ([("empty", []), ("still", [])], "2 runs have no evaluation"),
    ],
)
def test_no_common_kl_is_said(others, said):
    known = [evaluated(folder("far"), *FAR), *(evaluated(folder(name, tau=0.1), *points) for name, points in others)]
    found = equal_kl(courses_of(known))
    assert found.readings == ()
    assert said in found.words
    assert "no run" in equal_kl(()).words


def test_what_makes_a_reading_less_than_it_seems_is_said():
    far, near = evaluated(folder("far"), *FAR), evaluated(folder("near", tau=0.1), (2, 0.05, [1.0] * 8))
    assert "1 run is read between the untrained policy and the first evaluation" in equal_kl(courses_of([far, near])).words
    other = evaluated(folder("other", tau=0.2), *NEAR, pairs=[f"{name}'" for name in PAIRS])
    assert "not measured on the same held-out pairs" in equal_kl(courses_of([far, other])).words
    keep_lines(other.folder / Records.LOGRATIOS, lambda record: False)
    old = Course.of(other)
    assert (old.known, old.reached, old.accuracy[-1]) == (False, 0.2, 6 / 8)
    found = equal_kl([Course.of(far), old])
    assert "an older version" in found.words
    assert np.isnan(found.readings[1].accuracy_ends).all()


def test_two_settings_are_held_against_each_other_seed_by_seed():
    first = [Course.of(evaluated(folder(f"a{seed}", seed=seed), *FAR)) for seed in (0, 1)]
    second = [Course.of(evaluated(folder(f"b{seed}", tau=0.1, seed=seed), *NEAR)) for seed in (0, 1)]
    found = difference(first, second)
    here = equal_kl([first[0], second[0]]).readings
    assert found.kl == 0.2
    assert found.accuracy == pytest.approx(here[0].accuracy - here[1].accuracy)
    assert found.distance == pytest.approx(here[0].distance - here[1].distance)
    assert found.ends[0] <= found.accuracy <= found.ends[1]
    with pytest.raises(RpoError, match="same held-out pairs"):
        difference(first, [replace(one, pairs=one.pairs[::-1]) for one in second])


def test_seeds_of_one_setting_stand_together():
    for name, change in (("a", {"tau": 0.1}), ("b", {"tau": 0.5}), ("c", {"tau": 0.1, "seed": 1})):
        evaluated(folder(name, **change), *FAR)
    found = courses_of(runs.all_runs())
    assert {one.name: (one.setting, one.seed) for one in found} == {
        "a": ("rpo-paired, τ 0.1", 0), "b": ("rpo-paired, τ 0.5", 0), "c": ("rpo-paired, τ 0.1", 1),
    }  # fmt: skip
    assert len({one.setting for one in found[:2]}) == 1
