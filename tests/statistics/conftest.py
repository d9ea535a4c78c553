"""The databases of the votes, as in tests/voting."""

from tests.voting.conftest import ballots, filled_once, panel, postgres, url  # noqa: F401 - fixtures
