"""Data: a file is shown before it is kept, and its columns can be mapped in every way that the library reads."""

import json
import re

import pytest

from pages.parts.data.columns import RECOGNISE
from pages.shared.session import Session
from rpo import preferences, storage
from rpo.preferences import Way
from rpo.spec import RunSpec
from tests.pages.conftest import button, drawn, named, words

PAIR = {"question": "Why is the sky blue?", "good": "Rayleigh scattering.", "bad": "It just is."}
GOOD = {"prompt": "What is rain?", "chosen": "Water that falls.", "rejected": "No idea."}
TALK = [{"role": "user", "content": "What is rain?"}, {"role": "assistant", "content": "Water."}]
VOTED = {"task": "What is rain?", "more": "In short.", "answer_a": "Water.", "answer_b": "No idea.", "winner": "A", "fold": "x"}
SCORED = {"task": "What is rain?", "answer_a": "Water.", "answer_b": "No idea.", "score_a": 4, "score_b": 2}
RATED = {"task": "What is rain?", "reply": "Water.", "stars": 5}


def jsonl(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def each(row, count, **changed):
    """So many rows like this one, on prompts of their own; `changed` gives a field's values in turn."""
    asked = next(name for name in ("prompt", "question", "task") if name in row)
    return jsonl(*({**row, asked: f"{row[asked]} {n}", **{k: v[n % len(v)] for k, v in changed.items()}} for n in range(count)))


@pytest.fixture
def drop(visit):
    """`drop(name, content)`: the page Data with this file in its uploader."""

    def go(content, name="mine.jsonl"):
        at = visit("data")
        return drawn(at.file_uploader[0].set_value((name, content, "application/octet-stream")).run())

    return go


def field(at, label):
    return next(one for one in (*at.selectbox, *at.multiselect, *at.number_input) if one.label == label)


def say(at, **fields):
    """Fill fields of the form in, by their labels with underscores for blanks."""
    for label, value in fields.items():
        one = field(at, label.replace("_", " "))
        at = drawn(one.set_value(value).run())
    return at


def kept(at, name="mine.jsonl"):
    button(at, "Add this file").click().run()
    assert [title.value for title in drawn(at).title] == ["Explore"]
    return preferences.load(name)


def form(at):
    return next(one for one in at.expander if one.label == "Say which column is which")


@pytest.mark.weights
@pytest.mark.parametrize(
    ("content", "name", "says", "row"),
    [
        (each(GOOD, 3), "mine.jsonl", (3, "pairs"), ["What is rain? 0", "Water that falls.", "No idea."]),
        (jsonl({"prompt": TALK[:1], "chosen": TALK[1:], "rejected": [{**TALK[1], "content": "Snow."}]}), "mine.jsonl",
         (1, "pair"), ["What is rain?", "Water.", "Snow."]),
        (jsonl({"chosen": "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Rain?\n\nAssistant: Water.",
                "rejected": "\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Rain?\n\nAssistant: Snow."}), "mine.jsonl",
         (1, "pair"), ["Hi", "Yes?", "Rain?", "Water.", "Snow."]),
        (b"prompt,chosen,rejected\nWhat is rain?,Water.,Snow.\n", "mine.csv", (1, "pair"),
         ["What is rain?", "Water.", "Snow."]),
        (jsonl({"prompt": "Rain?", "answer": "Water.", "liked": True}), "mine.json", (1, 0, "liked"),
         ["Rain?", "Water."]),
    ],
)  # fmt: skip
def test_a_file_is_shown_before_it_is_kept(drop, rpo_home, content, name, says, row):
    at = drop(content, name)
    assert named(at.markdown, *says)
    assert [text.value for text in at.text] == row
    assert not at.error
    assert name not in preferences.data_folder()
    assert len(kept(at, name).rows) == preferences.tried(name, content).rows.num_rows


def test_nothing_is_left_of_a_file_that_is_not_added(drop, rpo_home):
    drop(each({**GOOD, "rejected": "x" * 1000}, 2000))
    assert not [file for file in (rpo_home / "data").rglob("*") if "mine" in file.name]
    assert not list((rpo_home / "parsed").glob("*"))


WAYS = [
    (each(PAIR, 4), Way.PREFERRED, {}, 4, {"prompt": "question", "chosen": "good", "rejected": "bad"}),
    (each(VOTED, 6, winner="ABt"), Way.BETTER, {}, 4, {
        "prompt": "task", "first": "answer_a", "second": "answer_b", "better": "winner", "first_if": "A", "second_if": "B",
    }),
    (each(VOTED, 6, winner="ABt"), Way.BETTER, {"Prompt": ["task", "more"], "The_first_is_better_if_it_is": "t"}, 4, {
        "prompt": ["task", "more"], "first": "answer_a", "second": "answer_b", "better": "winner", "first_if": "t",
        "second_if": "B",
    }),
    (each(VOTED, 6, winner=[-2, 0, 1]), Way.BETTER, {}, 4, {
        "prompt": "task", "first": "answer_a", "second": "answer_b", "better": "winner", "first_if": "<0", "second_if": ">0",
    }),
    (each(SCORED, 6, score_b=[2, 4, 5]), Way.SCORED, {"Slice": "score_a"}, 4, {
        "prompt": "task", "first": "answer_a", "second": "answer_b", "first_score": "score_a", "second_score": "score_b",
        "slice": "score_a",
    }),
    (each(RATED, 6, stars=[1, 3, 5]), Way.LIKED, {"Liked_from": 3.0}, 6, {
        "prompt": "task", "answer": "reply", "liked": "stars", "threshold": "3",
    }),
    (each(RATED, 6, stars=["yes", "no"]), Way.LIKED, {}, 6, {"prompt": "task", "answer": "reply", "liked": "stars"}),
    (each({**PAIR, "fold": "x"}, 6, fold="xyz"), Way.PREFERRED, {"Split": "fold", "Held_out": ["y"]}, 6, {
        "prompt": "question", "chosen": "good", "rejected": "bad", "split": "fold", "held_out": ["y"],
    }),
    (each({**PAIR, "before": "Be kind."}, 2), Way.PREFERRED, {"System_prompt": "before", "Split": ""}, 2, {
        "prompt": "question", "chosen": "good", "rejected": "bad", "system": "before", "split": "",
    }),
    (each({**GOOD, "split": "x"}, 6, split="xyz"), RECOGNISE, {"Held_out": ["y"]}, 6, {"held_out": ["y"]}),
    (each({**GOOD, "split": "x"}, 6, split="xyz"), RECOGNISE, {"Split": ""}, 6, {"split": ""}),
]  # fmt: skip


@pytest.mark.weights
@pytest.mark.parametrize(("content", "way", "fields", "rows", "mapping"), WAYS)
def test_a_mapping_is_a_form_and_is_kept_with_the_file(drop, content, way, fields, rows, mapping):
    at = drop(content)
    assert at.error
    assert form(at).proto.expanded
    at = say(at, A_row_is=way, **fields)
    assert not at.error, words(at.error)
    assert len(kept(at).rows) == rows
    assert storage.read_json(storage.folder("data") / ".mine.jsonl.columns") == mapping


def test_the_form_says_what_it_lacks_and_shows_each_change(drop):
    at = say(drop(each(RATED, 4, stars=[1, 5])), A_row_is=Way.SCORED)
    assert named(at.info, "First answer", "Second answer")
    assert not [one for one in at.button if one.label == "Add this file"]
    at = say(at, A_row_is=Way.LIKED)
    assert named(at.error, "threshold")
    assert named(say(at, Liked_from=1.0).markdown, 4, 0, "liked")
    assert re.search(r"\b2\b[^|]*liked[^|]*\b2\b", words(say(at, Liked_from=2.0).markdown))


def test_a_refused_file_is_read_by_what_its_columns_seem_to_be(drop):
    at = drop(jsonl(*({"question": f"Q{n}?", "response": "a", "rating": n} for n in range(1, 5))))
    (taken,) = (one for one in at.button if "Read it so" in one.label)
    at = taken.click().run()
    assert named(at.error, "threshold")


def test_what_is_left_out_or_not_used_is_said(drop):
    rows = [GOOD, {**GOOD, "prompt": "Snow?", "critique": "A text of several words.", "id": 7}, GOOD]
    at = drop(jsonl(*rows, {**GOOD, "rejected": GOOD["chosen"]}))
    assert named(at.warning, "critique")
    assert named(at.caption, "not used", "id")
    for line, about in ((3, ["repeats"]), (4, ["chosen", "rejected"])):
        assert named(at.markdown, 1, line, *about)


def test_another_row_is_one_click_away(drop):
    at = drop(each(GOOD, 2))
    assert at.text[0].value == "What is rain? 0"
    for row in ("What is rain? 1", "What is rain? 0"):
        button(at, "Another row").click().run()
        assert drawn(at).text[0].value == row
    assert say(at, **{"Row,_of_2": 2}).text[0].value == "What is rain? 1"
    assert button(drop(each(GOOD, 1)), "Another row").disabled


def test_the_row_as_a_model_reads_it(drop, tiny_model):
    at = drop(each(GOOD, 2))
    assert "rpo fetch" in words(at.info)  # the demo model is not here
    drawn(at.text_input(key=Session.reading_model.key).set_value(str(tiny_model)).run())
    assert not at.info
    shown = next(one.proto.body for one in at.get("html") if "tokens" in one.proto.body)
    assert '<span class="control">&lt;end&gt;</span>' in shown
    assert named(at.caption, RunSpec().prompt_tokens, RunSpec().answer_tokens)
    drawn(at.text_input(key=Session.reading_model.key).set_value("/no/model").run())
    assert named(at.info, "tokenizer", "/no/model")


def test_a_row_of_data_that_are_here_is_shown_too(visit):
    preferences.add("mine.jsonl", each(GOOD, 2))
    at = visit("data", data="mine.jsonl")
    assert not at.text
    at.session_state["reading"] = True
    assert "What is rain? 0" in [text.value for text in drawn(at.run()).text]


def test_a_file_of_a_name_that_is_taken_replaces_the_other_and_says_so(drop):
    preferences.add("mine.jsonl", each(GOOD, 2))
    at = drop(each(GOOD, 3))
    assert named(at.caption, "replaces")
    assert len(kept(at).rows) == 3


@pytest.mark.weights
@pytest.mark.parametrize(
    ("name", "content", "about"),
    [
        ("mine.jsonl", jsonl(PAIR), ["columns", "question"]),
        ("mine.jsonl", b"", ["mine.jsonl", "rows"]),
        ("mine.jsonl", b"{", ["mine.jsonl", "rows"]),
        ("mine.parquet", b"not parquet", ["Parquet"]),
        ("mine.jsonl", jsonl({"prompt": "p", "chosen": "same", "rejected": "same"}), ["mine.jsonl", "usable", 1]),
        ("mine.csv", b"a,a\n1,2\n", ["columns", "a"]),
    ],
)
def test_a_file_with_nothing_usable_is_refused_and_not_kept(drop, name, content, about):
    before = preferences.data_folder()
    at = drop(content, name)
    assert named(at.error, *about)
    assert not [one for one in at.button if one.label == "Add this file"]
    assert preferences.data_folder() == before


def test_the_form_is_empty_again_after_a_file_was_added(drop):
    at = drop(each(GOOD, 2))
    kept(at)
    at.switch_page("data.py").run()
    assert drawn(at).file_uploader[0].value is None
