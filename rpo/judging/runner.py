"""Asking a judge all questions of a panel, in both orders, several at a time; what is known already is not asked again.

Calls that got no answer are tried again after a pause that grows, or that the server asks for (tenacity). A server that stays
away ends the judging in words; what was said is kept, and starting again asks the rest.
"""

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import tenacity

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Progress
from rpo.judging.budget import Budget
from rpo.judging.cache import JudgementCache
from rpo.judging.job import Judging
from rpo.judging.types import Judge, Question, Unreached
from rpo.voting import Ballots

LOST = 5  # questions in a row without an answer, after which the server counts as away
POLL_SECONDS = 0.3  # seconds between two looks at what has come


@dataclass(frozen=True)
class Tries:
    """How often one question is asked at most, and how many seconds pass between two tries at most."""

    most: int = 5
    longest_wait: float = 60.0

    def pause(self, state: Any) -> float:
        """Seconds before the next try: as long as the server asks for, or longer each time."""
        if (wanted := state.outcome.exception().wait) is not None:
            return min(wanted, self.longest_wait)
        return tenacity.wait_random_exponential(max=self.longest_wait)(state)


USUAL_TRIES = Tries()


def judge_all(judging: Judging, report: Progress, tries: Tries = USUAL_TRIES) -> None:
    """Ask what has not been said yet; publish after each answer how far it is and what is spent."""
    database, plan = Ballots.here().database, judging.plan
    plan.judge.ready()
    archive, budget, questions = JudgementCache(database), Budget(database, judging.name), judging.questions()
    archive.know(plan.judge)
    known = archive.said(plan.judge.id, [question.key for question in questions])
    todo = {question.key: question for question in questions if question.key not in known}
    over = threading.Event()
    with ThreadPoolExecutor(plan.workers) as pool:
        try:
            calls = {pool.submit(_ask, plan.judge, budget, question, plan.cap, tries, over) for question in todo.values()}
            _follow(calls, len(todo), len(known), budget, report)
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)


def _follow(calls: set[Future[None]], asked: int, known: int, budget: Budget, report: Progress) -> None:
    """Wait for the calls; several without an answer in a row end it, single ones are counted and reported at the end."""
    answered, lost, row, last = 0, 0, 0, ""
    while calls:
        done, calls = wait(calls, POLL_SECONDS, FIRST_COMPLETED)
        for call in done:
            try:
                call.result()
                answered, row = answered + 1, 0
            except Unreached as error:
                lost, row, last = lost + 1, row + 1, str(error)
        if row >= LOST:
            raise RpoError(
                f"the judge must answer, {last} for {row} questions in a row; what was said is kept, start again later"
            )
        spent = budget.spent()
        report((answered + lost) / asked, f"asked {answered} of {asked}, {known} known before, ${spent.total:.4f} spent")
    if lost:
        raise RpoError(f"{lost} of {quantity(asked, 'question')} got no answer (the last: {last}); start again to ask them")


def _ask(judge: Judge, budget: Budget, question: Question, cap: float, tries: Tries, over: threading.Event) -> None:
    """One question, tried a few times."""
    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unreached),
        stop=tenacity.stop_after_attempt(tries.most) | tenacity.stop_when_event_set(over),
        wait=tries.pause,
        sleep=tenacity.sleep_using_event(over),
        reraise=True,
    )
    again(_call, judge, budget, question, cap)


def _call(judge: Judge, budget: Budget, question: Question, cap: float) -> None:
    """One call, its money set aside before and settled after."""
    call = budget.reserve(judge.id, question.key, judge.most(question), cap)
    try:
        opinion = judge.ask(question)
    except Unreached as error:
        (budget.leave if error.paid else budget.free)(call)
        raise
    except RpoError:  # a wrong key, model or address: nothing was answered
        budget.free(call)
        raise
    budget.pay(call, judge.cost(opinion, question), judge.id, question.key, opinion)
