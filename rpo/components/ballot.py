"""One pair before a rater: prompt, two answers, and the bar with all that a rater can do; what it says, and what it gets.

A page hands the texts and the data to a Components v2 component. Keys act in the browser, so that letters of a reason are no
votes; each message names the showing and revision it answers. No author is in any of it, and nothing in it runs or fetches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from rpo.components.formulas import in_text
from rpo.components.rendering import as_html
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import turns
from rpo.voting import LONGEST_REASON, Ballot, Choice, RaterProgress, RaterWork, VoteContent

HTML, CSS, JS = (Path(__file__).with_name(f"ballot.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
EMPTY_ANSWER = "<p><em>(no answer)</em></p>"


class Press(StrEnum):
    """What a rater can do: vote, add a tag or a reason to the vote before, skip, undo, leave an earlier vote as it was."""

    VOTE = "vote"
    NOTE = "note"
    SKIP = "skip"
    UNDO = "undo"
    LEAVE = "leave"


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
class Frame:
    """What stands around a ballot: the panel's question and tags, how far the rater is, what was said before.

    `given` is the vote that is being changed, `last` the one before, with the ballot on which more can be said of it. `turn`
    counts the messages that were heard.
    """

    rubric: str
    tags: Sequence[str]
    done: RaterProgress
    turn: int = 0
    note: str = ""
    early: bool = False
    given: VoteContent | None = None
    last: tuple[Ballot, VoteContent] | None = None


def ballot_data(ballot: Ballot, frame: Frame) -> dict[str, object]:
    """All that the component shows and needs, prompt and answers as harmless HTML."""
    *earlier, asked = turns(ballot.prompt)
    return {
        "showing": ballot.showing,
        "revision": ballot.revision,
        "prompt": in_text(asked.text),
        "earlier": [[str(turn.role), turn.text] for turn in earlier],
        "answers": [as_html(ballot.left) or EMPTY_ANSWER, as_html(ballot.right) or EMPTY_ANSWER],
        "cut": [ballot.left_cut, ballot.right_cut],
        "rubric": frame.rubric,
        "tags": list(frame.tags),
        "longest": LONGEST_REASON,
        "count": word_count(frame.done),
        "done": frame.done.done,
        "total": frame.done.total,
        "last_event": frame.done.last_event,
        "turn": frame.turn,
        "note": frame.note,
        "early": frame.early,
        "given": frame.given and _word(frame.given),
        "last": frame.last and {**_word(frame.last[1]), "showing": frame.last[0].showing, "revision": frame.last[0].revision},
    }


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
        if press is Press.LEAVE:
            return BallotMessage(press)
        if press is Press.UNDO:
            return BallotMessage(press, last_event=_exact(message["last_event"], int))
        showing, revision = _exact(message["showing"], str), _exact(message["revision"], int)
        word = _said(message) if press in (Press.VOTE, Press.NOTE) else None
    except (KeyError, TypeError, ValueError) as error:
        raise RpoError(f"a vote must come from the voting page's own buttons, this one does not ({error}); reload it") from error
    return BallotMessage(press, showing, revision, word=word)


def _said(message: Mapping[str, Any]) -> VoteContent:
    tags = [_exact(tag, str) for tag in _exact(message["tags"], list)]
    choice, reason = Choice(message["choice"]), _exact(message["reason"], str).strip()
    return VoteContent(choice, _exact(message["bothBad"], bool), reason, tuple(tags))


def _exact(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected, got {type(value).__name__}")
    return value


def _word(word: VoteContent) -> dict[str, object]:
    return {"choice": str(word.choice), "bothBad": word.both_bad, "reason": word.reason, "tags": list(word.tags)}


def following(ballot: Ballot) -> Ballot:
    """The ballot on which a vote on this one is changed or said more of."""
    return replace(ballot, revision=ballot.revision + 1)


def work_words(work: RaterWork) -> str:
    """What a rater did, as a sentence."""
    votes = f"You gave {quantity(work.votes, 'vote')}"
    took = "" if work.seconds is None else f" in about {max(1, round(work.seconds / 60))} min"
    put_off = f"; {work.skipped} of the pairs you had skipped at first" if work.skipped else ""
    return f"{votes}{took}{put_off}."
