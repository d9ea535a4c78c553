"""AlpacaEval's files, of the shape that its command writes and takes."""

import json

import pytest

from rpo.errors import RpoError
from rpo.judging import Imported, JudgementCache, Outcome, model_outputs, pair_verdicts, take_in
from rpo.voting import Answer, Ballots, Comparison, Options


def row(number, preference, **more):
    given = {
        "instruction": f"Do {number}",
        "output_1": f"reference {number}",
        "generator_1": "gpt4_1106_preview",
        "dataset": "helpful_base",
        "output_2": f"ours {number}",
        "generator_2": "our-run",
        "annotator": "weighted_alpaca_eval_gpt4_turbo",
        "preference": preference,
        "raw_completion": {"concise_explanation": "M is better"},
        "price_per_example": 0.01,
        "time_per_example": 1.2,
    }
    return given | more


def archive():
    return JudgementCache(Ballots.here().database)


def test_annotations_become_a_judges_votes_on_the_same_pairs():
    rows = [row(0, 1.9), row(1, 1.000001), row(2, 1.5), row(3, 0), row(4, float("nan")), row(5, None), row(6, 2)]
    taken = take_in(archive(), "annotations.json", json.dumps(rows).encode())
    assert (taken.judges, taken.new, taken.rows) == (("weighted_alpaca_eval_gpt4_turbo",), 7, 7)
    panel = Ballots.here().make_panel("theirs", taken.pairs, options=Options(repeats=0))
    pairs = list(Ballots.here().comparisons(panel).values())
    ruled = pair_verdicts(archive(), Imported(taken.judges[0]), pairs)
    first, second, tie = Outcome.FIRST, Outcome.SECOND, Outcome.TIE
    assert [one.verdict for one in ruled] == [second, first, tie, tie, None, None, second]
    assert "M is better" in ruled[0].forward.reply
    turned = [Comparison(one.prompt, one.second, one.first) for one in pairs]
    assert [one.verdict for one in pair_verdicts(archive(), Imported(taken.judges[0]), turned)][:2] == [first, second]
    assert take_in(archive(), "annotations.json", json.dumps(rows).encode()).new == 0


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "annotations.json"),
        (b"\xff\xfe", "annotations.json"),
        (b"[" * 100_000, "annotations.json"),
        (b"{}", "list.*dict"),
        (b"[]", "annotation"),
        (b" " * ((25 << 20) + 1), r"\b25 MiB"),
        (b"[3]", r"\b1\b.*instruction"),
        (json.dumps([row(0, 1.0), row(1, 1.0, output_2=None)]).encode(), r"\b2\b.*output_2"),
        (json.dumps([row(0, 3.0)]).encode(), r"\b1 to 2\b.*3\.0"),
        (json.dumps([row(0, "m")]).encode(), r"\b1 to 2\b.*'m'"),
        (json.dumps([row(0, 1.0, generator_1="x", generator_2="x")]).encode(), "authors"),
        (json.dumps([row(0, 1.0, instruction=" ")]).encode(), "prompt"),
    ],
)
def test_a_broken_file_says_where_and_leaves_nothing(content, why):
    with pytest.raises(RpoError, match=why):
        take_in(archive(), "annotations.json", content)
    assert archive().judges() == ()


def test_answers_leave_in_the_form_that_its_command_takes():
    pairs = [Comparison(f"Do {n}", Answer(f"old {n}", "base"), Answer(f"new {n}", "run")) for n in range(2)]
    assert json.loads(model_outputs(pairs, "run", "a panel")) == [
        {"instruction": f"Do {n}", "output": f"new {n}", "generator": "run", "dataset": "a panel"} for n in range(2)
    ]
    with pytest.raises(RpoError, match="nobody"):
        model_outputs(pairs, "nobody", "a panel")
