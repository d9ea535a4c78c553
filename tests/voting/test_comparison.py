"""Comparisons: the laws of `swap` and of the id, outcomes, rows."""

import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.voting import Answer, Choice, Comparison, Vote, comparisons_from_file, comparisons_from_rows
from tests.preferences.test_fuzz import damaged, value

texts = st.text(min_size=1, max_size=20)
pairs = st.builds(
    lambda prompt, a, b: Comparison(f"?{prompt}", Answer(a, "base"), Answer(b, "tuned")), texts, st.text(max_size=20), texts
)


@given(pairs)
def test_swap_twice_is_identity_and_keeps_the_id(one):
    assert one.swap().swap() == one
    assert one.swap().id == one.id
    assert one.swap().first == one.second


@given(pairs, pairs)
def test_the_id_names_the_content(one, other):
    assert (one.id == other.id) == (one == other)


def test_the_same_text_from_the_other_author_is_another_comparison():
    one = Comparison("p", Answer("x", "base"), Answer("y", "tuned"))
    assert Comparison("p", Answer("y", "base"), Answer("x", "tuned")).id != one.id


def test_identical_answers_are_recognised():
    assert Comparison("p", Answer("x ", "a"), Answer("x\n", "b")).same
    assert Comparison("p", Answer("", "a"), Answer(" ", "b")).same
    assert not Comparison("p", Answer("x", "a"), Answer("X", "b")).same


@pytest.mark.parametrize(
    ("prompt", "authors", "rule"),
    [(" ", ("a", "b"), "prompt"), ("p", ("a", "a"), "authors.*'a'")],
)
def test_nonsense_is_refused(prompt, authors, rule):
    with pytest.raises(RpoError, match=rule):
        Comparison(prompt, Answer("x", authors[0]), Answer("y", authors[1]))


@pytest.mark.parametrize(
    ("choice", "left", "right", "tuned"),
    [
        (Choice.LEFT, "tuned", "base", 1.0),
        (Choice.LEFT, "base", "tuned", 0.0),
        (Choice.RIGHT, "base", "tuned", 1.0),
        (Choice.TIE, "base", "tuned", 0.5),
    ],
)
def test_the_outcome_knows_the_sides(choice, left, right, tuned):
    vote = Vote("id", "p", "", "Ann", choice, False, left, right, 0, 0.0)
    assert (vote.outcome("tuned"), vote.outcome("base")) == (tuned, 1 - tuned)
    with pytest.raises(RpoError, match="tuned.*'other'"):
        vote.outcome("other")


def test_rows_become_comparisons_and_a_broken_one_is_named():
    rows = [{"prompt": "p", "baseline": "x", "candidate": "y", "slice": "s"}, {"prompt": "p", "baseline": None, "candidate": "y"}]
    (one,) = comparisons_from_rows(rows[:1])
    assert (one.first.author, one.second.text, one.slice) == ("baseline", "y", "s")
    with pytest.raises(RpoError, match=r"\b2\b.*baseline.*NoneType"):
        comparisons_from_rows(rows)


def test_rows_may_say_which_answers_a_limit_cut():
    row = {"prompt": "p", "baseline": "x", "candidate": "y", "candidate_cut": True}
    (one,) = comparisons_from_rows([row])
    assert (one.first.cut, one.second.cut) == (False, True)
    assert one.id == comparisons_from_rows([{**row, "candidate_cut": False}])[0].id
    for wrong in ("yes", 1, None):
        with pytest.raises(RpoError, match=r"\b1\b.*baseline_cut"):
            comparisons_from_rows([{**row, "baseline_cut": wrong}])


def test_a_file_keeps_what_its_lines_say():
    content = '\ufeff{"prompt": "Why?\u2028Say!", "baseline": "So.", "candidate": "Because."}\r\n\n'.encode()
    (one,) = comparisons_from_file("answers.jsonl", content)
    assert (one.prompt, one.first.text, one.second.text) == ("Why?\u2028Say!", "So.", "Because.")


@pytest.mark.parametrize("seed", range(2))
def test_a_broken_file_is_refused_in_words_or_read_whole(seed):
    """Every row is a comparison, or the first that is none is named."""
    draw, outcomes = random.Random(seed), {True: 0, False: 0}
    for number in range(400):
        rows = [{"prompt": f"{number}?", "baseline": "x", "candidate": "y", "slice": "s"} for _ in range(draw.randint(0, 5))]
        for row in draw.sample(rows, min(len(rows), draw.randint(0, 2))):
            row[draw.choice([*row, "z"])] = value(draw)
        data, harmed = b"\n".join(map(orjson.dumps, rows)), draw.random() < 0.4
        if data and harmed:
            data = damaged(draw, data, ".jsonl")
        try:
            assert harmed or len(comparisons_from_file("a.jsonl", data)) == len(rows)
            outcomes[True] += 1
        except RpoError as error:
            outcomes[False] += 1
            assert "must" in str(error)  # noqa: PT017
            assert len(str(error)) < 400  # noqa: PT017
    assert min(outcomes.values()) > 40
