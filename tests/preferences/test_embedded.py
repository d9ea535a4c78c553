"""The embedded data is what its card says."""

import re
from collections import Counter
from statistics import mean

import pytest

from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind, directness, load


@pytest.fixture(scope="module")
def pairs():
    return load(EMBEDDED)


@pytest.fixture(scope="module")
def log():
    return load(EMBEDDED_LOG)


def test_the_counts_of_the_card(pairs, log):
    assert (len(pairs.train), len(pairs.held_out), len(pairs.spare), len(pairs.held_out_prompts)) == (200, 60, 140, 200)
    assert Counter(pairs.rows["slice"]) == dict.fromkeys(set(pairs.rows["slice"]), 13)
    assert len(set(pairs.slices)) == 20
    assert (pairs.kind, log.kind) == (Kind.PAIRED, Kind.UNPAIRED)
    assert (len(log.train), sum(log.train["liked"]), len(log.held_out), sum(log.held_out["liked"])) == (60, 30, 20, 10)


def test_no_prompt_stands_twice_anywhere(pairs, log):
    prompts = [*pairs.rows["prompt"], *pairs.spare, *log.rows["prompt"]]
    assert [prompt for prompt, count in Counter(map(str.lower, prompts)).items() if count > 1] == []


def test_answers_are_short_and_of_like_length(pairs):
    lengths = {side: [len(text.split()) for text in pairs.rows[side]] for side in ("chosen", "rejected")}
    assert all(25 <= length <= 44 for side in lengths.values() for length in side)
    assert (round(mean(lengths["chosen"])), round(mean(lengths["rejected"]))) == (35, 38)


def test_the_principle_shows_in_figures(pairs):
    assert all(re.search(r"\d", text) for text in pairs.rows["chosen"])
    assert not any(re.search(r"\d", text) for text in pairs.rows["rejected"])


@pytest.mark.parametrize(("split", "chosen", "rejected"), [("train", 0.99, 0.27), ("held_out", 1.00, 0.29)])
def test_the_rule_scores_what_the_card_says(pairs, split, chosen, rejected):
    rows = getattr(pairs, split)
    assert round(mean(directness(text).score for text in rows["chosen"]), 2) == chosen
    assert round(mean(directness(text).score for text in rows["rejected"]), 2) == rejected


@pytest.mark.parametrize(
    ("answer", "failing"),
    [
        ("Boil it for 7 minutes.", set()),
        ("Yes, leave it for 2 days.", set()),
        ("Boil it for a while.", {"opens", "concrete"}),
        ("Boil it for 7 minutes, although that depends on the egg.", {"plain"}),
        ("Here's a step-by-step guide:\n\n1. **Heat**: heat it.\n2. **Wait**: wait.", {"opens", "concrete", "plain"}),
        ("Boil it for 7 minutes and", {"short"}),
        ("7 " + "word " * 80 + ".", {"short"}),
        ("", {"opens", "concrete", "plain", "short"}),
    ],
)
def test_directness_by_example(answer, failing):
    found = directness(answer)
    assert {name for name in ("opens", "concrete", "plain", "short") if not getattr(found, name)} == failing
    assert found.score == 1 - len(failing) / 4


def test_every_prompt_knows_its_slice(pairs):
    assert pairs.slice_of(pairs.spare[0]) == "cooking"
    assert pairs.slice_of(pairs.prompts[-1]) == "study and learning"
    assert pairs.slice_of("never asked") == ""
    assert pairs.about(pairs.prompts[0])[0]["chosen"].startswith("Six and a half")
