"""Make the example in `rpo/example` anew of a finished run with answers: `python -m tests.ship_example RUN_FOLDER`.

`RPO_HOME` is the home that the run lies in, where its baseline's answers are. Left out is what only its own machine needs:
adapter, checkpoints, log, process, and what it would check when it goes on.
"""

import shutil
import sys
from pathlib import Path

import orjson

from rpo import storage
from rpo.example.install import PAIRS_FILE, RUN_FOLDER, SHIPPED, UNTRAINED
from rpo.jobs import STATE_FILE, Status
from rpo.runs.answers import answer_pairs, baseline_file, candidate_file
from rpo.runs.run import File, Records, Run
from rpo.voting import comparisons_from_rows
from rpo.voting.panels import draw_pairs

COUNT = 24  # pairs on the panel
KEPT = (
    *(File.SPEC, File.ESTIMATE, File.OPENED, File.SECONDS, File.SUMMARY, "cuts.json"),
    *(Records.METRICS, Records.EVALUATIONS, Records.LOGRATIOS),
)


def ship(run: Run) -> None:
    """Put what is shipped of this run into the package."""
    if run.state.status is not Status.DONE or not candidate_file(run).exists():
        raise SystemExit(f"a run that is done and has answered is needed, {run.name} is {run.state.status}")
    storage.write_folder(SHIPPED / RUN_FOLDER, lambda place: _write(run, place))
    known = {one.prompt: one.row for one in answer_pairs(run)}
    drawn = draw_pairs(comparisons_from_rows(known.values(), UNTRAINED, "example"), COUNT, seed=0)
    storage.write_with(
        SHIPPED / PAIRS_FILE, lambda file: file.writelines(orjson.dumps(known[one.prompt]) + b"\n" for one in drawn)
    )


def _write(run: Run, place: Path) -> None:
    for name in KEPT:
        shutil.copyfile(run.folder / name, place / name)
    shutil.copyfile(candidate_file(run), place / Records.ANSWERS)
    shutil.copyfile(baseline_file(run), place / Records.BASELINE)
    storage.write_json(place / STATE_FILE, {**storage.read_json(run.folder / STATE_FILE), "pid": 0})
    storage.write_json(place / File.LAUNCH, {"processes": run.launch["processes"], "example": True})


if __name__ == "__main__":
    ship(Run(Path(sys.argv[1])))
