"""Laws of a preference and of a transcript."""

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.preferences import (
    EMBEDDED,
    Judged,
    Kind,
    Preference,
    PreferenceSet,
    Role,
    Turn,
    last_turn,
    load,
    readable,
    score_of,
    scores,
    sides,
    transcript,
    turns,
)
from rpo.preferences.formats.table import assemble

words = st.text(st.characters(categories=("L", "N", "Zs")), min_size=1).map(str.strip).filter(bool)
dialogues = st.lists(st.builds(Turn, st.sampled_from(Role), words), min_size=1, max_size=6)


@pytest.mark.weights
@given(dialogues)
def test_a_transcript_gives_its_turns_back(dialogue):
    assert turns(transcript(dialogue)) == tuple(dialogue)


@given(words)
def test_plain_text_is_one_human_turn(text):
    assert turns(text) == (Turn(Role.USER, text),)
    assert last_turn(text) == text


def test_the_last_human_turn_of_a_dialogue():
    prompt = "\n\nHuman: Hello\n\nAssistant: Hi\n\nHuman: How hot is 90 °C?\n\nAssistant:"
    assert last_turn(prompt) == "How hot is 90 °C?"
    assert [turn.role for turn in turns(prompt)] == [Role.USER, Role.ASSISTANT, Role.USER]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (("", "a", "b"), "prompt.*empty"),
        (("p", " ", "b"), "chosen.*empty"),
        (("p", "a", "\n"), "rejected.*empty"),
        (("p", "a", " a "), "chosen.*differ.*rejected"),
        (("p", None, "b"), "chosen.*NoneType"),
        (("p", float("nan"), "b"), "chosen.*float"),
    ],
)
def test_a_preference_keeps_its_laws(texts, words):
    with pytest.raises(RpoError, match=words):
        Preference(*texts)


def test_a_judged_answer_keeps_its_laws():
    with pytest.raises(RpoError, match="liked.*1"):
        Judged("p", "a", 1)
    with pytest.raises(RpoError, match="answer.*empty"):
        Judged("p", "", True)


def test_ids_name_contents():
    one = Preference("p", "a", "b")
    assert one.id == Preference("p", "a", "b", source="elsewhere").id
    assert one.id != Preference("p", "b", "a").id
    assert Judged("p", "a", True).id != Judged("p", "a", False).id


def test_pairs_lose_their_pairing_and_nothing_else():
    data = load(EMBEDDED)
    single = data.unpaired()
    assert single.kind is Kind.UNPAIRED
    assert len(single.rows) == 2 * len(data.rows)
    assert sum(single.train["liked"]) == len(data.train)
    liked = {(row["prompt"], row["answer"]) for row in single.held_out.to_list() if row["liked"]}
    assert liked == set(zip(data.held_out["prompt"], data.held_out["chosen"], strict=True))
    assert set(single.train["prompt"]).isdisjoint(single.held_out["prompt"])
    assert single.unpaired() is single


def test_an_answer_of_several_pairs_is_judged_once():
    rows = [{"prompt": "p", "chosen": "a", "rejected": "b"}, {"prompt": "p", "chosen": "a", "rejected": "c"}]
    single = assemble("some", enumerate(rows, 1), None).unpaired()
    assert sorted(single.rows["answer"]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("row", "found", "of_sides"),
    [
        ({"chosen": "a", "rejected": "b"}, {}, [None, None]),
        ({"chosen": "a", "rejected": "b", "score_chosen": 0.0, "score_rejected": None}, {"score_chosen": 0.0}, [0.0, None]),
        ({"chosen": "a", "rejected": "b", "strength": 3, "score_rejected": 2}, {"strength": 3, "score_rejected": 2}, [None, 2]),
        ({"chosen": "a", "rejected": "b", "score_chosen": float("nan"), "score_rejected": float("inf")}, {}, [None, None]),
        ({"answer": "a", "liked": False, "score": -1.5}, {"score": -1.5}, [-1.5]),
        ({"answer": "a", "liked": True}, {}, [None]),
    ],
)
def test_an_answer_stands_beside_its_score(row, found, of_sides):
    assert (scores(row), [score_of(row, title) for title, _, _ in sides(row)]) == (found, of_sides)


@pytest.mark.parametrize(
    ("scale", "columns", "score", "strength"),
    [
        ("", ("score_chosen",), "score", "strength"),
        ("rating", ("score_chosen",), "rating", "strength"),
        ("preference_strength", ("strength",), "preference strength", "strength (preference strength)"),
        ("strength", ("strength",), "strength", "strength"),
        ("rank", ("strength",), "rank", "strength (rank)"),
        ("rating", ("score_rejected", "strength"), "rating", "strength"),
        (" a\nlong_name ", ("score",), "a long name", "strength (a long name)"),
        ("x" * 50, ("score",), "x" * 40 + "…", f"strength ({'x' * 40}…)"),
    ],
)
def test_a_scale_has_a_name_that_a_person_can_read(scale, columns, score, strength):
    data = PreferenceSet("some", Kind.PAIRED, Dataset.from_dict({name: [1.0] for name in columns}), scale=scale)
    assert (data.score_name, data.strength_name) == (score, strength)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((4.0, "4"), (4, "4"), (-0.0, "0"), (4.5, "4.5"), (-0.25, "-0.25"), (2 / 3, "0.6667"), (1e-7, "1e-07")),
        *((12_345_678.0, "12,345,678"), (1234.56, "1,234.6"), (1e20, "1e+20"), (1.5e300, "1.5e+300")),
    ],
)
def test_numbers_are_written_as_a_person_would(value, text):
    assert readable(value) == text
