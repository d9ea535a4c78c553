"""What a run reads besides its spec: its data, its model's weights, its prompts' vectors. A run goes on with what it began with.

`inputs.json` in the run's folder holds a digest of each; the data's rows lie once for all runs under `home()/inputs`, so that a
refusal can count what has changed. Not a copy of the data: a run whose file is gone cannot go on.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import TypedDict

from rpo import storage, weights
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Status
from rpo.preferences import PreferenceSet, answer_scores, load
from rpo.records import Inputs
from rpo.runs.recorder import Recorder
from rpo.runs.run import File, Run

if TYPE_CHECKING:
    from rpo.models.policy import Policy

BLOCKS, BLOCK_BYTES = 32, 1 << 16  # parts of a weight file that are looked at, and the bytes of each
VECTOR_ROUNDING = (
    1e-3  # how far a sketch may lie from another of the same vectors, computed with other threads or on another device
)
SPLIT_NAMES = ("train", "held-out")
SHORT = 8  # hex digits that are enough to count rows


class RowsRecord(TypedDict):
    """Signatures of all rows of some data, one after the other."""

    rows: str


def note(run: Run, begun: int = 0) -> None:
    """Write down which data the run reads; `begun` steps were taken before anybody did, which nobody can check."""
    data = load(run.spec.data)
    name = digest_of(data)
    path = _rows_file(name)
    if not path.exists():
        storage.write_json(path, {"rows": "".join(signatures(data))})
    looked_at = {"scores": scores_of(data)} if run.spec.true_contrasts else {}
    Recorder(run).write(File.INPUTS, {"data": name, "model": None, "vectors": None, "unchecked": begun or None, **looked_at})


def note_model(recorder: Recorder, policy: "Policy") -> None:
    """Keep in the run's folder how its model is scored and written with, and how many steps were taken before anybody checked."""
    run = recorder.run
    unchecked = len(run.metrics) if run.opened is None else run.opened["unchecked"]
    how = {"layout": policy.layout, "writing": policy.writing, "tokens": policy.tokens.rule, "numbers": str(policy.model.dtype)}
    recorder.write(File.OPENED, {**how, "unchecked": unchecked})


def check_inputs(run: Run) -> None:
    """Refuse if the data or the model's weights are not those the run began with; a run without a note is let through."""
    known = _known(run)
    if known is None:
        return
    data = load(run.spec.data)
    if known["data"] != digest_of(data):
        raise RpoError(
            f"a run goes on with the data it began with, {data.name} has changed since: {_difference(known['data'], data)}; "
            "restore the file, or start another run"
        )
    if run.spec.true_contrasts and known.get("scores") != scores_of(data):
        raise RpoError(
            f"a run goes on with the scores it began with, those of {data.name} have changed since, and they decide which cells "
            "are left out; restore the file, or start another run"
        )
    if known["model"] and (now := _weights(run.spec.model)) and known["model"] != now:
        raise RpoError(
            f"a run goes on with the model it began with, the weights or the configuration of "
            f"{run.spec.model} have changed since; restore them, or start another run"
        )


def tie(run: Run, *, first: bool = True) -> None:
    """What the run's process does before it trains: check, and note what no one has noted yet (the `first` process does)."""
    check_inputs(run)
    if first and _known(run) is None:
        note(run, len(run.metrics) + len(run.sft))
    if first and (known := _known(run)) and known["model"] is None:
        Recorder(run).write(File.INPUTS, {**known, "model": _weights(run.spec.model)})


def tie_vectors(run: Run, vectors: np.ndarray, *, first: bool = True) -> None:
    """The same for the vectors (rows, D) of the run's prompts, which the encoder decides."""
    known, now = _known(run), sketch(vectors)
    if known is None:
        return
    if known["vectors"] is None:
        if first:
            Recorder(run).write(File.INPUTS, {**known, "vectors": now.tolist()})
    elif not _alike(known["vectors"], now):
        raise RpoError(
            f"a run goes on with the vectors it began with, {run.spec.encoder} now gives its prompts others; restore the "
            "encoder, or start another run"
        )


def unchecked(run: Run) -> str:
    """What to say of a run that an older version began: nothing was noted then; "" for all others."""
    known = _known(run)
    if known is None and run.state.status is Status.DONE:  # nothing will be resumed
        return ""
    steps = len(run.metrics) if known is None else known["unchecked"]
    if not steps:
        return ""
    return (
        f"An older version took the first {quantity(steps, 'step')} and did not note which data it read, so nobody "
        "can check whether they have changed since."
    )


def digest_of(data: PreferenceSet) -> str:
    """A name for all rows, train and held-out, in their order: it changes with every word, side and place of one."""
    return storage.digest(more=[text for split in SPLIT_NAMES for text in (split, *_split(data, split)["id"])])


def scores_of(data: PreferenceSet) -> str:
    """A name for the scores of all pairs, in their order."""
    return storage.digest(more=[" ".join(map(str, each)) for each in answer_scores(data.rows)])


def signatures(data: PreferenceSet) -> Iterator[str]:
    """A row as 17 characters: its split's number, and the beginnings of a digest of its prompt and of its id."""
    for number, split in enumerate(SPLIT_NAMES):
        rows = _split(data, split)
        for prompt, name in zip(rows["prompt"][:], rows["id"][:], strict=True):
            yield f"{number}{storage.digest(prompt)[:SHORT]}{storage.digest(name)[:SHORT]}"


def sketch(vectors: np.ndarray) -> np.ndarray:
    """Rows (N, D) as one vector (D,): their sum under random signs over √N. Another encoder moves it by about 1/√D a number."""
    signs = np.random.default_rng(0).choice(np.array([-1.0, 1.0], dtype=np.float32), len(vectors))
    return signs @ np.asarray(vectors, dtype=np.float32) / np.sqrt(len(vectors))


def _difference(name: str, data: PreferenceSet) -> str:
    """How many rows were added, are gone, or changed, in words."""
    path, now = _rows_file(name), list(signatures(data))
    text = storage.read_json(path, RowsRecord, missing=RowsRecord(rows=""))["rows"]
    if not text:
        return "which rows, was not kept"
    size = 1 + 2 * SHORT
    return compared([text[start : start + size] for start in range(0, len(text), size)], now)


def compared(before: Sequence[str], now: Sequence[str]) -> str:
    """What became of rows, by their signatures: a row of the same prompt with other answers has changed."""
    gone, added = list((Counter(before) - Counter(now)).elements()), list((Counter(now) - Counter(before)).elements())
    moved = _matched(gone, added, slice(1, None))
    changed = _matched(gone, added, slice(1, 1 + SHORT))
    counts = {"changed": changed, "added": len(added), "gone": len(gone), "moved between training and held out": moved}
    words = [f"{quantity(count, 'row')} {what}" for what, count in counts.items() if count]
    return ", ".join(words) or "the same rows are in another order"


def _matched(gone: list[str], added: list[str], part: slice) -> int:
    """Take out of both lists the rows that are alike in this part; how many they were."""
    common = Counter(row[part] for row in gone) & Counter(row[part] for row in added)
    for rows in (gone, added):
        left, kept = common.copy(), list[str]()
        for row in rows:
            if left[row[part]]:
                left[row[part]] -= 1
            else:
                kept.append(row)
        rows[:] = kept
    return common.total()


def _alike(known: list[float], now: np.ndarray) -> bool:
    return len(known) == len(now) and bool(np.abs(np.array(known) - now).max() <= VECTOR_ROUNDING)


def _weights(model: str) -> str:
    """A digest of configurations and of parts of all weight files, "" where no folder here holds them, as for a hub id."""
    place = Path(weights.locate(model))
    files = sorted([*place.glob("*.safetensors"), *place.glob("*config.json")]) if place.is_dir() else []
    parts = [part for file in files for part in (str(file.stat().st_size), *_blocks(file))]
    return storage.digest(*parts) if parts else ""


def _blocks(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    with storage.reading(path), path.open("rb") as file:
        for number in range(BLOCKS):
            file.seek(max(0, size - BLOCK_BYTES) * number // (BLOCKS - 1))
            yield file.read(BLOCK_BYTES)


def _split(data: PreferenceSet, split: str) -> Any:
    return data.train if split == SPLIT_NAMES[0] else data.held_out


def _known(run: Run) -> Inputs | None:
    return storage.read_json(_file(run), Inputs, missing=None)


def _file(run: Run) -> Path:
    return run.folder / File.INPUTS


def _rows_file(name: str) -> Path:
    return storage.home() / "inputs" / f"{name}.json"
