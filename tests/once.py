"""What takes long and is the same for all tests is made once, by whichever worker comes first; the others read it, or copy it."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from rpo import storage

SNIPPETS = re.findall(r"```python\n(.*?)```", (Path(__file__).parent.parent / "README.md").read_text(), re.S)
SHORT_TEXTS = {"prompt_tokens": 24, "answer_tokens": 12}
"""The lengths of all real runs but those of exactness: how a model is scored is checked once for each pair of lengths."""


@contextmanager
def sharing(shared, place):
    """Inside, a folder holds what lies in the shared one; what comes to it is shared at the end."""
    shared.mkdir(parents=True, exist_ok=True)
    shutil.copytree(shared, place, dirs_exist_ok=True)
    yield
    for found in place.glob("*.json"):
        if not (shared / found.name).exists():
            storage.write_with(shared / found.name, lambda file, found=found: file.write(found.read_bytes()))


def once(base, name, make):
    """A home that the first of all workers makes, in which `make` ran, and the others wait for; `base` is the caller's folder.

    Where it fails, the next one that asks tries again.
    """
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{place}.lock"), pytest.MonkeyPatch.context() as patch:
        if not place.with_suffix(".made").exists():
            patch.setenv("RPO_HOME", str(place))
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            make(place)
            place.with_suffix(".made").touch()
    return place


def check_model(weights):
    """Find how the real model's rows are laid out in a run of short texts, unless the home of these weights knows."""
    from rpo.models import layouts, load
    from rpo.spec import RunSpec

    with FileLock(weights.parent / "checked.lock"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(weights.parent))
        if layouts.checked_layout(RunSpec(**SHORT_TEXTS)) is None:
            load.open_policy(RunSpec(**SHORT_TEXTS))


def draw_here(source):
    """Draw a map in this process, as its own would, which imports first what is here already; for tests of what shows a map."""
    from rpo import embeddings, jobs, weights
    from rpo.embeddings.map_job import draw_map
    from rpo.embeddings.worker import QUEUE
    from rpo.preferences import View

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rpo.jobs.start", lambda module, folder: None)
        folder = embeddings.request_map(source, weights.ENCODER, View.LAST_TURN)
    with jobs.work(folder, QUEUE) as report:
        draw_map(folder, report)
    return folder


def readme_home(base, weights):
    """A home in which the README's example ran as it is printed. It trains a real run, which more than its own test reads."""

    def make(home):
        check_model(weights)
        (home / "weights").symlink_to(weights)
        (code,) = SNIPPETS[1:]
        with sharing(weights.parent / "layouts", home / "layouts"):
            exec(compile(code, "README.md", "exec"), {})

    return once(base, "readme", make)
