"""Deleting a run: its folder with curves, adapter and answers. What a panel asks about it stays in the votes database.

The baseline's answers and the reference's log-probabilities stay too, for other runs read them.
"""

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.runs.answers import answering
from rpo.runs.run import Run
from rpo.runs.sweep import sweeps


def delete(run: Run) -> None:
    """Delete the run's folder; refused while anything works in it or is about to."""
    if jobs.look(run.folder).active:
        raise RpoError(f"a run must be over before it is deleted, {run.name} is at work; stop it first")
    if jobs.look(answering(run)).active:
        raise RpoError(f"a run must be at rest before it is deleted, {run.name} is writing answers; wait until they are written")
    if busy := next((one.name for one in sweeps() if one.state.active and run in one.runs), ""):
        raise RpoError(f"a run of a sweep at work must stay, {run.name} belongs to {busy}; stop the sweep first")
    storage.remove_folder(run.folder)
