"""A judging: one judge asked about one panel, as recorded in its folder. The folder holds the plan, the state and the log.

What was said and what it cost lie beside the votes (see `cache` and `budget`), so a second judging of the same pairs by the
same judge asks nothing again. Not the process that asks (`python -m rpo.judging FOLDER`).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.judging.budget import Budget, Spent
from rpo.judging.cache import JudgementCache
from rpo.judging.judges import Askable, Imported, from_record, to_record
from rpo.judging.types import Judge, Question
from rpo.voting import Ballots, Comparison

MOST_WORKERS = 64


class PlanRecord(TypedDict):
    """A plan as it is written down."""

    panel: str
    judge: dict[str, Any]
    cap: float
    workers: int


@dataclass(frozen=True)
class Plan:
    """Which panel, which judge, how many dollars at the most, how many calls at a time."""

    panel: str
    judge: Askable
    cap: float
    workers: int = 8

    def __post_init__(self) -> None:
        if not (0 <= self.cap < float("inf") and 1 <= self.workers <= MOST_WORKERS):
            raise RpoError(
                f"a cap must be 0 dollars or more and 1 to {MOST_WORKERS} calls go at a time, got {self.cap}, {self.workers}"
            )


@dataclass(frozen=True)
class Judging(jobs.Job):
    """One folder under `home()/judgings`; asked to stop it makes no further call."""

    @property
    def plan(self) -> Plan:
        """What was asked for; a folder edited by hand is refused in words."""
        path = self.folder / "plan.json"
        record = storage.read_json(path, PlanRecord)
        try:
            judge = from_record(record["judge"])
            if isinstance(judge, Imported):
                raise RpoError(f"a judge that can be asked is needed, {judge.name} came in a file; choose another")
            return Plan(record["panel"], judge, float(record["cap"]), record["workers"])
        except RpoError as error:
            raise RpoError(f"{path}: {error}") from error

    @property
    def trouble(self) -> str:
        """Why its plan or state cannot be read, in words; "" if they can."""
        try:
            _ = self.plan, self.state
        except RpoError as error:
            return str(error)
        return ""

    @property
    def spent(self) -> Spent:
        """Its money so far."""
        return Budget(Ballots.here().database, self.name).spent()

    def questions(self) -> tuple[Question, ...]:
        """All questions of the panel."""
        return questions(Ballots.here().comparisons(self.plan.panel).values())

    def start(self, secrets: Mapping[str, str] | None = None) -> None:
        """Ask what has not been said; `secrets` go to the process's environment and nowhere else.

        A judge that the owner does not allow is refused before there is a process that holds them.
        """
        self.plan.judge.ready()
        jobs.start("rpo.judging", self.folder, secrets=secrets)

    def raise_cap(self, cap: float) -> None:
        """Allow more dollars, or fewer."""
        plan = replace(self.plan, cap=cap)
        _write(self.folder, plan)


@dataclass(frozen=True)
class JudgingCost:
    """What a judging will take: calls in all, those known already, and about how many dollars the others cost."""

    calls: int
    known: int
    dollars: float
    most: float

    @property
    def cap(self) -> float:
        """A cap that leaves room: half as much again, and never less than a few calls' most."""
        return 1.5 * self.dollars + self.most


def judging_cost(judge: Judge, asked: Sequence[Question], workers: int = 8) -> JudgingCost:
    """Before anything is paid: by the texts' lengths, four bytes a token and a short reply."""
    known = JudgementCache(Ballots.here().database).said(judge.id, [question.key for question in asked])
    todo = [question for question in asked if question.key not in known]
    dearest = max((judge.most(question) for question in todo), default=0.0)
    return JudgingCost(len(asked), len(known), sum(map(judge.likely, todo)), workers * dearest)


def questions(pairs: Iterable[Comparison]) -> tuple[Question, ...]:
    """Both orders of each pair that needs a judge, the baseline's answer first and then the candidate's."""
    asked = [Question(pair.prompt, pair.first.text, pair.second.text) for pair in pairs if pair.verdict is None]
    return tuple(question for one in asked for question in (one, one.swap()))


def begin(plan: Plan) -> Judging:
    """A judging's folder, nothing started yet; a judge that may not be asked is refused."""
    plan.judge.ready()
    Ballots.here().panel(plan.panel)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{storage.digest(plan.panel, plan.judge.id, str(time.time_ns()))[:4]}"
    storage.private(storage.folder("judgings"))  # logs and plans say who judged what
    folder = storage.folder("judgings", name)
    _write(folder, plan)
    return Judging(folder)


def judgings(panel: str) -> tuple[Judging, ...]:
    """The judgings of a panel whose plan and state can be read, the newest first."""
    return tuple(one for one in _all() if not one.trouble and one.plan.panel == panel)


def troubles() -> tuple[str, ...]:
    """What is wrong with the judgings that cannot be read, in words; whose panel they are is unknown."""
    return tuple(one.trouble for one in _all() if one.trouble)


def _all() -> tuple[Judging, ...]:
    place = storage.folder("judgings")
    with storage.reading(place):
        return tuple(Judging(path) for path in sorted(place.iterdir(), key=lambda path: path.name, reverse=True) if path.is_dir())


def _write(folder: Path, plan: Plan) -> None:
    record = PlanRecord(panel=plan.panel, judge=to_record(plan.judge), cap=plan.cap, workers=plan.workers)
    storage.write_json(folder / "plan.json", record)
