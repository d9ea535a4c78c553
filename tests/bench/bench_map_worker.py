"""How long a file takes from its upload to its map, with the map worker cold and warm.

    python tests/bench/bench_map_worker.py FILE [--rounds 3]

Each round takes a fresh $RPO_HOME with the demo encoder's weights in it. Cold: the file's map is the first thing that is asked
for. Warm: a map of 64 other prompts was drawn before, so that the encoder is open and UMAP is compiled. Seconds count from adding
the file; CPU seconds are those of the worker. Not a test: it never fails on time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil

from rpo import embeddings, jobs, preferences, storage, weights
from rpo.preferences import View

OTHERS, PATIENCE = 64, 0.05


def drawn(source: str, marks: tuple[str, ...]) -> dict[str, float]:
    """Ask for the map of a source; seconds until each picture lies on disk."""
    began, found = time.monotonic(), {}
    folder = embeddings.request_map(source, weights.ENCODER, View.LAST_TURN)
    while len(found) < len(marks):
        if not jobs.look(folder).active and embeddings.method(folder) != "umap":
            raise SystemExit(jobs.look(folder).message)
        for name in marks:
            if name not in found and (folder / f"{name}.npy").exists():
                found[name] = time.monotonic() - began
        time.sleep(PATIENCE)
    return found


def others() -> str:
    """A file of other prompts, which warms the worker."""
    path = storage.folder("data") / "others.jsonl"
    rows = [{"prompt": f"Question {row} about {row % 7} things", "chosen": "Yes.", "rejected": "No."} for row in range(OTHERS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path.name


def work_of(children: list[psutil.Process]) -> float:
    """CPU seconds of these processes so far."""
    return sum(sum(child.cpu_times()[:2]) for child in children if child.is_running())


def once(file: Path, warm: bool) -> dict[str, float]:
    """One round, in this process's own home."""
    if warm:
        drawn(others(), ("umap",))
    before = work_of(psutil.Process().children(recursive=True))
    began = time.monotonic()
    source = preferences.add(file.name, file.read_bytes()).name
    read = time.monotonic() - began
    found = {name: read + seconds for name, seconds in drawn(source, ("pca", "umap")).items()}
    return {"added": read, **found, "cpu": work_of(psutil.Process().children(recursive=True)) - before}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", choices=("cold", "warm"))
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(once(asked.file, asked.once == "warm")))
        return
    for state in ("cold", "warm"):
        rows = [round_of(asked.file, state) for _ in range(asked.rounds)]
        for name in rows[0]:
            print(
                f"{state}  {name:<6} median {median(row[name] for row in rows):5.1f} s of {[round(row[name], 1) for row in rows]}"
            )


def round_of(file: Path, state: str) -> dict[str, float]:
    """One round in a process and a home of its own."""
    known = storage.home() / "weights"
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "weights").symlink_to(known)
        command = [sys.executable, __file__, str(file), "--once", state]
        done = subprocess.run(command, env={**os.environ, "RPO_HOME": home}, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
