"""Writing an export: the one call, whichever the kind. The folder is there whole or not at all."""

import shutil
from pathlib import Path
from typing import Any

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.export.base import base_name
from rpo.export.card import card_of
from rpo.export.exported import check_room, export_place
from rpo.export.kinds import ExportKind
from rpo.runs import Run

CARD = "README.md"


def write(run: Run, kind: ExportKind, to: Path | None = None, progress: jobs.Progress | None = None) -> Path:
    """Export a run that has an adapter; returns the folder, which holds a model card beside the files.

    `to` must not be there yet, or be empty; without it the export lies in the run's folder and replaces an earlier one of its
    kind. It is written in this process, which loads torch for all but the adapter.
    """
    check(run, kind)
    place = export_place(run, kind) if to is None else to.expanduser()
    if to is not None and place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise RpoError(f"an export needs a new or an empty folder, {place} is there and holds something; name another folder")
    check_room(run, kind, place)
    storage.write_folder(place, lambda folder: _fill(run, kind, folder, progress or jobs.Progress(_nobody)))
    return place


def check(run: Run, kind: ExportKind) -> None:
    """Refuse what cannot be exported, before anything heavy is opened."""
    run.needs_adapter(f"export {kind}")
    if run.adapter is None:
        raise RpoError(f"a run needs a saved adapter before it can be exported, {run.name} has none yet; wait until it is done")
    if kind.whole and run.spec.quantised:
        raise RpoError(
            f"a merged model must be the one that was trained, {run.name} was trained on a base rounded to 4 bits, into which "
            "an adapter cannot be merged exactly; export the adapter"
        )
    if kind.about.llama:
        from rpo.export.llama import check_llama

        check_llama(run, kind)


def _fill(run: Run, kind: ExportKind, folder: Path, progress: jobs.Progress) -> None:
    """Write all files of an export into an empty folder."""
    if not kind.whole:
        _adapter(run, kind, folder)
        (folder / CARD).write_text(card_of(run, kind), "utf-8")
        return
    from rpo.export.merged import measured, write_model

    progress(0.05, f"opening {run.spec.model}")
    model, difference = measured(run, kind, progress)
    progress(0.7, "writing the model")
    write_model(run, model, kind, folder)
    (folder / CARD).write_text(card_of(run, kind, difference), "utf-8")


def _adapter(run: Run, kind: ExportKind, folder: Path) -> None:
    if run.adapter is None:
        return
    if kind is ExportKind.GGUF_ADAPTER:
        from rpo.export.llama import write_adapter

        write_adapter(run, folder)
        return
    shutil.copyfile(run.adapter / "adapter_model.safetensors", folder / "adapter_model.safetensors")
    known = storage.read_json(run.adapter / "adapter_config.json", dict[str, Any])
    storage.write_json(folder / "adapter_config.json", {**known, "base_model_name_or_path": base_name(run.spec.model)})


def _nobody(share: float, words: str) -> None:
    """Nobody asked how far it is."""
