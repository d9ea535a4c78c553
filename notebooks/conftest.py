"""Notebooks are tests of the mark `weights`: the weights are fetched for those that embed or read a run, or they are skipped."""

from collections.abc import Generator
from pathlib import Path

import pytest

from rpo import weights
from rpo.errors import RpoError
from tests.once import readme_home

HOME = Path(__file__).parent.parent / ".rpo"
EMBED = ("2_", "3_", "4_")
READ_A_RUN = "4_"


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A notebook on a run finds one of its spec in its home: the README's, which its own test has trained or will not train again."""
    with pytest.MonkeyPatch.context() as patch:
        if item.path.name.startswith(READ_A_RUN):
            base = item.config._tmp_path_factory.getbasetemp()  # what pytest's fixture gives, which notebooks have none of
            patch.setenv("RPO_HOME", str(readme_home(base, HOME / "weights")))
        return (yield)
