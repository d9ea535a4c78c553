"""A draft on given data starts as it is, whatever they hold, and says what they forced."""

import json

import pytest

from rpo import preferences, tuning
from rpo.errors import RpoError
from rpo.preferences import Kind
from rpo.runs.data import data_to_start
from rpo.spec import RunSpec


def shelved(count, kind):
    rows = [
        {"prompt": f"Q {n}?", "chosen": f"yes {n}", "rejected": f"no {n}"}
        if kind is Kind.PAIRED
        else {"prompt": f"Q {n // 2}?", "completion": f"text {n}", "label": n % 2 == 0}
        for n in range(count if kind is Kind.PAIRED else 2 * count)
    ]
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    return "votes.jsonl", preferences.add("votes.jsonl", content)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("count", [2, 3, 6, 9, 17, 60])
def test_a_draft_starts_as_it_is(count, kind):
    source, data = shelved(count, kind)
    draft = tuning.draft_on(source, data)
    spec = RunSpec(**draft.fields)
    held = data_to_start(spec)  # refuses an M that the data do not hold
    assert spec.objective.kind is kind
    there = tuning.smaller_side(held)
    assert spec.contrast_size == min(RunSpec().contrast_size, there)
    assert (f"M (contrast size) is {there}" in draft.words) == (there < RunSpec().contrast_size)
    with pytest.raises(RpoError, match="contrast_size must be at most"):
        data_to_start(RunSpec(**{**draft.fields, "contrast_size": there + 1}))


def test_data_with_nothing_on_one_side_have_no_draft():
    content = b"".join(b'{"prompt": "%d?", "completion": "x", "label": true}\n' % n for n in range(9))
    with pytest.raises(RpoError, match="must have an example a side"):
        tuning.draft_on("liked.jsonl", preferences.add("liked.jsonl", content))
