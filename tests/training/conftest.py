"""Runs of the small model: what was found of its layout holds for all of them."""

import pytest


@pytest.fixture(autouse=True)
def known(known_layouts):
    """Each test begins with the layouts that are known."""
