"""The house: no file depends on itself by way of others, no room is too large, and doorways are cheap."""

import importlib
import subprocess
import sys
from pathlib import Path

import grimp
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).parent.parent
LARGEST = 12  # modules of a room, without `__init__`
ROOMS = sorted(path.parent for path in (ROOT / "rpo").rglob("__init__.py"))


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("rpo", "pages", cache_dir=None)


def circles(imports):
    """Groups of files that import each other, out of a dictionary of what each imports."""
    names = sorted(imports)
    place = {name: number for number, name in enumerate(names)}
    pairs = [(place[one], place[other]) for one in names for other in imports[one]]
    rows, columns = np.array(pairs).reshape(-1, 2).T
    matrix = csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(names), len(names)))
    _, group = connected_components(matrix, connection="strong")
    found = [[name for name in names if group[place[name]] == number] for number in set(group.tolist())]
    return [members for members in found if len(members) > 1]


def test_no_file_imports_itself_by_way_of_others(graph):
    modules = {name for name in graph.modules if not (ROOT / name.replace(".", "/")).is_dir()}
    assert circles({name: graph.find_modules_directly_imported_by(name) & modules for name in modules}) == []


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["b", "c"]]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_a_room_holds_at_most_a_dozen_modules(room):
    modules = [path.name for path in room.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= LARGEST, modules


LIGHT = ["rpo", "rpo.objectives", "rpo.spec", "rpo.presets", "rpo.runs", "rpo.resources", "rpo.tokens", "rpo.tuning.choice"]
HEAVY = "torch transformers peft"
LOADED = """
import importlib, sys
heavy, *modules = sys.argv[1:]
for module in modules:
    importlib.import_module(module)
    for name in set(heavy.split()) & set(sys.modules):
        print(module, "loads", name)
"""


def python(code, *words):
    """What a fresh process says that runs this code."""
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def test_a_doorway_loads_no_torch():
    assert python(LOADED, HEAVY, *LIGHT) == ""


def test_what_a_doorway_loads_is_found():
    assert python(LOADED, "orjson", "rpo.errors", "rpo.storage") == "rpo.storage loads orjson\n"


DOORWAYS = [".".join(room.relative_to(ROOT).parts) for room in ROOMS if room != ROOT / "rpo"]


@pytest.fixture
def forgotten():
    """`forgotten()`: no module of ours is loaded any more; at the end those are back that were."""

    def ours():
        return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "rpo"}

    def forget():
        for name in ours():
            del sys.modules[name]

    before = ours()
    yield forget
    forget()
    sys.modules.update(before)


@pytest.mark.parametrize("room", DOORWAYS)
def test_a_room_opens_with_none_of_ours_loaded_before(forgotten, room):
    forgotten()
    importlib.import_module(room)


ALONE = """
import os, sys, traceback
for room in sys.argv[1:]:
    child = os.fork()
    if not child:
        try:
            __import__(room)
        except BaseException:
            print(room, "does not open:", traceback.format_exc())
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.weights
def test_a_room_opens_by_itself():
    """In a process of its own, where nobody has loaded what it needs of a library."""
    assert python(ALONE, *DOORWAYS) == ""


@pytest.mark.weights
def test_a_room_that_does_not_open_is_found():
    assert "rpo.nowhere does not open" in python(ALONE, "rpo", "rpo.nowhere")
