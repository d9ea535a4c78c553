"""The map in `rpo/README.md`: each room and each module with the first sentence of its docstring.

`python -m tests.the_map` writes it anew; tests/test_readme.py holds it to the code.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "rpo" / "README.md"
START, END = "<!-- map -->\n", "<!-- end of map -->"


def sentence(path: Path) -> str:
    """The first sentence of a module's docstring."""
    text = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
    return re.split(r"(?<=[.?])\s", text)[0].rstrip(".")


def lines(folder: Path, depth: int = 0) -> list[str]:
    """A folder's modules, then its rooms with theirs, a line each."""
    indent = "  " * depth
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rooms = sorted(path.parent for path in folder.glob("*/__init__.py"))
    found = [f"{indent}{path.name:{28 - len(indent)}}{sentence(path)}" for path in modules]
    for room in rooms:
        found += [f"{indent}{room.name + '/':{28 - len(indent)}}{sentence(room / '__init__.py')}", *lines(room, depth + 1)]
    return found


def the_map() -> str:
    """The whole map as it should stand on the page."""
    each = [line for name in ("pages", "rpo") for line in (f"{name}/", *lines(ROOT / name, 1))]
    return "\n".join(["```", *each, "```", ""])


def main() -> None:
    """Write it into the page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    PAGE.write_text(before + START + the_map() + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
