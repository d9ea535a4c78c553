"""The file for LLM Comparator: its schema's keys and types, its scale, whose answer is A."""

import json

import pytest

from rpo.reading import TRAITS, comparator_json
from rpo.reading.comparator import comparator_score
from rpo.voting import Panel
from tests.reading.worlds import pair, vote_of

PANEL = Panel("id", "a panel", "base", "tuned", "", 0.0, 1, 0)
KINDS = {"number", "string", "category", "per_model_number", "per_model_boolean", "per_rating_string"}  # of its FieldType


def written(*pairs):
    return json.loads(comparator_json(PANEL, pairs, {"tuned": "My run"}))


def test_the_file_has_what_the_schema_requires():
    votes = [vote_of(1.0, "Ann", left=False, tags=["Kind"], reason="good"), vote_of(0.5, "Bob"), vote_of(0.0, "Cleo")]
    found = written(pair("Why?", "no", "- yes", votes, (0.0,), "chat"), pair("Open?"))
    assert set(found) == {"metadata", "models", "examples"}
    assert found["models"] == [{"name": "My run"}, {"name": "base"}]
    one, unread = found["examples"]
    assert (one["input_text"], one["output_text_a"], one["output_text_b"], one["tags"]) == ("Why?", "- yes", "no", ["Kind"])
    assert one["score"] == 0.0
    assert unread["score"] is None
    ratings = one["individual_rater_scores"]
    assert [rating["score"] for rating in ratings] == [1.5, 0.0, -1.5, -1.5]  # three raters, then the judge
    assert [rating["is_flipped"] for rating in ratings] == [True, False, False, False]
    assert ratings[0]["rating_label"] == "B is better"  # as it was shown: the candidate stood right
    assert ratings[2]["rating_label"] == "B is better"
    assert "good" in ratings[0]["rationale"]
    assert ratings[3]["rationale"] == "because"


def test_every_field_of_the_schema_is_in_every_example_with_its_type():
    found = written(pair(votes=(1.0,), rulings=(0.5,)), pair("Open?"))
    schema = {field["name"]: field["type"] for field in found["metadata"]["custom_fields_schema"]}
    assert set(schema.values()) <= KINDS
    of_ratings = {name for name, kind in schema.items() if kind.startswith("per_rating")}
    for one in found["examples"]:
        assert set(one["custom_fields"]) == set(schema) - of_ratings
        for name, value in one["custom_fields"].items():
            types = {"number": int | float, "per_model_number": list, "per_model_boolean": list}.get(schema[name], str)
            assert isinstance(value, types), name
        assert all(set(rating["custom_fields"]) == of_ratings for rating in one["individual_rater_scores"])
    assert {trait.name.replace(" ", "_") for trait in TRAITS} <= set(schema)


@pytest.mark.parametrize(("outcome", "score"), [(1.0, 1.5), (0.5, 0.0), (0.0, -1.5), (2 / 3, 0.5), (float("nan"), None)])
def test_the_scale(outcome, score):
    assert comparator_score(outcome) == score
