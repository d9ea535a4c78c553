"""What a judge's calls cost so far: those that were answered and paid for, of the judge that was asked last."""

import pytest

from rpo.judging import Opinion, Outcome, paid_calls
from rpo.judging.budget import Budget
from rpo.voting import Ballots


def call(budget, judge, question, paid):
    name = budget.reserve(judge, question, 1.0, 100.0)
    if paid is None:
        budget.leave(name)
    elif paid:
        budget.pay(name, paid, judge, question, Opinion(Outcome.FIRST, "A", 1, 1))
    else:
        budget.free(name)


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        ([], None),
        ([("gpt", 0)], None),
        ([("gpt", 0.2), ("gpt", 0.4), ("gpt", 0), ("gpt", None)], ("gpt", 2, 0.3)),
        ([("gpt", 0.2), ("other", 0.4)], ("other", 1, 0.4)),
        ([("gpt", 0.2), ("free", 0)], ("gpt", 1, 0.2)),
    ],
)
def test_the_mean_is_of_calls_that_cost_something(rpo_home, calls, found):
    database = Ballots().database
    budget = Budget(database, "a job")
    for number, (judge, paid) in enumerate(calls):
        call(budget, judge, f"q{number}", paid)
    said = paid_calls(database)
    assert (said and (said.judge, said.calls, pytest.approx(said.dollars))) == found
    assert said is None or said.verdict == 2 * said.dollars
