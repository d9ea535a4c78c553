"""Loaded by pytest before its other plugins (`-p` in pyproject.toml): `lean/` comes first in the path of all that tests start."""

import importlib
import os
import sys
from pathlib import Path

LEAN = str(Path(__file__).parent / "lean")

if LEAN not in sys.path:
    sys.path.insert(0, LEAN)
    importlib.import_module("sitecustomize")  # here Python has started already
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [LEAN, os.environ.get("PYTHONPATH")]))
