"""Rows of judges that were edited by hand: refused in words that name table and row; a price that is text does not count as 0."""

import pytest
from sqlalchemy import text

from rpo.errors import RpoError
from rpo.judging import Endpoint, JudgementCache, Opinion, Outcome
from rpo.judging.budget import Budget, paid_calls
from rpo.voting import Ballots
from tests.judging.conftest import url  # noqa: F401 - a fixture

JUDGE = Endpoint("http://localhost:9/v1", "a model")
EITHER = {
    "a record that is no object": ("UPDATE judges SET record = '[1]'", "judges", "record"),
    "an outcome that does not exist": ("UPDATE opinions SET outcome = 'banana'", "opinions", "outcome"),
}
SQLITE = {
    "a record that is no JSON": ("UPDATE judges SET record = 'x'", "judges", "record"),
    "tokens that are text": ("UPDATE opinions SET tokens_in = 'many'", "opinions", "tokens_in"),
    "a reply that is bytes": ("UPDATE opinions SET reply = x'ff'", "opinions", "reply"),
    "a price that is text": ("UPDATE calls SET paid = 'nothing'", "calls", "paid"),
    "a reserve that is text": ("UPDATE calls SET reserved = 'x'", "calls", "reserved"),
}


def read(database):
    """All ways in which what judges said and cost is read."""
    archive = JudgementCache(database)
    archive.judges()
    archive.said(JUDGE.id, ["q"])
    Budget(database, "a job").spent()
    paid_calls(database)


@pytest.mark.parametrize("case", [*EITHER, *SQLITE])
def test_an_edited_row_is_named(url, case):  # noqa: F811
    if case in SQLITE and not url.startswith("sqlite"):
        return  # PostgreSQL refuses it itself
    database = Ballots(url).database
    archive, budget = JudgementCache(database), Budget(database, "a job")
    archive.know(JUDGE)
    call = budget.reserve(JUDGE.id, "q", 0.5, 1.0)
    budget.pay(call, 0.25, JUDGE.id, "q", Opinion(Outcome.FIRST, "A", 1, 1))
    read(database)
    change, table, column = {**EITHER, **SQLITE}[case]
    with database.writing() as connection:
        connection.execute(text(change))
    with pytest.raises(RpoError, match=rf"(?s)\b{column}\b.*\b{table}\b.*`rpo restore`"):
        read(database)
