"""A run's best adapter as a run of its own, so that answers, panels and all else can take it as they take any run's.

Not the one who keeps it while training (`rpo.training.checkpoint`).
"""

import shutil
from dataclasses import asdict
from pathlib import Path

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.jsonl import keep_lines
from rpo.runs.run import File, Records, Run, best_folder

TAKEN_ALONG = (File.SPEC, File.LAUNCH, File.INPUTS, File.OPENED, Records.SFT)
UP_TO_THERE = (Records.METRICS, Records.EVALUATIONS, Records.LOGRATIOS, Records.SAMPLES)


def run_of_best(run: Run) -> Run:
    """The run as it was at its best held-out loss; made at the first call, found at later ones.

    Its records end at that step, and it has no answers yet: they are written when they are asked for.

    Raises:
        RpoError: for a run that is not over, and for one whose last adapter is its best.
    """
    if run.state.active:
        raise RpoError(f"a run must be over before its best adapter is taken, {run.name} is {run.state.status}; wait, or stop it")
    step = run.best
    if step is None:
        raise RpoError(
            f"a run must have kept an earlier adapter with a better held-out loss, {run.name} has none; take the run itself, or "
            "train one with more measurements"
        )
    made = Run(run.folder.with_name(f"{run.name}-step{step}"))
    if not (made.folder / File.SPEC).exists():
        storage.write_folder(made.folder, lambda place: _written(run, step, place))
    return made


def _written(run: Run, step: int, place: Path) -> None:
    for name in (*TAKEN_ALONG, *UP_TO_THERE):
        if (run.folder / name).exists():
            shutil.copy(run.folder / name, place)
    for name in UP_TO_THERE:
        keep_lines(place / name, lambda record: record["step"] <= step)
    shutil.copytree(best_folder(run.folder, step), place / "adapter")
    if run.cuts is not None:
        run.cuts.save(place)
    if run.reference is not None:
        shutil.copytree(run.reference, place / "reference")
    storage.write_json(
        place / jobs.STATE_FILE, asdict(jobs.State(jobs.Status.DONE, 1.0))
    )  # one that was stopped cannot go on here
    storage.write_json(place / File.LABEL, {"name": f"{run.title}, best at step {step}", "note": run.label.get("note", "")})
