"""Ways to say preferences in which the better answer must be found: a verdict, scores, ranks beside several answers.

A tie is no preference: its row is left out by name.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences.formats.labels import Better, Signed, as_number
from rpo.preferences.formats.messages import absent, decoded
from rpo.preferences.formats.sides import AnyExample, Before, Row, Silent
from rpo.preferences.types import Kind

OF_BOTH = ("score_chosen", "score_rejected")
MOST_ANSWERS = 64  # answers that a ranking may hold: their pairs are all read


@dataclass
class WhichIsBetter(Silent):
    """Two answers and a column that says which is better; with scores of both, or the strength where its sign says it."""

    first: str
    second: str
    better: Better | Signed
    scores: tuple[str, str] | tuple[()] = ()
    scale: str = ""
    kind = Kind.PAIRED

    @property
    def columns(self) -> tuple[str, ...]:
        """Both answers' and the verdict's."""
        return self.first, self.second, self.better.name

    @property
    def more(self) -> tuple[str, ...]:
        """The scores'."""
        return self.scores

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One pair, none for a tie."""
        verdict = row.get(self.better.name)
        first_is = self.better.first_is(verdict)
        order = slice(None) if first_is else slice(None, None, -1)
        chosen, rejected = (row.get(name) for name in (self.first, self.second)[order])
        scores = dict(zip(OF_BOTH, (as_number(row.get(name)) for name in self.scores[order]), strict=False))
        strength = abs(as_number(verdict) or 0) if isinstance(self.better, Signed) else None
        return [before.pair(chosen, rejected, strength=strength, **scores)]


@dataclass
class ScoredAnswers(Silent):
    """Two answers with a score each: the higher one is chosen."""

    first: str
    second: str
    scores: tuple[str, str]
    scale: str = "score"
    kind = Kind.PAIRED
    more = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Both answers' and both scores'."""
        return self.first, self.second, *self.scores

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One pair, none for equal scores."""
        one, other = (_score(row.get(name), name) for name in self.scores)
        if one == other:
            raise RpoError(f"a pair must have a better answer, this one is a tie: both scores are {one:g}")
        order = slice(None) if one > other else slice(None, None, -1)
        chosen, rejected = (row.get(name) for name in (self.first, self.second)[order])
        return [before.pair(chosen, rejected, score_chosen=max(one, other), score_rejected=min(one, other))]


@dataclass
class Flags(Silent):
    """Two answers and a column each that is 1 where it is the better: neither for a tie."""

    first: str
    second: str
    flags: tuple[str, str]
    kind = Kind.PAIRED
    scale = ""
    more = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Both answers' and both verdicts'."""
        return self.first, self.second, *self.flags

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One pair, none for a tie. Prompt and answers are lists with a text a turn, of which there may be one."""
        won = [_score(row.get(name), name) > 0 for name in self.flags]
        if won[0] == won[1]:
            raise RpoError("a pair must have a better answer, this one is a tie")
        chosen, rejected = (row.get(name) for name in (self.first, self.second)[:: 1 if won[0] else -1])
        prompt = _only(before.prompt, "prompt")
        return [replace(before, prompt=prompt).pair(_only(chosen, "chosen"), _only(rejected, "rejected"))]


@dataclass
class Ranked(Silent):
    """A list of answers with a rank (1 is best) or a score each: all pairs of unlike ranks are preferences."""

    answers: str
    text: str
    rank: str
    lowest_is_best: bool = False
    ranks: str = ""
    scale: str = ""
    ties: int = 0
    kind = Kind.PAIRED
    more = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The list's, and that of the ranks where they stand beside it."""
        return (self.answers, self.ranks) if self.ranks else (self.answers,)

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """All pairs of answers of which one ranks higher."""
        ranked = self._ranked(row)
        unlike = [(one, other) for one, other in combinations(ranked, 2) if one[0] != other[0] and one[1] != other[1]]
        pairs = [(one, other) if one[0] > other[0] else (other, one) for one, other in unlike]
        if not pairs:
            has = quantity(len(ranked), "answer")
            raise RpoError(f"a ranking must hold two answers of unlike ranks, this one has {has} and no such two")
        self.ties += len(ranked) * (len(ranked) - 1) // 2 - len(pairs)
        return [before.pair(good[1], bad[1], **self._scores(good[0], bad[0])) for good, bad in pairs]

    def notes(self) -> tuple[str, ...]:
        """How many pairs were ties."""
        return (f"Pairs of answers with equal ranks, or of equal texts, that are not used: {self.ties:,}.",) if self.ties else ()

    def _scores(self, good: float, bad: float) -> dict[str, float]:
        return {"strength": good - bad} if self.lowest_is_best else {"score_chosen": good, "score_rejected": bad}

    def _ranked(self, row: Row) -> list[tuple[float, Any]]:
        """Each answer with a number that is higher for a better one; answers without text or number are refused."""
        answers = row.get(self.answers)
        beside = row.get(self.ranks) if self.ranks else None
        if not isinstance(answers, list) or len(answers) > MOST_ANSWERS or (self.ranks and not _as_long(beside, answers)):
            raise RpoError(f"{self.answers} must be a list of at most {MOST_ANSWERS} answers with a rank or score each")
        found = []
        for place, answer in enumerate(answers):
            value, text = (beside[place], answer) if isinstance(beside, list) else self._one(answer)
            rank = _score(value, self.ranks or self.rank)
            found.append((-rank if self.lowest_is_best else rank, text))
        return found

    def _one(self, answer: Any) -> tuple[Any, Any]:
        if not isinstance(answer, dict):
            raise RpoError(f"an answer of {self.answers} must have {self.text} and {self.rank}")
        return answer.get(self.rank), answer.get(self.text)


@dataclass
class Summaries(Silent):
    """Two summaries of a post or article, and the number of the better one: OpenAI's summarize-from-feedback comparisons."""

    kind = Kind.PAIRED
    scale = ""
    columns = ("info", "summaries", "choice")
    more = ()

    def examples(self, row: Row, before: Before) -> list[AnyExample]:
        """One pair."""
        info, summaries, choice = (row.get(name) for name in self.columns)
        text = (info.get("post") or info.get("article")) if isinstance(info, dict) else None
        if not isinstance(info, dict) or not isinstance(text, str) or not text.strip():
            raise RpoError("post (or article) must not be empty")
        if not isinstance(summaries, list) or len(summaries) != 2 or type(choice) is not int or choice not in (0, 1):
            raise RpoError("a comparison needs two summaries and a choice of 0 or 1")
        texts = [one["text"] for one in summaries if isinstance(one, dict) and isinstance(one.get("text"), str)]
        if len(texts) != 2:
            raise RpoError("a summary must have text")
        heads = [f"{name.upper()}: {info[name]}" for name in ("subreddit", "title") if isinstance(info.get(name), str)]
        prompt = "\n".join([*heads, f"{'POST' if info.get('post') else 'ARTICLE'}: {text.strip()}", "TL;DR:"])
        whole = replace(before, prompt=prompt, slice=str(info.get("subreddit") or before.slice))
        return [whole.pair(texts[choice].strip(), texts[1 - choice].strip())]


def _score(value: Any, name: str) -> float:
    found = float(value) if isinstance(value, bool) else as_number(value)
    if found is None:
        raise RpoError(f"{name} must be a number, got {'nothing' if absent(value) else repr(str(value)[:30])}")
    return found


def _only(value: Any, name: str) -> Any:
    """The single text of a list of turns, which may be written as JSON; any other cell as it is."""
    if isinstance(value, str) and value.startswith("["):
        value = decoded(value, name)
    if isinstance(value, list) and len(value) != 1:
        raise RpoError(
            f"{name} must be one turn, this dialogue has {len(value)}: chosen and rejected must differ in the last one only"
        )
    return value[0] if isinstance(value, list) else value


def _as_long(beside: Any, answers: list[Any]) -> bool:
    return isinstance(beside, list) and len(beside) == len(answers)
