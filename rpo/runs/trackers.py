"""Trackers: where a run's curves are shown besides its folder. `RPO_TRACKER=trackio` asks for one; none is the default.

It is asked for in the environment, for it changes no figure. What is set when a run is started is noted with its launch, so that
a resumed run and one on a cluster keep it; a run that was started without one gets the one that is set when it is resumed.
A tracker gets the numbers of metrics, evaluations and the SFT stage by step, as `metrics/loss`; its project is "rpo", the run's
name is the folder's, the configuration the spec. The folder is the truth: a tracker is asked only which steps it holds.
A new tracker is a class with these methods and a line of `TRACKERS`.
"""

import os
from collections.abc import Mapping
from enum import StrEnum
from importlib.util import find_spec
from typing import Any, Protocol

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.runs.run import Run

ASKED = "RPO_TRACKER"
PROJECT = "rpo"
Place = tuple[str, int]  # a kind of record and a step
CARRIED = ("TRACKIO_DIR",)  # variables that a cluster's node must have as we have them


class Tracker(Protocol):
    """What a tracker can do. Any of it may raise; the run goes on without it (`rpo.runs.recorder`)."""

    def open(self, name: str, config: Mapping[str, Any]) -> set[Place]:
        """Begin to show a run, or go on; returns what is held of it already."""
        ...

    def log(self, kind: str, step: int, figures: Mapping[str, float]) -> None:
        """Show the figures of a step."""
        ...

    def close(self) -> None:
        """End, once all that was logged is kept; raises where it is not."""
        ...


class Name(StrEnum):
    """Trackers that can be asked for."""

    TRACKIO = "trackio"


class Trackio:
    """Trackio's database on this machine (`TRACKIO_DIR`, or its own place). Not a Space: `trackio sync` sends a project to one.

    Trackio itself asks the hub for the user's name where somebody is logged in to it.
    """

    def open(self, name: str, config: Mapping[str, Any]) -> set[Place]:
        """Begin to show a run, or go on; returns what is held of it already."""
        if find_spec("trackio") is None:
            raise RpoError("trackio must be installed to show a run, it is not; pip install trackio, then resume")
        for elsewhere in ("TRACKIO_SPACE_ID", "TRACKIO_SERVER_URL"):
            if os.environ.get(elsewhere):
                raise RpoError(f"runs are kept in trackio's local database, {elsewhere} names another place; unset it")
        import trackio  # pyright: ignore[reportMissingImports]

        self.run = trackio.init(
            PROJECT, name=name, config=dict(config), resume="allow", embed=False, auto_log_gpu=False, auto_log_cpu=False
        )
        self.logged: set[Place] = set()
        return self._held()

    def log(self, kind: str, step: int, figures: Mapping[str, float]) -> None:
        """Show the figures of a step."""
        self.run.log({f"{kind}/{name}": value for name, value in figures.items()}, step=step)
        self.logged.add((kind, step))

    def close(self) -> None:
        """End; trackio only warns where it could not write, so what it holds is counted."""
        self.run.finish()
        if missing := self.logged - self._held():
            lost = quantity(len(missing), f"of {len(self.logged):,} is", f"of {len(self.logged):,} are")
            raise RpoError(f"trackio must hold every record it was given, {lost} missing; make room")

    def _held(self) -> set[Place]:
        from trackio import fragments  # pyright: ignore[reportMissingImports]
        from trackio.sqlite_storage import SQLiteStorage  # pyright: ignore[reportMissingImports]

        fragments.import_inbox_dir()  # where its folder lies on a network disk, trackio keeps lines there until somebody reads
        rows = SQLiteStorage.get_logs(PROJECT, self.run.name, run_id=self.run.id)
        return {(name.split("/")[0], row["step"]) for row in rows for name in row if "/" in name}


TRACKERS: dict[Name, type[Tracker]] = {Name.TRACKIO: Trackio}


def asked() -> dict[str, str]:
    """The tracker that the environment asks for, as `launch.json` keeps it; a name that none has is refused."""
    return {"tracker": str(_name(name))} if (name := os.environ.get(ASKED, "")) else {}


def tracker_of(run: Run) -> Tracker | None:
    """The tracker that was asked for when the run was started, or else now."""
    name = run.launch.get("tracker") or os.environ.get(ASKED, "")
    return TRACKERS[_name(name)]() if name else None


def _name(name: str) -> Name:
    try:
        return Name(name)
    except ValueError:
        raise RpoError(f"{ASKED} must be one of {', '.join(Name)}, got {name!r}; set it to one of them or unset it") from None
