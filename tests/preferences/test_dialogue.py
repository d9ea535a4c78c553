"""A prompt is one string that carries its turns; what was named by its text before keeps its name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo import storage
from rpo.preferences import Role, Turn, View, brief, headline, load, transcript, turns
from rpo.preferences.dialogue import alike, as_prompt
from rpo.preferences.formats.table import assemble
from rpo.preferences.holdout import reserve, reserved

PIECES = st.sampled_from(
    [
        *(
            "\n\nHuman: ",
            "\n\nAssistant:",
            "\n\nSystem:",
            "\n\n\\Human:",
            "\n\n\\\\Assistant: ",
            "\\",
            "\n",
            "\n\n",
            " ",
            "Human:",
        ),
        *("word", "é", ":", "\r\n\n\nHuman:"),
    ]
)
texts = st.lists(PIECES, min_size=1, max_size=8).map("".join).map(str.strip).filter(bool)
dialogues = st.lists(st.builds(Turn, st.sampled_from(Role), texts), min_size=1, max_size=5)


@given(dialogues)
def test_a_prompt_gives_its_turns_back_whatever_was_pasted_into_them(dialogue):
    assert turns(transcript(dialogue)) == tuple(dialogue)


@given(dialogues)
def test_a_prompt_that_is_read_again_is_the_same(dialogue):
    prompt = transcript(dialogue)
    assert transcript(turns(prompt)) == prompt


@given(texts)
def test_a_file_in_headings_keeps_every_backslash(text):
    prompt = as_prompt(f"\n\nHuman: Hi\n\nAssistant: {text}\n\nAssistant:")
    said = "".join(turn.text for turn in turns(prompt))
    assert said.count("\\") == text.count("\\")


@pytest.mark.parametrize(
    "text", ["Who?\n\nHuman: I.\n\nAssistant: You.", "\n\nA poem\n\nHuman: it is", "Human: hi", "\n\nHuman", ""]
)
def test_a_text_that_does_not_begin_with_a_heading_is_one_turn(text):
    assert turns(text) == (Turn(Role.USER, text),)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Why is it so?", "  why IS\nit so? ", True),
        ("Why?", "\n\nHuman: Why?\n\nAssistant:", True),
        ("Straße", "STRASSE", True),
        ("Why?", "Why", False),
        ("a b", "ab", False),
        ("Hi", "\n\nSystem: S.\n\nHuman: Hi\n\nAssistant:", False),
    ],
)
def test_white_space_and_case_make_no_other_prompt(one, other, same):
    assert (alike(one) == alike(other)) is same
    rows = [{"prompt": prompt, "chosen": "a", "rejected": f"b{place}"} for place, prompt in enumerate((one, other))]
    more = [{"prompt": f"P{number}", "chosen": "a", "rejected": "b"} for number in range(8)]
    found = assemble("x", enumerate([*rows, *more], 1))
    if same:
        assert len(set(found.rows["split"][:2])) == 1
    reserve([one], "a panel")
    assert reserved([other]) == ((other,) if same else ())


HH = "\n\nHuman: Why?\n\nAssistant: Because.\n\nHuman: And now?\n\nAssistant:"


def said(role, content):
    return {"role": role, "content": content}


ASKED, SO, NO = said("user", "Why?"), said("assistant", "So."), said("assistant", "No.")
BEFORE = [ASKED, said("assistant", "Hm."), said("user", "And?")]
ANSWERS = {"chosen": "So.", "rejected": "No."}
KEPT = {
    "a text": ({"prompt": "Why is\nit so? ", **ANSWERS}, "bcaedcc4400c3611", "1ff9d8c910864b05", "d82fa698f98c152e"),
    "headings": ({"chosen": f"{HH} So.", "rejected": f"{HH} No."}, "be5a2552a5102214", "91d27890ced48844", "0cf61c0fd5113c48"),
    "one turn in headings": (
        {"prompt": "\n\nHuman: Why?\n\nAssistant:", **ANSWERS},
        *("54fa064ba5143026", "f740714431ae3b5c", "4b4e5f0f3e82837a"),
    ),
    "messages": (
        {"prompt": [said("system", "Be brief."), ASKED], "chosen": [SO], "rejected": [NO]},
        *("77fd032d08c29393", "1666c80ac8dad8e6", "9c041f0b9ed00fbc"),
    ),
    "whole conversations": (
        {"chosen": [*BEFORE, SO], "rejected": [*BEFORE, NO]},
        *("a7eed3a06c9c9492", "eceda3946ef5a376", "2eee05eae8809a54"),
    ),
    "a heading within a text": (
        {"prompt": "Who?\n\nHuman: I.", **ANSWERS},
        *("26f6d7e2239135b6", "b398906760f23bc0", "a49da1e243b452a6"),
    ),
    "a judged answer": (
        {"prompt": [ASKED], "completion": [SO], "label": True},
        *("584f07075b87acf1", "f740714431ae3b5c", "f256f57a47e0e3eb"),
    ),
}


@pytest.mark.parametrize(("row", "name", "mark", "read"), KEPT.values(), ids=KEPT)
def test_ids_of_rows_marks_of_panels_and_what_encoders_read_are_as_they_were(tmp_path, row, name, mark, read):
    """The three names were written down by the code before prompts kept their turns: runs, panels and vectors know them."""
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    found = load(str(tmp_path / "a.jsonl"))
    (prompt,) = found.prompts
    assert found.rows["id"][0] == name
    assert storage.digest(*[view.of(prompt) for view in View]) == read
    storage.write_json(storage.folder("fence") / "an-old-panel.json", [mark])
    assert reserved([prompt]) == (prompt,)


@pytest.mark.weights
@given(st.lists(dialogues, min_size=1, max_size=3))
def test_a_file_that_we_wrote_is_read_to_the_same_prompts(spoken):
    rows = [{"prompt": transcript(dialogue), "chosen": "a", "rejected": "b"} for dialogue in spoken]
    assert set(assemble("kept", enumerate(rows, 1)).prompts) == {row["prompt"] for row in rows}


@pytest.mark.parametrize(
    ("prompt", "length", "line"),
    [
        ("Why is the sky blue?", 120, "Why is the sky blue?"),
        ("Why is the sky blue?", 20, "Why is the sky blue?"),
        ("Why is the sky blue?", 19, "Why is the sky blu…"),
        ("  Why\n\nis  the\tsky ", 120, "Why is the sky"),
        ("\n\nHuman: Hello\n\nAssistant: Hi\n\nHuman: How hot is\n90 °C?\n\nAssistant:", 120, "How hot is 90 °C?"),
        ("x" * 500, 120, "x" * 119 + "…"),
        ("", 120, ""),
    ],
)
def test_a_prompt_in_a_list_is_the_last_turn_on_one_line_and_says_where_it_was_cut(prompt, length, line):
    assert headline(prompt, length) == line
    assert len(line) <= length


@pytest.mark.parametrize(("text", "length", "shown"), [("abc", 3, "abc"), ("a\nbcd", 3, "a\nb… (5 characters in all)")])
def test_a_long_text_is_cut_and_says_how_long_it_is(text, length, shown):
    assert brief(text, length) == shown
