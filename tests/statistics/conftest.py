"""The databases of the votes, as in tests/voting."""

from tests.voting.conftest import ballots, kept, panel, postgres, url  # noqa: F401 - fixtures
