"""What a run has been exported to: a folder a kind, in the run's own folder, and the room that another one needs."""

import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from rpo import storage
from rpo.errors import RpoError
from rpo.export.kinds import ExportKind
from rpo.resources.shapes import shape
from rpo.runs import Run

MARGIN = 64_000_000  # bytes for tokenizer, configuration and card, and what else writes to the disk meanwhile
DOWNLOADABLE = 50_000_000  # bytes that a browser may take along at once


@dataclass(frozen=True)
class Export:
    """One export: a view of its folder, which is the truth."""

    folder: Path
    kind: ExportKind

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def words(self) -> str:
        """What it is and how large, in words."""
        return f"{self.kind.about.title}, {in_bytes(self.size)}"

    @property
    def small(self) -> bool:
        """Whether a browser can take it along at once."""
        return self.size <= DOWNLOADABLE

    def archive(self) -> bytes:
        """All its files as one ZIP archive."""
        kept = BytesIO()
        with ZipFile(kept, "w") as zipped:
            for path in sorted(self.folder.rglob("*")):
                zipped.write(path, path.relative_to(self.folder))
        return kept.getvalue()


@dataclass(frozen=True)
class DiskRoom:
    """Bytes that an export takes, and those that are free where it would lie."""

    needed: int
    free: int

    @property
    def words(self) -> str:
        """Both in a sentence."""
        return f"It takes {in_bytes(self.needed)}; {in_bytes(self.free)} are free."

    @property
    def enough(self) -> bool:
        """Whether it fits."""
        return self.needed + MARGIN <= self.free


def in_bytes(count: int) -> str:
    """So many bytes in words, in MB or GB."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):,.1f} MB"


def export_place(run: Run, kind: ExportKind) -> Path:
    """Where an export of this kind lies unless another place is asked for."""
    return run.folder / "exports" / kind


def exports(run: Run) -> tuple[Export, ...]:
    """The run's exports in its own folder, in the order of the kinds."""
    return tuple(Export(export_place(run, kind), kind) for kind in ExportKind if export_place(run, kind).is_dir())


def delete_export(export: Export) -> None:
    """Take an export away."""
    storage.remove_folder(export.folder)


def room(run: Run, kind: ExportKind, place: Path | None = None) -> DiskRoom:
    """What an export of this kind takes and what is free, before anything heavy is opened."""
    adapter = sum(path.stat().st_size for path in run.adapter.iterdir()) if run.adapter else 0
    needed = kind.about.bytes * shape(run.spec.model).parameters if kind.whole else adapter
    there = next(path for path in ((place or run.folder).absolute(), *(place or run.folder).absolute().parents) if path.exists())
    return DiskRoom(needed, shutil.disk_usage(there).free)


def check_room(run: Run, kind: ExportKind, place: Path) -> None:
    """Refuse an export that does not fit on the disk."""
    found = room(run, kind, place)
    if not found.enough:
        raise RpoError(
            f"{place} must have {in_bytes(found.needed + MARGIN)} free for {kind}, it has {in_bytes(found.free)}; "
            "make room, or name a folder on another disk"
        )


def clear_left(run: Run) -> None:
    """Take away what exports that were killed left half-written; only the process that exports may ask for it."""
    for left in (run.folder / "exports").glob(".*.*"):
        shutil.rmtree(left, ignore_errors=True)
