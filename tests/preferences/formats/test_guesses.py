"""Proposals for a form: which way a row says what people preferred, and which column is which field."""

import pytest

from rpo.preferences import Way, guess, guess_better, guess_held_out, way_of
from rpo.preferences.formats.guesses import FIELD_GUESSES, RARE_FIELDS
from rpo.preferences.formats.mapping import MORE, WAY_COLUMNS

NAMED = [
    ("question good bad", Way.PREFERRED, ("question", "good", "bad")),
    ("id Instruction chosen_response rejected_response", Way.PREFERRED, ("Instruction", "chosen_response", "rejected_response")),
    ("prompt response_a response_b winner", Way.BETTER, ("prompt", "response_a", "response_b", "winner")),
    ("instruction input answer_1 answer_2 preference", Way.BETTER, ("instruction", "answer_1", "answer_2", "preference")),
    ("query answer0 answer1 label", Way.BETTER, ("query", "answer0", "answer1", "label")),
    ("q prompt output_1 output_2 score_1 score_2", Way.SCORED, ("prompt", "output_1", "output_2", "score_1", "score_2")),
    ("question reply stars", Way.LIKED, ("question", "reply", "stars")),
    ("id user_prompt model_output thumb", Way.LIKED, ("user_prompt", "model_output", "thumb")),
    ("frage gut schlecht", None, ()),
    ("", None, ()),
]


@pytest.mark.parametrize(("columns", "way", "fields"), NAMED)
def test_columns_are_known_by_their_names(columns, way, fields):
    assert way_of(columns.split()) == way
    if way:
        assert tuple(guess(way.columns, columns.split()).values()) == fields


def test_no_column_is_taken_twice():
    assert guess(("first", "second"), ("answer",)) == {"first": None, "second": None}
    found = guess(Way.SCORED.columns, ("response", "response_a", "response_b", "score_a", "score_b", "prompt"))
    assert len(set(found.values())) == len(found)


def test_a_column_that_few_files_have_is_known_by_its_whole_name_alone():
    columns = ("system_name", "history_id", "id")
    assert guess(RARE_FIELDS, columns) == {"system": None, "history": None}
    assert guess(RARE_FIELDS, (*columns, "System Prompt", "history")) == {"system": "System Prompt", "history": "history"}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (("A", "B", "tie"), ("A", "B")),
        (("2", "1"), ("1", "2")),
        (("1", "0"), ("0", "1")),
        (("model_b", "tie", "model_a"), ("model_a", "model_b")),
        (("left", "right"), ("left", "right")),
        (("-3", "0", "2"), ("<0", ">0")),
        (("yes", "no"), (None, None)),
        ((), (None, None)),
    ],
)
def test_what_a_column_of_verdicts_says_is_proposed(values, found):
    assert guess_better(values) == found


def test_splits_that_are_held_out_are_those_with_such_a_name():
    assert guess_held_out(("train", "dev", "test_prefs", "A", "train_2")) == ["dev", "test_prefs"]


def test_every_way_of_the_library_is_in_the_form_and_every_field_has_names():
    assert sorted(way.fields for way in Way) == sorted(WAY_COLUMNS.values())
    assert {field for way in Way for field in way.columns} | {*RARE_FIELDS} == set(FIELD_GUESSES)
    assert set(RARE_FIELDS) <= set(MORE)
