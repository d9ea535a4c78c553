"""What a run writes to a few held-out prompts: before its first step, and the latest so far. Not the panel's full answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.jsonl import read_lines
from rpo.preferences import load
from rpo.records import AnswerRecord
from rpo.runs import Run
from rpo.runs.answers import baseline_file, candidate_file

SHOWN_PROMPTS = 3


@dataclass(frozen=True)
class Written:
    """An answer, after how many steps (0 is before the first), and whether the limit of tokens cut it short."""

    text: str
    step: int
    cut: bool = False


@dataclass(frozen=True)
class BeforeAfter:
    """A held-out prompt with the answer from before training and the latest one; None where it is not written yet."""

    prompt: str
    before: Written | None = None
    after: Written | None = None


def before_after(run: Run, count: int = SHOWN_PROMPTS) -> tuple[BeforeAfter, ...]:
    """The first held-out prompts that the run answers, with what is written so far.

    Where a run of an older version wrote nothing before its first step, the baseline's answers stand there.
    """
    steps, along = run.spec.steps, run.samples
    written = [(record, record["step"]) for record in along]
    ended = [(record, steps) for record in read_lines(candidate_file(run), AnswerRecord)]
    before = _by_prompt((record, 0) for record in read_lines(baseline_file(run), AnswerRecord))
    before |= _by_prompt(one for one in written if one[1] == 0)
    after = _by_prompt([*(one for one in written if one[1]), *ended])
    known = dict.fromkeys(record["prompt"] for record in along)
    prompts = known if len(known) >= count else dict.fromkeys([*known, *_asked(run, count), *after])
    return tuple(BeforeAfter(prompt, before.get(prompt), after.get(prompt)) for prompt in list(prompts)[:count])


def _by_prompt(records: Iterable[tuple[Mapping[str, Any], int]]) -> dict[str, Written]:
    """The last answer to each prompt."""
    return {one["prompt"]: Written(one["answer"], step, one.get("cut") is True) for one, step in records}


def _asked(run: Run, count: int) -> Sequence[str]:
    """The prompts that it is going to answer; none is known once its data went away."""
    try:
        return load(run.spec.data).held_out_prompts[: min(count, run.spec.samples)]
    except RpoError:
        return ()
