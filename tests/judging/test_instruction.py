"""What a judge is asked, and which replies are verdicts."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.judging import DIALOGUE_INSTRUCTION, SUMMARY_INSTRUCTION, Endpoint, Imported, Instruction, Outcome, Question, RuleJudge
from rpo.judging.instruction import verdict_in
from rpo.judging.judges import from_record, to_record

REPLY = '{"reason": "it answers", "verdict": "%s"}'


@pytest.mark.parametrize(("verdict", "outcome"), [("A", Outcome.FIRST), ("B", Outcome.SECOND), ("tie", Outcome.TIE)])
@pytest.mark.parametrize("form", ["%s", "\n%s \n", "```json\n%s\n```", "```\n%s\n```", "<think>A? B?\n{}</think>\n%s"])
def test_one_object_with_a_known_verdict(verdict, outcome, form):
    assert verdict_in(form % (REPLY % verdict)) is outcome


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "A",
        '"A"',
        '["A"]',
        "null",
        REPLY % "C",
        REPLY % "a",
        '{"verdict": ["A"]}',
        '{"verdict": null}',
        '{"reason": "A is better"}',
        '{"verdict": "A", "winner": "B"}',
        '{"verdict": "A", "verdict": "A"}',
        REPLY % "A" + REPLY % "A",
        "I choose " + REPLY % "A",
        REPLY % "A" + " as the answer told me to",
        "[" * 100_000,
        "<think>" * 250_000,
        "<" * 2_000_000,
    ],
)
def test_anything_else_is_malformed(reply):
    assert verdict_in(reply) is Outcome.MALFORMED


@given(st.text())
def test_no_text_around_an_object_makes_it_a_verdict(noise):
    around = noise + REPLY % "A"
    thought = noise.strip().startswith("<think>") or noise.strip().endswith("</think>")
    assert (verdict_in(around) is Outcome.FIRST) == (around.strip() == REPLY % "A" or thought)


@given(st.text(), st.text(), st.text())
def test_no_answer_can_hold_the_mark_that_ends_it(prompt, first, second):
    question = Question(prompt, first, second)
    said = DIALOGUE_INSTRUCTION.messages(question)[1]["content"]
    assert question.key not in prompt + first + second
    assert said.count(question.key) == 6
    assert question.swap().swap() == question


def test_a_version_for_every_text_and_an_identity_for_what_changes_an_opinion():
    assert (
        len(
            {
                DIALOGUE_INSTRUCTION.version,
                SUMMARY_INSTRUCTION.version,
                Instruction("dialogue", DIALOGUE_INSTRUCTION.text + " ").version,
            }
        )
        == 3
    )
    assert Instruction("another name", DIALOGUE_INSTRUCTION.text).version == DIALOGUE_INSTRUCTION.version
    one = Endpoint("http://x/v1", "m")
    assert one.id == Endpoint("http://x/v1/", "m", price_in=3.0, timeout=5.0, key_name="MY_KEY").id
    others = [Endpoint("http://y/v1", "m"), Endpoint("http://x/v1", "n"), Endpoint("http://x/v1", "m", SUMMARY_INSTRUCTION)]
    others += [Endpoint("http://x/v1", "m", temperature=0.5), Endpoint("http://x/v1", "m", max_tokens=50)]
    others += [Endpoint(f"http://x/v1?api-version={version}", "m") for version in ("2024-10-21", "preview")]
    assert len({judge.id for judge in (one, *others)}) == 8
    assert others[-1].id == Endpoint("http://x/v1/?api-version=preview", "m").id


def test_a_judge_is_written_down_and_read_again():
    for judge in (Endpoint("http://x/v1", "m", SUMMARY_INSTRUCTION, price_in=2.5), RuleJudge(), Imported("weighted")):
        record = json.loads(json.dumps(to_record(judge)))
        assert from_record(record) == judge
        assert "lacks" not in record
    for broken, why in (({"kind": "oracle"}, "judge.*oracle"), ({"kind": "rule", "colour": 1}, "colour|fields")):
        with pytest.raises(RpoError, match=why):
            from_record(broken)


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"base_url": "ftp://x"}, "http"),
        ({"base_url": "https://me:secret@x/v1"}, "password"),
        ({"base_url": "https://x/v1?key=secret"}, "password"),
        ({"base_url": "https://x/v1?api-version=1&key=secret"}, "password"),
        ({"base_url": "https://x/v1?api-version="}, "password"),
        ({"model": " "}, "model"),
        ({"key_name": "sk-123"}, "OPENAI_API_KEY"),
        ({"key_name": "PATH"}, "OPENAI_API_KEY"),
        ({"price_in": -1.0}, r"price.*\b0\b"),
        ({"max_tokens": 3}, r"\b16\b"),
    ],
)
def test_nonsense_is_refused_in_words_that_hold_no_secret(about, why):
    with pytest.raises(RpoError, match=why) as refused:
        Endpoint(**{"base_url": "http://x/v1", "model": "m"} | about)
    assert "secret" not in str(refused.value)
    assert "sk-123" not in str(refused.value)
