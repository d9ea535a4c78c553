"""Laws of a preference and of a transcript."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, Judged, Kind, Preference, Role, Turn, last_turn, load, transcript, turns
from rpo.preferences.table import assemble

words = st.text(st.characters(categories=("L", "N", "Zs")), min_size=1).map(str.strip).filter(bool)
dialogues = st.lists(st.builds(Turn, st.sampled_from(Role), words), min_size=1, max_size=6)


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
        (("", "a", "b"), "prompt must not be empty"),
        (("p", " ", "b"), "chosen must not be empty"),
        (("p", "a", "\n"), "rejected must not be empty"),
        (("p", "a", " a "), "chosen must differ from rejected"),
        (("p", None, "b"), "chosen must be text, got NoneType"),
        (("p", float("nan"), "b"), "chosen must be text, got float"),
    ],
)
def test_a_preference_keeps_its_laws(texts, words):
    with pytest.raises(RpoError, match=words):
        Preference(*texts)


def test_a_judged_answer_keeps_its_laws():
    with pytest.raises(RpoError, match="liked must be true or false"):
        Judged("p", "a", 1)
    with pytest.raises(RpoError, match="answer must not be empty"):
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
