"""Pages are thin: short, alike in nothing, their choices in one object, and named as the menu names them."""

import ast
import copy
import re
from collections import defaultdict

import grimp
import pytest
from streamlit.testing.v1 import AppTest

from pages.serving.frame import MAP_PAGE, STYLE
from pages.shared import menu
from pages.shared.menu import GROUPS, SET_UP, entries
from pages.shared.session import Kept, Session, session
from rpo.tuning import from_address
from tests.pages.conftest import APP

PAGES = APP.parent
FILES = sorted(PAGES.rglob("*.py"))
LINES, BODY = 200, 15  # of a file, and of a function without its docstring
LONGER = {"explore", "train", "watch"}  # laid out anew later
DOZEN = 12  # modules of a folder
ALIKE = 2  # statements from which on a body counts as written twice
HOMES = {r"\bst\.session_state\b": "session", r"\bst\.query_params\b": "deep_link"}  # who alone may say so


def of(path):
    return str(path.relative_to(PAGES))


def functions(code):
    return [one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]


def statements(function):
    """Its body without the docstring."""
    return function.body[1:] if ast.get_docstring(function) else function.body


class Renamed(ast.NodeTransformer):
    """Arguments and local names by the order in which they come, so that another name is not another body."""

    def __init__(self, function):
        self.names = {}
        arguments = [one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)]
        bound = [one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
        for name in (*arguments, *bound):
            self.names.setdefault(name, f"_{len(self.names)}")

    def visit_Name(self, node):
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node):
        return ast.arg(self.names.get(node.arg, node.arg))


def twice(files):
    """Functions with equal bodies, of {file: code}: their places in groups."""
    found = defaultdict(list)
    for name, code in files.items():
        for function in functions(code):
            body = statements(function)
            if len(body) >= ALIKE:
                renamed = Renamed(function)
                written = "\n".join(ast.dump(renamed.visit(copy.deepcopy(one))) for one in body)
                found[written].append(f"{name}: {function.name}")
    return [places for places in found.values() if len(places) > 1]


SHOWING = {"plotly_chart", "dataframe", "table", "data_editor"}


@pytest.mark.parametrize("path", FILES, ids=of)
def test_what_is_drawn_or_tabled_says_in_words_what_it_shows(path):
    calls = [one for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(one, ast.Call)]
    shown = [one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr in SHOWING]
    assert [one.lineno for one in shown if "alt" not in {word.arg for word in one.keywords}] == []


def test_no_two_functions_of_pages_are_equal():
    assert twice({of(path): path.read_text(encoding="utf-8") for path in FILES}) == []


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("def f(a):\n  b = a + 1\n  return b", "def g(x):\n  'Words.'\n  y = x + 1\n  return y", True),
        ("def f(a):\n  b = a + 1\n  return b", "async def f(a):\n  b = a + 1\n  return b", True),
        ("def f(a):\n  b = a + 1\n  return b", "def g(a):\n  b = a + 2\n  return b", False),
        ("def f(a, b):\n  print(a)\n  return b", "def g(a, b):\n  print(b)\n  return a", False),
        ("def f(a):\n  print(a)\n  return left", "def g(a):\n  print(a)\n  return right", False),
        ("def f(a):\n  return a", "def g(a):\n  return a", False),  # too short to count
    ],
)
def test_a_copy_is_found(one, other, equal):
    assert twice({"a.py": one, "b.py": other}) == ([["a.py: f", f"b.py: {functions(other)[0].name}"]] if equal else [])


@pytest.mark.parametrize("path", [path for path in FILES if path.stem not in LONGER or path.parent != PAGES], ids=of)
def test_files_and_functions_are_short(path):
    code = path.read_text(encoding="utf-8")
    assert len(code.splitlines()) <= LINES
    long = {one.name: size for one in functions(code) if (size := length(one)) > BODY}
    assert long == {}


def length(function):
    """Its lines from `def` to its end, without the docstring."""
    said = function.body[0] if ast.get_docstring(function) else None
    return function.end_lineno - function.lineno + 1 - (said.end_lineno - said.lineno + 1 if said else 0)


@pytest.mark.parametrize("words", HOMES)
def test_session_state_and_the_address_have_one_home(words):
    named = {path.stem for path in FILES if re.search(words, path.read_text(encoding="utf-8"))}
    assert named == {HOMES[words]}


def test_no_key_of_the_session_is_written_as_a_string():
    kept = {name for name, one in vars(Session).items() if isinstance(one, Kept)}
    keys = {(of(path), key) for path in FILES for key in re.findall(r"\bkey=\"([^\"]*)\"", path.read_text(encoding="utf-8"))}
    assert {(file, key) for file, key in keys if key in kept} == set()
    assert len(kept) > 30


def test_what_tune_begins_with_are_attributes_of_the_session():
    assert {name for name in from_address({}) if not isinstance(getattr(Session, name, None), Kept)} == set()


def test_a_choice_that_the_session_does_not_know_is_refused():
    with pytest.raises(AttributeError, match="spelled"):
        session.spelled = "wrong"


def test_a_choice_is_each_visitors_own_and_can_be_taken_once(rpo_home):
    script = (
        "import streamlit as st\nfrom pages.shared.session import Session, session\n"
        "st.text(session.note)\nst.button('Say', on_click=lambda: setattr(session, 'note', 'said'))\n"
        "st.text(session.take(Session.note) or 'nothing')"
    )
    at, other = AppTest.from_string(script).run(), AppTest.from_string(script).run()
    assert [one.value for one in at.button[0].click().run().text] == ["said", "said"]
    assert [one.value for one in at.run().text] == ["", "nothing"]
    assert [one.value for one in other.run().text] == ["", "nothing"]


def test_a_page_has_a_word_of_its_menu_title_for_a_file_name_and_its_title_for_a_heading():
    known = {one.script.removesuffix(".py"): one.title for one in entries()}
    assert {
        file for file, title in known.items() if file not in {title.lower().replace(" ", ""), *title.lower().split()}
    } == set()
    assert set(known) == {path.stem for path in PAGES.glob("*.py")} - {"__init__", "front"}
    heading = {file: f'.title("{title}")' in (PAGES / f"{file}.py").read_text(encoding="utf-8") for file, title in known.items()}
    assert {file for file, found in heading.items() if not found} == {"explore", "learn", "tune"}  # in their bars


def test_what_the_head_of_the_page_styles_is_one_thing():
    """A key means the same on every page: another page's container of that key would be drawn as this one."""
    styled = set(re.findall(r"\.st-key-([\w-]+)", STYLE + MAP_PAGE + menu.STYLE))
    places = {key: [of(path) for path in FILES if f'key="{key}"' in path.read_text(encoding="utf-8")] for key in styled}
    assert {key for key, found in places.items() if len(found) > 1} <= {"bar"}  # a title with the page's choices beside it
    assert sum(map(len, places.values())) > 6


def test_a_page_is_in_one_group_of_the_menu():
    grouped = [one for views in GROUPS.values() for one in views]
    assert sorted(one.script for one in grouped) == sorted({one.script for one in entries()} - {SET_UP.script})


def test_a_part_is_of_one_page():
    graph = grimp.build_graph("pages", cache_dir=None)
    parts = [part for folder in graph.find_children("pages.parts") for part in graph.find_children(folder)]
    assert parts
    for part in parts:
        users = {
            one.removeprefix("pages.").removeprefix("parts.").split(".")[0]
            for one in graph.find_modules_that_directly_import(part)
        }
        assert users == {part.split(".")[2]}, part


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES} - {PAGES}), ids=of)
def test_a_folder_of_pages_holds_at_most_a_dozen_modules(folder):
    assert len([path for path in FILES if path.parent == folder and path.stem != "__init__"]) <= DOZEN
