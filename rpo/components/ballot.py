"""One pair before a rater: prompt, two answers, and the bar with all that a rater can do; what it says, and what it gets.

A page hands the texts and the data to a Components v2 component. Keys act in the browser, so that letters of a reason are no
votes; each message names the showing and revision it answers. No author is in any of it, and nothing in it runs or fetches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from rpo.components.formulas import in_text
from rpo.components.rendering import as_html
from rpo.components.side_by_side.changes import marked
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import turns
from rpo.statistics import OwnAgreement
from rpo.voting import (
    CROSS_RUBRIC,
    LONGEST_REASON,
    RUBRIC,
    Ballot,
    Choice,
    Panel,
    QuestionBallot,
    RaterProgress,
    RaterWork,
    Strength,
    VoteContent,
)

HTML, CSS = (Path(__file__).with_name(f"ballot.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
JS = "\n".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in ("asked", "ballot"))
EMPTY_ANSWER = "<p><em>(no answer)</em></p>"


class Press(StrEnum):
    """What a rater can do: vote, add a tag or a reason to the vote before, skip, undo, leave an earlier vote as it was.

    On a practice pair: practise, that is to say which is better, go onward to the next one, begin to vote.
    """

    VOTE = "vote"
    NOTE = "note"
    SKIP = "skip"
    UNDO = "undo"
    LEAVE = "leave"
    PRACTISE = "practise"
    ONWARD = "onward"
    BEGIN = "begin"


@dataclass(frozen=True)
class BallotMessage:
    """One message of the component. `showing` and `revision` name the ballot it answers.

    `last_event` is the number of the rater's last event, as they saw it when they asked for an undo.
    """

    press: Press
    showing: str = ""
    revision: int = -1
    last_event: int = -1
    word: VoteContent | None = None

    def answers(self, ballot: Ballot | None) -> bool:
        """Whether it was said of this ballot."""
        return ballot is not None and (self.showing, self.revision) == (ballot.showing, ballot.revision)


@dataclass(frozen=True)
class Practised:
    """A practice pair before a rater: what the `organiser` says of it, and what the rater said, once they have."""

    organiser: VoteContent
    own: VoteContent | None = None

    def words(self) -> dict[str, str]:
        """What the rater may read by now: nothing before their own word."""
        if self.own is None:
            return {}
        same = self.own.choice == self.organiser.choice and self.own.both_bad == self.organiser.both_bad
        theirs = f"The organiser{' too' if same else ''}: {_verdict(self.organiser)}."
        return {"own": f"You: {_verdict(self.own)}.", "organiser": theirs, "because": self.organiser.reason}


VERDICTS = {Choice.LEFT: "A (left) is better", Choice.RIGHT: "B (right) is better", Choice.TIE: "a tie"}


def _verdict(word: VoteContent) -> str:
    return "both are bad" if word.both_bad and word.choice is Choice.TIE else VERDICTS[word.choice]


@dataclass(frozen=True)
class Frame:
    """What stands around a ballot: what the panel asks, how far the rater is, what was said before.

    `given` is the vote that is being changed, `last` the one before, with the ballot on which more can be said of it. `turn`
    counts the messages that were heard. `practice` is there where the pair is one to practise on.
    """

    panel: Panel
    done: RaterProgress
    turn: int = 0
    note: str = ""
    early: bool = False
    given: VoteContent | None = None
    last: tuple[Ballot, VoteContent] | None = None
    practice: Practised | None = None


def ballot_data(ballot: Ballot, frame: Frame) -> dict[str, object]:
    """All that the component shows and needs, prompt and answers as harmless HTML."""
    across = isinstance(ballot, QuestionBallot)
    panel, fresh = across_prompts(frame.panel) if across else frame.panel, frame.done.last_event == 0 and frame.turn == 0
    return {
        "showing": ballot.showing,
        "revision": ballot.revision,
        **_prompt(ballot.prompt),
        "prompts": [_prompt(ballot.prompt), _prompt(ballot.right_prompt)] if across else None,
        "answers": [as_html(ballot.left) or EMPTY_ANSWER, as_html(ballot.right) or EMPTY_ANSWER],
        "cut": [ballot.left_cut, ballot.right_cut],
        "rubric": panel.rubric or RUBRIC,
        "tags": list(panel.tags),
        "guideline": as_html(panel.guideline),
        "guide_first": bool(panel.guideline) and fresh,
        "second": panel.second_rubric,
        "strength": panel.strength,
        "differences": panel.differences,
        "marked": _marked(ballot.left, ballot.right) if panel.differences else None,
        "practice": frame.practice and frame.practice.words(),
        "longest": LONGEST_REASON,
        "count": _count(ballot, frame),
        "done": frame.done.done,
        "total": frame.done.total,
        "last_event": frame.done.last_event,
        "turn": frame.turn,
        "note": frame.note,
        "early": frame.early,
        "given": frame.given and _word(frame.given),
        "last": frame.last and {**_word(frame.last[1]), "showing": frame.last[0].showing, "revision": frame.last[0].revision},
    }


def across_prompts(panel: Panel) -> Panel:
    """What a panel asks of two answers to two prompts: which serves its own better, and nothing else."""
    nothing = {"tags": (), "guideline": "", "second_rubric": "", "strength": False, "differences": False}
    return replace(panel, rubric=CROSS_RUBRIC, **nothing)


def _prompt(prompt: str) -> dict[str, object]:
    """The last turn as harmless HTML, and those before it."""
    *earlier, asked = turns(prompt)
    return {"prompt": in_text(asked.text), "earlier": [[str(turn.role), turn.text] for turn in earlier]}


def _count(ballot: Ballot, frame: Frame) -> str:
    if frame.practice:
        return f"Practice {ballot.number} of {ballot.total}, not counted"
    return f"Questions: {word_count(frame.done)}" if isinstance(ballot, QuestionBallot) else word_count(frame.done)


@lru_cache(maxsize=64)
def _marked(left: str, right: str) -> list[str] | None:
    """Both answers with the words marked that the other lacks; None where hardly a word is shared."""
    first, second, alike = marked(left, right, ("mark", "mark"))
    return [first, second] if alike else None


def word_count(done: RaterProgress) -> str:
    """How far a rater is, in words; how long the rest takes only where there is a rest."""
    skipped = f", {done.skipped} skipped" if done.skipped else ""
    open_pairs = done.seconds_left is not None and done.done < done.total
    left = f", about {max(1, round((done.seconds_left or 0) / 60))} min left" if open_pairs else ""
    return f"{done.done} of {done.total}{skipped}{left}"


def rater_message(message: Any) -> BallotMessage:
    """What the component said; a message that it cannot have sent is refused."""
    try:
        press = Press(message["act"])
        if press in (Press.LEAVE, Press.BEGIN):
            return BallotMessage(press)
        if press is Press.UNDO:
            return BallotMessage(press, last_event=_exact(message["last_event"], int))
        showing, revision = _exact(message["showing"], str), _exact(message["revision"], int)
        word = _said(message) if press in (Press.VOTE, Press.NOTE, Press.PRACTISE) else None
    except (KeyError, TypeError, ValueError) as error:
        raise RpoError(f"a vote must come from the voting page's own buttons, this one does not ({error}); reload it") from error
    return BallotMessage(press, showing, revision, word=word)


def _said(message: Mapping[str, Any]) -> VoteContent:
    tags = [_exact(tag, str) for tag in _exact(message["tags"], list)]
    choice, reason = Choice(message["choice"]), _exact(message["reason"], str).strip()
    strength, second = message.get("strength"), message.get("second")
    more = None if strength is None else Strength(strength), None if second is None else Choice(second)
    return VoteContent(
        choice, _exact(message["bothBad"], bool), reason, tuple(tags), _exact(message.get("marked", False), bool), *more
    )


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected, got {type(value).__name__}")
    return value


def _word(word: VoteContent) -> dict[str, object]:
    asked = {name: str(said) for name, said in (("strength", word.strength), ("second", word.second)) if said}
    return {"choice": str(word.choice), "bothBad": word.both_bad, "reason": word.reason, "tags": list(word.tags), **asked}


def following(ballot: Ballot) -> Ballot:
    """The ballot on which a vote on this one is changed or said more of."""
    return replace(ballot, revision=ballot.revision + 1)


def agreement_words(own: OwnAgreement) -> str:
    """How far a rater agrees with the others and with themselves, as sentences."""
    others, repeats = own.others, own.repeats
    said = "Nobody else has voted on your pairs."
    if others.n:
        given = quantity(others.n, "vote")
        said = f"The others gave {given} on your pairs; {others.k} of them say the same as yours ({others.value:.0%})."
    if repeats.n:
        pairs = quantity(repeats.n, "pair that came", "pairs that came")
        said += f" Of {pairs} twice, with the sides exchanged, you judged {repeats.k} the same way."
    return said


def work_words(work: RaterWork) -> str:
    """What a rater did, as a sentence."""
    votes = f"You gave {quantity(work.votes, 'vote')}"
    took = "" if work.seconds is None else f" in about {max(1, round(work.seconds / 60))} min"
    put_off = f"; {work.skipped} of the pairs you had skipped at first" if work.skipped else ""
    return f"{votes}{took}{put_off}."
