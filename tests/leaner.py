"""Loaded by pytest before its other plugins (`-p` in pyproject.toml), for all that tests start.

`lean/` comes first in their path; they keep what they compile, for many processes would compile our modules and tests anew; and
numba, which compiles the descent and UMAP in each of them, does not optimise what runs for a second.
"""

import importlib
import os
import sys
from pathlib import Path

LEAN = str(Path(__file__).parent / "lean")

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("NUMBA_OPT", "0")
if LEAN not in sys.path:
    sys.path.insert(0, LEAN)
    importlib.import_module("sitecustomize")  # here Python has started already
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [LEAN, os.environ.get("PYTHONPATH")]))
