"""The report of a data set: counts as they are, rules that are one rule counted once, and no model needed to look at data."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from datasets import Dataset

from rpo import preferences
from rpo.errors import RpoError
from rpo.preferences import Skipped
from rpo.tokens import report
from rpo.tokens.report import left_out
from tests.tokens.test_tokens import CHATML, STRICT

PAIR = {"prompt": "What is rain?", "chosen": "Water that falls.", "rejected": "No idea."}


def jsonl(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def pairs(*prompts, **more):
    return preferences.tried("mine.jsonl", jsonl(*({**PAIR, "prompt": prompt, **more} for prompt in prompts)))


def test_it_counts_what_is_there_and_what_is_left_out():
    rows = [PAIR, {**PAIR, "prompt": "What is snow?"}, PAIR, {**PAIR, "rejected": PAIR["chosen"]}, {**PAIR, "chosen": ""}]
    found = report(preferences.tried("mine.jsonl", jsonl(*rows)), row=2)
    assert (found.name, found.kind, found.read, found.rows, found.prompts) == ("mine.jsonl", "paired", 5, 2, 2)
    assert found.train + found.held_out == 2
    assert sum(rule.count for rule in found.left_out) == 3
    assert (found.example.number, found.example.turns[0].text) == (2, "What is snow?")
    assert found.example.answers == (("chosen", PAIR["chosen"]), ("rejected", PAIR["rejected"]))
    assert found.liked is None
    assert json.loads(json.dumps(asdict(found)))["left_out"][0]["count"] == 1


def test_of_judged_answers_it_counts_the_liked():
    rows = [{"prompt": f"{n}?", "answer": "a", "liked": n < 3} for n in range(5)]
    found = report(preferences.tried("mine.jsonl", jsonl(*rows)))
    assert (found.liked, found.rows) == (3, 5)


@pytest.mark.parametrize(
    ("rules", "groups"),
    [
        (["it repeats line 1", "it repeats line 1,234"], [("it repeats an earlier line", 2)]),
        (["it repeats line 7"], [("it repeats line 7", 1)]),
        (["liked must be 0/1, got '5'", "liked must be 0/1, got 'x y'"], [("liked must be 0/1, got other values", 2)]),
        (["a must be there", "b must be there", "b must be there"], [("b must be there", 2), ("a must be there", 1)]),
        (["still open after 12 lines", "still open after 7 lines"], [("still open after 12 lines", 2)]),
        ([], []),
    ],
)
def test_rules_that_differ_in_a_rows_value_alone_are_one(rules, groups):
    found = left_out([Skipped(line, rule) for line, rule in enumerate(rules, 1)])
    assert [(one.rule, one.count) for one in found] == groups


def test_the_first_places_of_a_rule_are_named():
    found = left_out([Skipped(line, "a rule", part) for line, part in ((3, ""), (5, "a.csv"), (7, ""), (9, ""))])
    assert (found[0].where, found[0].places) == (("3", "a.csv:5", "7"), "3, a.csv:5, 7, …")


@pytest.mark.parametrize("row", [0, 3, -1])
def test_a_row_that_is_not_there_is_refused(row):
    with pytest.raises(RpoError, match=f"row .*got {row}"):
        report(pairs("one?", "two?"), row)


def test_columns_that_are_not_used_are_named_and_those_with_text_apart():
    content = jsonl({**PAIR, "id": 7, "critique": "The first is to the point.", "label": "two words"}, PAIR)
    data, texts = preferences.tried("mine.jsonl", content), preferences.text_columns("mine.jsonl", content)
    found = report(data, texts=texts)
    assert found.unused == ("id", "critique", "label")
    assert found.unused_texts == ("critique",)


def test_text_is_found_in_lists_and_objects_too(tmp_path):
    (tmp_path / "own.jsonl").write_bytes(jsonl({"said": [{"content": "Three words here."}], "numbers": [1, 2, 3], "name": "Ann"}))
    assert preferences.text_columns(str(tmp_path / "own.jsonl")) == ("said",)
    assert preferences.text_columns("embedded") == ()


def test_without_the_models_tokenizer_it_says_so_and_shows_the_turns(rpo_home):
    found = report(pairs("one?"))
    assert (found.reading, found.cuts, found.example.turns[0].text) == (None, None, "one?")
    assert "rpo fetch" in found.lacking


def test_a_models_tokens_cuts_and_control_tokens(model_folder):
    data = pairs("Hi", "x" * 300, "a<end>b", "[user]Hi<end>[assistant]", "c<end>d")
    found = report(
        data, 3, model_folder({}, "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}<end>{% endfor %}[assistant]")
    )
    assert found.lacking == ""
    assert found.reading.prompt.text == "[user]a<end>b<end>[assistant]"
    assert (found.ready, found.quoting) == (1, 2)
    assert found.cuts.rows == found.train


def test_a_template_that_was_changed_is_read_anew(model_folder):
    folder = Path(model_folder({}))
    template = folder / "chat_template.jinja"
    assert report(pairs("Hi"), model=str(folder)).reading.prompt.text == "[user]Hi<end>[assistant]"
    template.write_text(template.read_text().replace("[{{", "({{"))
    assert report(pairs("Hi"), model=str(folder)).reading.prompt.text == "(user]Hi<end>(assistant]"


def test_what_a_template_refuses_in_one_row_hides_no_more_than_it_must(speaking, model_folder):
    turned = "\n\nAssistant: Ahoy.\n\nHuman: Hi\n\nAssistant:"
    data = pairs("one?", turned, split="train")
    rows = Dataset.from_list(sorted(data.rows.to_list(), key=lambda row: row["prompt"] == turned))
    data, model = replace(data, rows=rows), model_folder({}, STRICT)
    shown, refused = report(data, 1, model), report(data, 2, model)
    assert (shown.reading is None, shown.cuts is None, refused.reading is None) == (False, True, True)
    assert "a chat template must take a dialogue" in shown.lacking
    assert "a chat template must take a dialogue" in refused.lacking
    assert report(data, 2, model_folder({}, CHATML)).lacking == ""
