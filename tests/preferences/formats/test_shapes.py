"""Every shape of file that is known, read to its right value: the next one is a line in a table."""

import contextlib
import json
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.preferences import Kind
from rpo.preferences.formats.table import assemble


def said(role, content, **more):
    return {"role": role, "content": content, **more}


def sharegpt(name, value):
    return {"from": name, "value": value}


def user(text):
    return said("user", text)


def bot(text):
    return said("assistant", text)


SYSTEM = "\n\nSystem: {}\n\nHuman: {}\n\nAssistant:"
PIE = [user("A fruit?"), bot("Apple."), user("How long?")]
PIE_PROMPT = "\n\nHuman: A fruit?\n\nAssistant: Apple.\n\nHuman: How long?\n\nAssistant:"
SAFE = {"is_response_0_safe": True, "is_response_1_safe": True, "safer_response_id": 1}
PARTS = [{"type": "text", "text": "Say "}, {"type": "text", "text": "0."}]
PICTURE = [{"type": "text", "text": "Say 0."}, {"type": "image", "image": "x.png"}]
PASTED = "Who is right?\n\nHuman: I am.\n\nAssistant: No."


@dataclass
class Case:
    """A file's rows and what they must give: examples, the columns left over, how many rows are left out by which words."""

    rows: list[dict]
    right: list[tuple]
    unused: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    scores: dict[str, list] = field(default_factory=dict)
    columns: dict | None = None


CASES = {
    "the whole conversation beside its first turn": Case(
        [{"prompt": "A fruit?", "chosen": [*PIE, bot("45 minutes.")], "rejected": [*PIE, bot("Until done.")]}],
        [(PIE_PROMPT, "45 minutes.", "Until done.")],
    ),
    "the whole conversation beside its last turn": Case(
        [{"prompt": "How long?", "chosen": [*PIE, bot("45.")], "rejected": [*PIE, bot("Long.")]}], [(PIE_PROMPT, "45.", "Long.")]
    ),
    "a conversation that is not the prompt's": Case(
        [
            {"prompt": "A nut?", "chosen": [*PIE, bot("45.")], "rejected": [*PIE, bot("Long.")]},
            {"prompt": "Q?", "chosen": [user("Q?"), bot("a")], "rejected": [user("Q?"), bot("b")]},
        ],
        [("Q?", "a", "b")],
        left_out={"it says something else": 1},
    ),
    "a system message within the answers": Case(
        [
            {
                "prompt": "Hi",
                "chosen": [said("system", "S."), user("Hi"), bot("a")],
                "rejected": [said("system", "S."), user("Hi"), bot("b")],
            }
        ],
        [(SYSTEM.format("S.", "Hi"), "a", "b")],
    ),
    "a system message that says nothing": Case(
        [{"prompt": [said("system", ""), user("Hi")], "chosen": [bot("a")], "rejected": [bot("b")]}], [("Hi", "a", "b")]
    ),
    "a system column": Case(
        [{"system": "You speak like a pirate.", "prompt": "Name boat 0.", "chosen": "Arr, the Gull!", "rejected": "Sunrise."}],
        [(SYSTEM.format("You speak like a pirate.", "Name boat 0."), "Arr, the Gull!", "Sunrise.")],
    ),
    "a system column beside transcripts": Case(
        [{"system": "S.", "chosen": "\n\nHuman: Hi\n\nAssistant: a", "rejected": "\n\nHuman: Hi\n\nAssistant: b"}],
        [(SYSTEM.format("S.", "Hi"), "a", "b")],
    ),
    "Orca": Case(
        [
            {"system": "Be full.", "question": "Q?", "chosen": "Sure, here it is. Bread.", "rejected": "Sure, here it is. No."},
            {"system": "", "question": "R?", "chosen": "One way. Fold.", "rejected": "One way. Ask."},
        ],
        [
            (SYSTEM.format("Be full.", "Q?"), "Sure, here it is. Bread.", "Sure, here it is. No."),
            ("R?", "One way. Fold.", "One way. Ask."),
        ],
    ),
    "LLaMA-Factory ranking": Case(
        [
            {"instruction": "To French:", "input": "The cat.", "chosen": "Le chat.", "rejected": "Non."},
            {"instruction": "Say hi.", "input": "", "chosen": "Hi. You.", "rejected": "Hi. No."},
        ],
        [("To French:\nThe cat.", "Le chat.", "Non."), ("Say hi.", "Hi. You.", "Hi. No.")],
    ),
    "LLaMA-Factory ranking with history": Case(
        [{"instruction": "How long?", "input": "", "history": [["A fruit?", "Apple."]], "chosen": "45.", "rejected": "Long."}],
        [(PIE_PROMPT, "45.", "Long.")],
    ),
    "LLaMA-Factory KTO": Case(
        [
            {"instruction": "Say", "input": "hi", "output": "Hi.", "kto_tag": True},
            {"instruction": "Go", "output": "No.", "kto_tag": False},
        ],
        [("Say\nhi", "Hi.", True), ("Go", "No.", False)],
    ),
    "axolotl KTO": Case(
        [{"system": "S.", "question": "Hi", "completion": "a", "label": "true"}], [(SYSTEM.format("S.", "Hi"), "a", True)]
    ),
    "LLaMA-Factory KTO conversations": Case(
        [{"messages": [*PIE, bot("45.")], "label": True}, {"messages": [user("Hi"), bot("No.")], "label": False}],
        [(PIE_PROMPT, "45.", True), ("Hi", "No.", False)],
    ),
    "ShareGPT": Case(
        [
            {
                "conversations": [sharegpt("system", "Be kind."), sharegpt("human", "Hi")],
                "chosen": sharegpt("gpt", "Hi there!"),
                "rejected": sharegpt("gpt", "No."),
            }
        ],
        [(SYSTEM.format("Be kind.", "Hi"), "Hi there!", "No.")],
    ),
    "ShareGPT with whole conversations": Case(
        [
            {
                "conversations": [sharegpt("human", "Hi")],
                "chosen": [sharegpt("human", "Hi"), sharegpt("gpt", "a")],
                "rejected": [sharegpt("human", "Hi"), sharegpt("gpt", "b")],
            }
        ],
        [("Hi", "a", "b")],
    ),
    "axolotl: answers as one message": Case(
        [{"messages": [said("system", "S."), user("Hi")], "chosen": bot("a"), "rejected": bot("b")}],
        [(SYSTEM.format("S.", "Hi"), "a", "b")],
    ),
    "a prompt as messages with answers as text": Case(
        [{"prompt": PIE, "chosen": "Yes. 45.", "rejected": "Yes. Long."}], [(PIE_PROMPT, "Yes. 45.", "Yes. Long.")]
    ),
    "an instruction with answers as messages": Case(
        [{"instruction": "Say 0", "chosen": [bot("a")], "rejected": [bot("b")]}], [("Say 0", "a", "b")]
    ),
    "texts and messages in one file": Case(
        [
            {"prompt": "Q0?", "chosen": "a", "rejected": "b"},
            {"prompt": [user("Q1?")], "chosen": [bot("a")], "rejected": [bot("b")]},
        ],
        [("Q0?", "a", "b"), ("Q1?", "a", "b")],
    ),
    "UltraFeedback": Case(
        [
            {
                "prompt": "Q?",
                "prompt_id": "7",
                "chosen": [user("Q?"), bot("a")],
                "rejected": [user("Q?"), bot("b")],
                "messages": [user("Q?"), bot("a")],
                "score_chosen": 8.5,
                "score_rejected": 3.0,
            }
        ],
        [("Q?", "a", "b")],
        unused=("prompt_id", "messages"),
        scores={"score_chosen": [8.5], "score_rejected": [3.0], "scale": "score"},
    ),
    "UltraFeedback completions": Case(
        [
            {
                "instruction": "Q?",
                "source": "web",
                "models": ["x", "y", "z"],
                "completions": [
                    {"response": "a", "overall_score": 7.0, "model": "x"},
                    {"response": "b", "overall_score": 9.0, "model": "y"},
                    {"response": "c", "overall_score": 7.0, "model": "z"},
                ],
            }
        ],
        [("Q?", "b", "a"), ("Q?", "b", "c")],
        unused=("models",),
        notes=("Pairs of answers with equal ranks, or of equal texts, that are not used: 1.",),
        scores={"score_chosen": [9.0, 9.0], "score_rejected": [7.0, 7.0], "scale": "overall_score"},
    ),
    "distilabel": Case(
        [
            {
                "system": "",
                "instruction": "Q?",
                "chosen_response": "Sure. a",
                "rejected_response": "Sure. b",
                "chosen_rating": 5.0,
                "rejected_rating": "2.0",
                "status": "swapped",
            }
        ],
        [("Q?", "Sure. a", "Sure. b")],
        unused=("status",),
        scores={"score_chosen": [5.0], "score_rejected": [2.0], "scale": "rating"},
    ),
    "distilabel generations": Case(
        [{"instruction": "Q?", "generations": ["a", "b"], "ratings": [3, 4.5], "generation_models": ["x", "y"]}],
        [("Q?", "b", "a")],
        unused=("generation_models",),
        scores={"score_chosen": [4.5], "score_rejected": [3.0], "scale": "rating"},
    ),
    "Nectar": Case(
        [
            {
                "prompt": "\n\nHuman: Q?\n\nAssistant: ",
                "answers": [
                    {"answer": "b", "model": "x", "rank": 2.0},
                    {"answer": "a", "model": "y", "rank": 1.0},
                    {"answer": "c", "model": "z", "rank": 3.0},
                ],
                "num_responses": 3,
            }
        ],
        [("\n\nHuman: Q?\n\nAssistant: ", *pair) for pair in (("a", "b"), ("b", "c"), ("a", "c"))],
        unused=("num_responses",),
        scores={"strength": [1.0, 1.0, 2.0], "scale": "rank"},
    ),
    "PKU-SafeRLHF": Case(
        [
            {"prompt": "Q?", "response_0": "a", "response_1": "b", "better_response_id": 0, **SAFE},
            {"prompt": "R?", "response_0": "a", "response_1": "b", "better_response_id": 1, **SAFE},
        ],
        [("Q?", "a", "b"), ("R?", "b", "a")],
        unused=("is_response_0_safe", "is_response_1_safe", "safer_response_id"),
    ),
    "SHP": Case(
        [
            {"domain": "askx", "history": "Q?", "human_ref_A": "a", "human_ref_B": "b", "labels": 0, "score_A": 3, "score_B": 10},
            {"domain": "asky", "history": "R?", "human_ref_A": "a", "human_ref_B": "b", "labels": 1, "score_A": 9, "score_B": 2},
        ],
        [("Q?", "b", "a"), ("R?", "a", "b")],
        scores={"score_chosen": [10.0, 9.0], "score_rejected": [3.0, 2.0], "slice": ["askx", "asky"], "scale": "score"},
    ),
    "WebGPT": Case(
        [
            {"question": {"full_text": "Q?"}, "answer_0": "a", "answer_1": "b", "score_0": 1.0, "score_1": -1.0},
            {"question": {"full_text": "R?"}, "answer_0": "a", "answer_1": "b", "score_0": -0.5, "score_1": 0.5},
            {"question": {"full_text": "S?"}, "answer_0": "a", "answer_1": "b", "score_0": 0.0, "score_1": 0.0},
        ],
        [("Q?", "a", "b"), ("R?", "b", "a")],
        left_out={"this one is a tie: both scores are 0": 1},
        scores={"score_chosen": [1.0, 0.5], "score_rejected": [-1.0, -0.5], "scale": "score"},
    ),
    "HelpSteer2": Case(
        [
            {"prompt": "Q?", "response_1": "a", "response_2": "b", "preference_strength": -3, "preference_statement": "x"},
            {"prompt": "R?", "response_1": "a", "response_2": "b", "preference_strength": 0, "preference_statement": "x"},
            {"prompt": "S?", "response_1": "a", "response_2": "b", "preference_strength": 1, "preference_statement": "x"},
        ],
        [("Q?", "a", "b"), ("S?", "b", "a")],
        unused=("preference_statement",),
        left_out={"this one is a tie: preference_strength is 0": 1},
        scores={"strength": [3.0, 1.0], "scale": "preference_strength"},
    ),
    "HelpSteer3": Case(
        [{"context": PIE, "domain": "code", "response1": "a", "response2": "b", "overall_preference": 2}],
        [(PIE_PROMPT, "b", "a")],
        scores={"strength": [2.0], "slice": ["code"]},
    ),
    "arena conversations": Case(
        [
            {
                "winner": winner,
                "conversation_a": [user(winner), bot("a")],
                "conversation_b": [user(winner), bot("b")],
                "model_a": "x",
            }
            for winner in ("model_a", "model_b", "tie", "tie (bothbad)")
        ],
        [("model_a", "a", "b"), ("model_b", "b", "a")],
        unused=("model_a",),
        left_out={"a tie: winner is 'tie'": 1, "a tie: winner is 'tie (bothbad)'": 1},
    ),
    "arena answers in flags": Case(
        [
            {
                "prompt": '["Q?"]',
                "response_a": '["a"]',
                "response_b": '["b"]',
                "winner_model_a": 0,
                "winner_model_b": 1,
                "winner_tie": 0,
            },
            {
                "prompt": '["R?"]',
                "response_a": '["a"]',
                "response_b": '["b"]',
                "winner_model_a": 0,
                "winner_model_b": 0,
                "winner_tie": 1,
            },
            {
                "prompt": '["R?", "S?"]',
                "response_a": '["a", "b"]',
                "response_b": '["b"]',
                "winner_model_a": 1,
                "winner_model_b": 0,
            },
        ],
        [("Q?", "b", "a")],
        unused=("winner_tie",),
        left_out={"this one is a tie": 1, "must be one turn": 1},
    ),
    "arena answers": Case([{"prompt": "Q?", "response_a": "a", "response_b": "b", "winner": "model_b"}], [("Q?", "b", "a")]),
    "messages written as JSON and as Python text": Case(
        [
            {"prompt": "Q?", "chosen": json.dumps([user("Q?"), bot("Mars.")]), "rejected": json.dumps([user("Q?"), bot("No.")])},
            {"prompt": "R?", "chosen": str([user("R?"), bot("It's.")]), "rejected": str([user("R?"), bot("No.")])},
            {"prompt": "S?", "chosen": "[{'role': 'user'} {'role': 'x'}]", "rejected": str([user("S?"), bot("No.")])},
        ],
        [("Q?", "Mars.", "No."), ("R?", "It's.", "No.")],
        left_out={"must be messages as JSON or Python text": 1},
    ),
    "an answer that quotes messages": Case(
        [
            {"prompt": "Q?", "chosen": json.dumps([user("x")]), "rejected": "No."},
            {"prompt": "R?", "chosen": "Plain.", "rejected": "No."},
        ],
        [("Q?", json.dumps([user("x")]), "No."), ("R?", "Plain.", "No.")],
    ),
    "content in parts": Case(
        [
            {"prompt": [said("user", PARTS)], "chosen": [bot([{"type": "text", "text": "0"}])], "rejected": [bot("no")]},
            {"prompt": [said("user", PICTURE)], "chosen": [bot("0")], "rejected": [bot("no")]},
        ],
        [("Say 0.", "0", "no")],
        left_out={"it holds a part of type 'image'": 1},
    ),
    "calls of tools": Case(
        [
            {"prompt": [user("Q?")], "chosen": [said("assistant", None, tool_calls=[{"x": 1}])], "rejected": [bot("b")]},
            {"prompt": [user("Q?"), said("tool", "12 C")], "chosen": [bot("a")], "rejected": [bot("b")]},
            {"prompt": [user("Q?"), said("assistant", "", tool_calls=[])], "chosen": [bot("a")], "rejected": [bot("b")]},
            {"prompt": [user("Q?")], "chosen": [bot("a")], "rejected": [bot("b")]},
        ],
        [("Q?", "a", "b")],
        left_out={"it holds the call of a tool or its result": 2, "a message must have a role": 1},
    ),
    "a row with an image": Case(
        [
            {"prompt": "Q?", "images": ["x.png"], "chosen": "a", "rejected": "b"},
            {"prompt": "R?", "images": [], "chosen": "a", "rejected": "b"},
        ],
        [("R?", "a", "b")],
        left_out={"this one has images": 1},
    ),
    "words for a missing value": Case(
        [
            {"prompt": "Q?", "chosen": "nan", "rejected": "b"},
            {"prompt": "Q?", "chosen": "a", "rejected": " NULL "},
            {"prompt": "None", "chosen": "a", "rejected": "b"},
            {"prompt": [user("Q?")], "chosen": [bot("None")], "rejected": [bot("b")]},
            {"prompt": "Q?", "chosen": float("nan"), "rejected": "b"},
            {"prompt": "Which?", "chosen": "None of them.", "rejected": "nan is a bread."},
        ],
        [("Which?", "None of them.", "nan is a bread.")],
        left_out={"programs write for a missing value": 4, "chosen must be there": 1},
    ),
    "a conversation in headings beside its prompt": Case(
        [{"prompt": "Hi", "chosen": "\n\nHuman: Hi\n\nAssistant: a", "rejected": "\n\nHuman: Hi\n\nAssistant: b"}],
        [("Hi", "a", "b")],
    ),
    "text before a transcript's first heading": Case(
        [{"chosen": "Be brief.\n\nHuman: Hi\n\nAssistant: a", "rejected": "Be brief.\n\nHuman: Hi\n\nAssistant: b"}],
        [(SYSTEM.format("Be brief.", "Hi"), "a", "b")],
    ),
    "text after blank lines before a transcript's first heading": Case(
        [{"chosen": "\n\nBe brief.\n\nHuman: Hi\n\nAssistant: a", "rejected": "\n\nBe brief.\n\nHuman: Hi\n\nAssistant: b"}],
        [(SYSTEM.format("Be brief.", "Hi"), "a", "b")],
    ),
    "a heading pasted into a message": Case(
        [{"prompt": [said("system", "S."), user(PASTED)], "chosen": [bot("a")], "rejected": [bot("b")]}],
        [("\n\nSystem: S.\n\nHuman: Who is right?\n\n\\Human: I am.\n\n\\Assistant: No.\n\nAssistant:", "a", "b")],
    ),
    "a chat template within the text": Case(
        [
            {
                "prompt": "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
                "chosen": "a<|im_end|>",
                "rejected": "b<|im_end|>",
            }
        ],
        [("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "a<|im_end|>", "b<|im_end|>")],
        notes=("Rows with control tokens of a chat template, such as <|im_start|>: 1.",),
    ),
    "pairs in both orders, scores that disagree, answers with the prompt": Case(
        [
            {"prompt": "T?", "chosen": "T? a", "rejected": "T? b", "score_chosen": 2, "score_rejected": 9},
            {"prompt": "T?", "chosen": "T? b", "rejected": "T? a", "score_chosen": 5, "score_rejected": 5},
        ],
        [("T?", "T? a", "T? b"), ("T?", "T? b", "T? a")],
        notes=(
            "Pairs that are there in both orders, so that each answer is preferred once: 1.",
            "Pairs whose chosen answer has the lower score: 1.",
            "Pairs whose answers have the same score: 1.",
            "Pairs whose answers begin with the prompt itself, which the model then writes once more: 2.",
        ),
        scores={"score_chosen": [2.0, 5.0]},
    ),
    "labels as words": Case(
        [
            {"prompt": str(number), "completion": "a", "label": word}
            for number, word in enumerate(
                ["desirable", "undesirable", "thumbs_up", "thumbs_down", " YES ", "+1", 1, 0, -1, "5", "perhaps"]
            )
        ],
        [(str(number), "a", liked) for number, liked in enumerate([True, False, True, False, True, True, True, False, False])],
        left_out={"must be true/false, 0/1 or win/lose, got '5'": 1, "got 'perhaps'": 1},
    ),
    "labels of 1 and -1": Case(
        [{"prompt": "Q?", "answer": "a", "liked": "1"}, {"prompt": "Q?", "answer": "b", "liked": -1.0}],
        [("Q?", "a", True), ("Q?", "b", False)],
    ),
    "mapped: several columns make the prompt, one the system turn": Case(
        [{"task": "To French:", "text": "The cat.", "who": "S.", "good": "Le chat.", "bad": "Non.", "rest": "x"}],
        [(SYSTEM.format("S.", "To French:\nThe cat."), "Le chat.", "Non.")],
        unused=("rest",),
        columns={"prompt": ["task", "text"], "system": "who", "chosen": "good", "rejected": "bad"},
    ),
    "mapped: a column says which is better": Case(
        [{"q": f"{verdict}?", "one": "a", "two": "b", "verdict": verdict} for verdict in ("L", "R", "T")],
        [("L?", "a", "b"), ("R?", "b", "a")],
        left_out={"this one is a tie: verdict is 't'": 1},
        columns={"prompt": "q", "first": "one", "second": "two", "better": "verdict", "first_if": "L", "second_if": "R"},
    ),
    "mapped: a sign says which is better": Case(
        [{"q": f"{gap}?", "one": "a", "two": "b", "gap": gap} for gap in (-2, 1.5, 0)],
        [("-2?", "b", "a"), ("1.5?", "a", "b")],
        left_out={"this one is a tie: gap is 0": 1},
        columns={"prompt": "q", "first": "one", "second": "two", "better": "gap", "first_if": ">0", "second_if": "<0"},
    ),
    "mapped: scores say which is better": Case(
        [{"q": "Q?", "one": "a", "two": "b", "r1": 1, "r2": "2.5"}],
        [("Q?", "b", "a")],
        columns={"prompt": "q", "first": "one", "second": "two", "first_score": "r1", "second_score": "r2"},
        scores={"score_chosen": [2.5], "scale": "r1"},
    ),
    "mapped: ratings with a threshold": Case(
        [{"q": str(stars), "text": "a", "stars": stars} for stars in (1, 3.5, "4", "five")],
        [("1", "a", False), ("3.5", "a", True), ("4", "a", True)],
        left_out={"stars must be a number to compare with 3.5": 1},
        columns={"prompt": "q", "answer": "text", "liked": "stars", "threshold": "3.5"},
        scores={"score": [1.0, 3.5, 4.0], "scale": "stars"},
    ),
}


@pytest.mark.weights
@pytest.mark.parametrize("name", list(CASES))
def test_each_shape_is_read_alike_from_rows_of_any_source(name):
    case = CASES[name]
    check(assemble("rows", enumerate(case.rows, 1), case.columns), case)


def check(found, case):
    fields = ("prompt", "chosen", "rejected") if found.kind is Kind.PAIRED else ("prompt", "answer", "liked")
    assert [tuple(row[name] for name in fields) for row in found.rows] == case.right
    assert found.unused == case.unused
    assert len(found.broken) == sum(case.left_out.values()), found.broken
    for words, count in case.left_out.items():
        assert sum(words in item.rule for item in found.broken) == count, found.broken
    assert len(found.notes) == len(case.notes), found.notes
    for words in case.notes:
        assert any(note.startswith(words) for note in found.notes), found.notes
    for name, values in case.scores.items():
        assert (found.scale if name == "scale" else list(found.rows[name])) == values


A, B = "Sure, here it is. Bread.", "Sure, here it is. No."
REFUSED = {
    "a prompt that the answers begin with, beside another text": (
        [{"ask": "Q?", "chosen": A, "rejected": B}],
        None,
        "ask hold text",
    ),
    "a question beside its context": (
        [{"question": "Q?", "context": "Long.", "chosen": A, "rejected": B}],
        None,
        "question and context could be parts of it",
    ),
    "two prompts": ([{"question": "Q?", "instruction": "R?", "chosen": A, "rejected": B}], None, "could be parts of it"),
    "ratings as labels": (
        [{"prompt": "Q?", "completion": str(n), "label": n} for n in (1, 3, 5)],
        None,
        "holds 1, 3, 5, which are ratings: choose a threshold",
    ),
    "scores as labels": (
        [{"p": "Q?", "a": str(n), "score": n} for n in (0.0, 0.5, 1.0)],
        {"prompt": "p", "answer": "a", "liked": "score"},
        "choose a threshold",
    ),
    "labels of -1, 0 and 1": (
        [{"prompt": "Q?", "completion": str(n), "label": n} for n in (-1, 0, 1)],
        None,
        "holds -1, 0, 1, which are ratings",
    ),
    "messages alone": ([{"messages": [user("Q?"), bot("a")]}], None, "say which column is which"),
    "a transcript with a rating": (
        [{"transcript": "\n\nHuman: hi\n\nAssistant: x", "rating": 3.0}],
        None,
        "say which column is which",
    ),
    "a mapping of a column that is not there": (
        [{"q": "Q?", "a": "x", "b": "y"}],
        {"prompt": "q", "chosen": "a", "rejected": "c"},
        "must be one of the file's (q, a, b), got 'c'",
    ),
    "a mapping without a field": ([{"q": "Q?"}], {"prompt": "q", "first": "q"}, "columns must name prompt, chosen, rejected or"),
    "a mapping with a strange field": (
        [GOOD := {"prompt": "Q?", "chosen": "a", "rejected": "b"}],
        {"promt": "prompt"},
        "got promt",
    ),
    "a verdict that is the same for both": (
        [{"q": "Q?", "a": "x", "b": "y", "v": 1}],
        {"prompt": "q", "first": "a", "second": "b", "better": "v", "first_if": "1", "second_if": "1.0"},
        "first_if and second_if must differ",
    ),
    "an unknown split": ([GOOD | {"split": "fold3"}], None, "(train, test, dev, validation, …), got 'fold3'"),
}


@pytest.mark.parametrize(("rows", "columns", "words"), REFUSED.values(), ids=REFUSED)
def test_what_could_be_read_in_two_ways_is_asked_for(rows, columns, words):
    with pytest.raises(RpoError) as caught:
        assemble("rows", enumerate(rows, 1), columns)
    assert words in str(caught.value)


def test_a_prompt_of_two_columns_may_be_mapped_where_it_is_asked_for():
    rows, columns, _ = REFUSED["a question beside its context"]
    found = assemble("rows", enumerate(rows, 1), {"prompt": ["context", "question"], "chosen": "chosen", "rejected": "rejected"})
    assert (found.prompts, found.unused, columns) == (("Long.\nQ?",), (), None)


NAMES = st.sampled_from(
    [
        *("question", "answer", "text", "notes", "context", "input", "model", "id", "score", "topic", "split", "title", "reply"),
        *("system", "history", "label", "messages", "rating", "winner", "conversations", "response_a", "kto_tag", "images", ""),
    ]
)
CELLS = st.one_of(st.none(), st.text(max_size=12), st.integers(-3, 9), st.booleans(), st.lists(st.text(max_size=3), max_size=2))


ANY_COLUMNS = (st.sampled_from(sorted(CASES)), st.dictionaries(NAMES, CELLS, max_size=4), st.data())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*ANY_COLUMNS)
def test_every_column_is_used_or_named_and_every_row_read_or_counted(name, decoys, data):
    """With columns of any name and value beside a known shape's: the file is read, or refused in words, and nothing is silent."""
    used_or_named(name, decoys, data)


@pytest.mark.weights
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*ANY_COLUMNS)
def test_every_column_of_many_is_used_or_named(name, decoys, data):
    used_or_named(name, decoys, data)


def used_or_named(name, decoys, data):
    case = CASES[name]
    rows = [{**decoys, **row} for row in case.rows]
    with contextlib.suppress(RpoError):
        found = assemble("rows", enumerate(rows, 1), case.columns)
        names = {column for row in rows for column in row}
        assert set(found.unused) <= names
        assert len(found.unused) == len(set(found.unused))
        assert found.read == len(rows)
        lines = {item.line for item in found.broken}
        assert len(lines) == len(found.broken)
        changed = [
            {column: other(data, cell) if column in found.unused else cell for column, cell in row.items()} for row in rows
        ]
        again = assemble("rows", enumerate(changed, 1), case.columns)
        assert (again.rows.to_list(), again.broken) == (found.rows.to_list(), found.broken)
        decoys_used = names - set(found.unused) - {column for row in case.rows for column in row}
        assert decoys_used <= MAY_BE_USED
        assert len(found.rows) + len(lines) >= found.read
        assert len(found.rows) + len(lines) == found.read or name in RANKED


def other(data, cell):
    """A cell of the same kind that says something else."""
    kinds = {
        str: st.text(min_size=1, max_size=9).filter(lambda text: not number(text)),
        int: st.integers(-3, 9),
        float: st.floats(-3, 9),
    }
    return data.draw(kinds[type(cell)]) if type(cell) in kinds and cell != "" and not number(cell) else cell


def number(cell):
    """Whether this text is a number: in a column of scores it is another kind of cell than other texts."""
    try:
        return isinstance(cell, str) and float(cell) is not None
    except ValueError:
        return False


RANKED = {"UltraFeedback completions", "Nectar"}
MAY_BE_USED = {
    "kto_tag",
    "system",
    "history",
    "topic",
    "split",
    "score",
    "input",
    "images",
}  # columns that have a meaning in any shape


NAMED = {
    "Orca": "Orca: question, chosen, rejected",
    "LLaMA-Factory ranking": "LLaMA-Factory: instruction, input, chosen, rejected",
    "LLaMA-Factory KTO": "LLaMA-Factory: instruction, input, output, kto_tag",
    "ShareGPT": "ShareGPT: conversations, chosen, rejected",
    "axolotl: answers as one message": "axolotl: messages, chosen, rejected",
    "distilabel": "distilabel: instruction, chosen_response, rejected_response",
    "UltraFeedback": "TRL: prompt, chosen, rejected",
    "Nectar": "Nectar ranking (rank)",
    "mapped: a column says which is better": "columns that you named",
}


@pytest.mark.parametrize("name", list(NAMED))
def test_a_format_is_called_by_the_name_people_know(name):
    case = CASES[name]
    assert assemble("rows", enumerate(case.rows, 1), case.columns).form == NAMED[name]
