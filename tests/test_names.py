"""One name, one meaning: no two modules of the library give one public name at their top to different things."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED = {
    "CSS": "a component's style",
    "HTML": "a component's page",
    "JS": "a component's script",
    "T": "a type variable",
    "start": "let something go on in the background: a job, a run",
    "VERB": "a verb of the command line",
    "main": "what a process does",
    "Records": "a run's records, as a chart and a diagnosis take them",
    "Row": "a row, as a mapping",
    "Single": "a prompt and one answer, in tokens",
}
"""Names that several modules use, each in one sense."""


def names_of(tree):
    """The names that a module gives to classes, functions and constants, without private ones."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []:
            found |= {name.id for name in ast.walk(target) if isinstance(name, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def test_a_name_has_one_home():
    homes = defaultdict(list)
    for path in sorted((ROOT / "rpo").rglob("*.py")):
        if path.name != "__init__.py":
            for name in names_of(ast.parse(path.read_text())):
                homes[name].append(str(path.relative_to(ROOT)))
    assert {name: files for name, files in homes.items() if len(files) > 1 and name not in SHARED} == {}
