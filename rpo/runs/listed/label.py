"""What people call a run and note of it: a file of its own in the run's folder, so that its spec stays what was asked for."""

from rpo.errors import RpoError
from rpo.records import Label
from rpo.runs.recorder import Recorder
from rpo.runs.run import File, Run

LONGEST_TITLE, LONGEST_NOTE = 80, 2000  # characters


def give_label(run: Run, name: str, note: str) -> None:
    """Call the run so, and keep the note; an empty name gives it back the one that its settings make."""
    kept = Label(name=" ".join(name.split()), note=note.strip())
    for what, text, most in (("name", kept.get("name", ""), LONGEST_TITLE), ("note", kept.get("note", ""), LONGEST_NOTE)):
        if len(text) > most:
            raise RpoError(f"a run's {what} must have at most {most} characters, got {len(text)}; shorten it")
    Recorder(run).write(File.LABEL, kept)
