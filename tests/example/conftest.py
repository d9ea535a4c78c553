"""The databases of the votes, as in tests/voting, and a server's environment that lets the example come."""

import pytest

from tests.voting.conftest import ballots, postgres, url  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def let_come(monkeypatch):
    """As a server is started by default."""
    monkeypatch.delenv("RPO_EXAMPLE")
