"""The house: no file depends on itself by way of others, no room is too large, doorways are cheap, tests do not reach inside."""

import ast
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


LIGHT = [
    "rpo",
    "rpo.objectives",
    "rpo.spec",
    "rpo.presets",
    "rpo.runs",
    "rpo.resources",
    "rpo.tokens",
    "rpo.tuning.choice",
    "rpo.components.notebook",
]
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


@pytest.mark.weights
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


OURS = ("rpo", "pages")
PATCHES = ("setattr", "delattr", "setitem", "patch")  # the ends of the calls that put something else in a thing's place


def private(name):
    return name.startswith("_") and not name.startswith("__")


def of_ours(nodes):
    """The names that imports of ours bind, of all nodes of a test."""
    bound = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            bound |= {one.asname or one.name.split(".")[0] for one in node.names if one.name.split(".")[0] in OURS}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            bound |= {one.asname or one.name for one in node.names}
    return bound


def root(node):
    """The name with which `a.b.c` begins."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def past_a_doorway(path):
    """Whether a text names what lies deeper than "rpo.room.name", or is private, or, with a value in it, might name anything."""
    parts = path.split(".")
    return parts[0] in OURS and (len(parts) > 3 or "{" in path or any(map(private, parts)))


def patched(node):
    """The text by which a call names what it patches, an f-string as it is written; "" where it is no such call."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in PATCHES and node.args):
        return ""
    first = node.args[0]
    if isinstance(first, ast.JoinedStr):
        return ast.unparse(first)[2:-1]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def reaches(code):
    """What a test's code names inside of a room: what it patches by a text past a doorway, and names of ours that are private."""
    nodes = list(ast.walk(ast.parse(code)))
    bound, found = of_ours(nodes), []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            found += [
                f"{node.module}.{one.name}" for one in node.names if any(map(private, f"{node.module}.{one.name}".split(".")))
            ]
        elif isinstance(node, ast.Attribute) and private(node.attr) and root(node) in bound:
            found.append(ast.unparse(node))
        elif past_a_doorway(patched(node)):
            found.append(patched(node))
        elif isinstance(node, ast.Call) and len(node.args) > 1 and root(node.args[0]) in bound:
            name = node.args[1]
            found += (
                [name.value] if isinstance(name, ast.Constant) and isinstance(name.value, str) and private(name.value) else []
            )
    return found


def test_tests_do_not_reach_inside_of_rooms():
    """Where code lies in a room, and what is private there, may change without a test: it comes by a doorway, or by a module."""
    found = {str(path.relative_to(ROOT)): reaches(path.read_text()) for path in sorted((ROOT / "tests").rglob("*.py"))}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ('monkeypatch.setattr("rpo.room.module.LIMIT", 5)', ["rpo.room.module.LIMIT"]),
        ('patch.setattr(f"rpo.models.{where}", fault)', ["rpo.models.{where}"]),
        ('mock.patch("rpo.room._name")', ["rpo.room._name"]),
        ('monkeypatch.setattr("rpo.jobs.start", begin)', []),
        ('monkeypatch.setattr("streamlit.runtime.context._get_client_context", known)', []),
        ("from rpo.room.module import _name, other", ["rpo.room.module._name"]),
        ("from rpo import room\nroom.module._opened.cache_clear()", ["room.module._opened"]),
        ("from rpo.room import module as deep\ndeep._idle = []", ["deep._idle"]),
        ('from rpo.room import module\nmonkeypatch.setattr(module, "_idle", [])', ["_idle"]),
        ('from rpo.room import module\nmonkeypatch.setattr(module, "LIMIT", 5)', []),
        ("import app\napp._tree", []),
    ],
)
def test_what_reaches_inside_is_found(code, names):
    assert reaches(code) == names
