"""A run as one row of a table: name, note, state, how far it came, its last figures; and the settings in which runs differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rpo.errors import RpoError
from rpo.fields import Decides
from rpo.runs.listed.standing import standing_of
from rpo.runs.run import Run
from rpo.settings import differing
from rpo.spec import FIELDS


@dataclass(frozen=True)
class RunRow:
    """What a table says of one run; a held-out figure is None where nothing was measured after the start."""

    run: Run
    title: str
    state: str
    steps: str
    began: datetime | None
    note: str = ""
    accuracy: float | None = None
    margin: float | None = None
    kl: float | None = None

    @property
    def text(self) -> str:
        """All that a search looks through: name, note, state and settings, in small letters."""
        settings = (
            [] if self.run.trouble else [f"{FIELDS[name].title} {value}" for name, value in self.run.spec.as_dict().items()]
        )
        return "\n".join([self.title, self.run.name, self.note, self.state, *settings]).lower()


def run_rows(runs: Sequence[Run]) -> tuple[RunRow, ...]:
    """A row for each run; one whose files cannot be read says so in place of its state."""
    return tuple(map(_row, runs))


def found_by(rows: Sequence[RunRow], words: str) -> tuple[RunRow, ...]:
    """The rows in which each of these words is somewhere, in their order."""
    wanted = words.lower().split()
    return tuple(row for row in rows if not wanted or all(word in row.text for word in wanted))


def settings_that_differ(runs: Sequence[Run]) -> Mapping[str, tuple[Any, ...]]:
    """Title of a setting -> its value in each run, for the settings that are not the same in all; "" where none can be read."""
    known = [None if run.trouble else run.spec for run in runs]
    names = [name for name, one in FIELDS.items() if one.decides is not Decides.NOTHING]
    return {_title(name): values for name, values in differing(known, names).items()}


def _title(name: str) -> str:
    return FIELDS[name].sign or FIELDS[name].title


def _row(run: Run) -> RunRow:
    try:
        return _readable(run)
    except RpoError:
        return RunRow(run, run.name, "cannot be read", "", _began(run))


def _readable(run: Run) -> RunRow:
    seen = [record for record in run.evaluations if record["step"]]
    last = seen[-1] if seen else {}
    done = max((record["step"] for record in run.metrics), default=0)
    return RunRow(
        run=run,
        title=run.title,
        state=standing_of(run).words,
        steps=f"{done} of {run.spec.steps}",
        began=_began(run),
        note=run.label.get("note", ""),
        accuracy=last.get("accuracy"),
        margin=last.get("margin"),
        kl=last.get("kl"),
    )


def _began(run: Run) -> datetime | None:
    """When its folder was made, as its name says."""
    try:
        return datetime.strptime(run.name[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return None
