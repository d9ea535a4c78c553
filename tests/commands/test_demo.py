"""`rpo demo`: the main job without a browser."""

import json

import pytest

from tests.test_cli import rpo


@pytest.mark.weights
def test_the_demo_walks_the_main_job_and_prints_one_json_object_last(checked_model, mapped):
    done = rpo("demo", "--json", "--steps", "1", "--held-out", "1", "--new-tokens", "8", "--short")
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["prompts"], figures["train_pairs"], figures["steps"], figures["tau"]) == (260, 200, 1, 0.5)
    assert figures["contrast_size"] == 4
    assert (figures["accuracy_before"], figures["margin_before"]) == (0.5, 0.0)
    assert figures["margin_after"] > 0
    assert 1 < figures["effective_contrasts"] < figures["contrast_size"]
    assert 1 < figures["effective_others"] < figures["random_effective_others"] < figures["contrast_size"] - 1
    assert figures["own_share"] < figures["random_own_share"]
    assert "held-out reward accuracy" in done.stderr
