"""Notebooks are tests of the mark `weights`: the weights are fetched for those that embed or train, or they are skipped."""

from pathlib import Path

import pytest

from rpo import weights
from rpo.errors import RpoError
from tests.conftest import check_model

HOME = Path(__file__).parent.parent / ".rpo"
EMBED = ("2_", "3_", "4_")
TRAIN = "4_"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("weights")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fetch the weights where a notebook looks for them."""
    if item.path.name.startswith(EMBED):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RPO_HOME", str(HOME))
            try:
                weights.fetch(lambda part, text: None)
            except RpoError as error:
                pytest.skip(f"the demo weights are not here and cannot be fetched: {error}")
    if item.path.name.startswith(TRAIN):
        check_model()
