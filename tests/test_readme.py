"""The README is tested: its Python runs, its commands exist, its map names what is there."""

import re
import tomllib

import pytest

import rpo
from rpo import answers as run_answers
from rpo import jobs
from rpo.jobs import Status
from rpo.runs import all_runs, answering
from tests.once import SNIPPETS, readme_home
from tests.the_map import END, PAGE, ROOT, START, the_map

README = (ROOT / "README.md").read_text()


def test_its_first_python_runs():
    exec(compile(SNIPPETS[0], "README.md", "exec"), {})


@pytest.mark.weights
def test_its_other_python_runs_with_real_models(demo_weights, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("RPO_HOME", str(readme_home(tmp_path_factory.getbasetemp(), demo_weights)))
    (run,) = all_runs()
    assert run.state.status is Status.DONE, run.log()
    assert run.metrics[0]["rivals"] < 4
    assert len(run_answers(run)) == 3
    assert run.summary["before"]["rule"] is not None
    assert jobs.look(answering(run)).status is Status.NEW


def test_the_public_names_are_there_and_typed():
    assert (ROOT / "rpo" / "py.typed").exists()
    for name in rpo.__all__:
        assert getattr(rpo, name) is not None
        assert name in dir(rpo)
    assert set(rpo.HOMES) == set(rpo.__all__)
    with pytest.raises(AttributeError, match="no name 'oracle'"):
        _ = rpo.oracle
    documented = [getattr(rpo, name) for name in rpo.__all__ if callable(getattr(rpo, name))]
    assert all(one.__doc__ for one in documented)


def test_its_test_command_is_the_one_that_ci_runs():
    assert 'pip install -e ".[test]" && pytest' in README
    ci = (ROOT / ".ci" / "run").read_text().splitlines()
    assert 'pip install -q -e ".[test]"' in ci
    assert ci[-1] == "pytest"
    assert "rpo" in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def test_the_map_says_of_every_module_what_its_docstring_says():
    said = PAGE.read_text().split(START)[1].split(END)[0]
    assert said == the_map(), "write it anew: python -m tests.the_map"


@pytest.mark.weights
def test_its_links_lead_somewhere():
    for page in (path for path in ROOT.rglob("*.md") if not {".venv", ".rpo"} & set(path.parts)):
        for link in re.findall(r"\]\(((?!http)[^)#]+)[^)]*\)", page.read_text()):
            assert (page.parent / link).exists(), link


def test_what_it_says_of_places_is_there():
    """`path.py:Name` and `path/` in rpo/README.md: the file or room is there, and defines the name."""
    for path, name in re.findall(r"`((?:[\w]+/)*[\w]+\.(?:py|js)|(?:[\w]+/)+)(?::([\w.]+))?`", PAGE.read_text()):
        place = next((base / path for base in (ROOT / "rpo", ROOT) if (base / path).exists()), None)
        assert place, path
        for part in name.split(".") if name else ():
            assert re.search(rf"^\s*(?:def |class )?{part}\b", place.read_text(), re.M), f"{path}:{name}"
