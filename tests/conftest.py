"""Shared fixtures: every test gets a home of its own; the real weights are fetched once and linked into it."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
ROOT = Path(__file__).parent.parent
REAL_HOME = Path(os.environ.get("RPO_HOME", ROOT / ".rpo")).resolve()


@pytest.fixture(autouse=True)
def rpo_home(tmp_path, monkeypatch):
    """An empty $RPO_HOME for each test."""
    monkeypatch.setenv("RPO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
