"""Drawing a map in the background: read, embed, PCA, neighbours, UMAP, each left on disk as soon as it is there.

`request` names the folder by what is asked and starts the process if nobody has; pages, browsers and servers that ask for the
same map share it. What a killed process left is not done again. Not the picture itself: see `projection`.
"""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from reprlib import repr as brief

import numpy as np
from filelock import FileLock
from typing_extensions import TypedDict

from rpo import jobs, storage, weights
from rpo.embeddings import worker
from rpo.embeddings.cache import embed
from rpo.embeddings.encoder import Encoder, open_encoder
from rpo.embeddings.graph import Graph, knn
from rpo.embeddings.projection import pca, umap
from rpo.embeddings.prompt_map import PromptMap
from rpo.embeddings.shipped import DRAWN_WITH, Shipped, shipped
from rpo.embeddings.topics import topic_levels
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Report, Status
from rpo.preferences import PreferenceSet, View, at_hand, headline, load, sides

TOPICS = "topics.json"
TEXT_LETTERS = 600  # characters of each text of a point
AFTER_READING, AFTER_EMBEDDING, SEEN, RELATED = 0.02, 0.55, 0.57, 0.67  # how far a map is once each stage is done


class TopicRecord(TypedDict):
    """The names of each prompt's topics, (N,) each."""

    topics: list[str]
    finer: list[str]


class MapSpec(TypedDict):
    """What was asked for."""

    source: str
    encoder: str
    view: str
    seed: int


def request_map(source: str, encoder: str, view: View, seed: int = 0) -> Path:
    """The folder of this map, its process started unless it is at work or done; one that failed is left for `again`."""
    data = load(source)
    known = shipped(data.prompts, encoder) if seed == DRAWN_WITH else None
    if known is None:
        weights.openable(encoder)
    folder = storage.folder("maps", _name(data, encoder, view, seed))
    spec = MapSpec(source=source, encoder=encoder, view=str(view), seed=seed)
    if known:
        _lay_down(folder, spec, known)
    else:
        unnamed = (Status.DONE,) if method(folder) == "umap" and not topics_of(folder) else ()  # of an older version
        _start(folder, (Status.NEW, Status.STOPPED, *unnamed), spec)
    if storage.read_json(folder / "spec.json", missing=spec) != spec:  # a source of the same prompts, which may be gone
        storage.write_json(folder / "spec.json", spec)
    return folder


def _lay_down(folder: Path, spec: MapSpec, known: Shipped) -> None:
    """A map that comes with the package, as its process would have left it: no process is needed."""
    if jobs.look(folder).status is Status.DONE:
        return
    with FileLock(folder / ".asking"):
        if jobs.look(folder).active or jobs.look(folder).status is Status.DONE:
            return
        storage.write_json(folder / "spec.json", spec)
        _keep_graph(folder, (known.indices, known.distances))
        _keep_topics(folder, (known.topics, known.finer))
        for name, points in (("pca", known.pca), ("umap", known.umap)):
            _once(folder / f"{name}.npy", lambda points=points: points)
        with jobs.work(folder) as report:
            draw_map(folder, report)


def again(folder: Path) -> None:
    """Start a map's process once more, after it failed or was lost; a second click changes nothing."""
    _start(folder, tuple(status for status in Status if status not in (Status.QUEUED, Status.RUNNING)))


def _start(folder: Path, idle: tuple[Status, ...], spec: MapSpec | None = None) -> None:
    """Start the process if the job stands so; of two servers that ask at once only one does."""
    if jobs.look(folder).status not in idle:
        return
    with FileLock(folder / ".asking"):
        if jobs.look(folder).status in idle:
            if spec:
                storage.write_json(folder / "spec.json", spec)
            worker.ask(folder)


def _name(data: PreferenceSet, encoder: str, view: View, seed: int) -> str:
    return storage.digest(weights.fingerprint(encoder), str(view), str(seed), data.stamp)


def draw_map(
    folder: Path,
    report: Report,
    open_with: Callable[[str], Encoder] = open_encoder,
    lay_out: Callable[..., np.ndarray] = umap,
) -> None:
    """Be the map's process; `lay_out` takes and gives what `umap` does."""
    report(0.0, "reading the data")
    spec, prompts = _asked(folder)
    vectors = embed(prompts, spec["encoder"], View(spec["view"]), report.part(AFTER_READING, AFTER_EMBEDDING), open_with)
    of = f"of {quantity(len(prompts), 'prompt')}"
    report(AFTER_EMBEDDING, f"PCA {of}")
    points = _once(folder / "pca.npy", lambda: pca(vectors))
    report(SEEN, f"finding the nearest {of}; the picture is a PCA so far")
    graph = neighbour_graph(folder) or _keep_graph(folder, knn(vectors, spec["seed"]))
    report(RELATED, f"UMAP {of}; the picture is a PCA so far")

    drawing = report.part(RELATED, 1.0)

    def epoch(done: int, total: int) -> None:
        words = f"UMAP {of}, epoch {done} of {total}; the picture is a PCA so far"
        drawing(done / total, words)

    _once(folder / "umap.npy", lambda: lay_out(vectors, graph, points, spec["seed"], epoch))
    if not (folder / TOPICS).exists():
        report(1.0, f"naming the topics {of}")
        view = View(spec["view"])
        _keep_topics(folder, topic_levels(vectors, [view.of(prompt) for prompt in prompts], spec["seed"]))


def method(folder: Path) -> str:
    """The best picture on disk so far: "umap", "pca", or "" for none."""
    return next((name for name in ("umap", "pca") if (folder / f"{name}.npy").exists()), "")


def open_map(folder: Path, drawn_by: str) -> PromptMap:
    """The map as drawn by a method that `method` named; its vectors are mapped, not read."""
    spec, prompts = _asked(folder)
    vectors = embed(prompts, spec["encoder"], View(spec["view"]))
    return PromptMap(prompts, vectors, np.load(folder / f"{drawn_by}.npy"), spec["encoder"], spec["seed"], drawn_by)


def texts_at(name: str, source: str, row: int) -> list[tuple[str, str]]:
    """The prompt of a row of a map, and its first answers in these data: (what it is, text), long texts cut at the end.

    `name` is that of the map's folder. Raises `RpoError` where there is no such map or row, or the data are not the map's.
    """
    folder = storage.home() / "maps" / name
    if not storage.plain(name) or not (folder / "spec.json").exists() or not at_hand(source):
        raise RpoError(f"a map must be one that was drawn here, got {brief(name)} of {brief(source)}; open Explore anew")
    spec, data = storage.read_json(folder / "spec.json", MapSpec), load(source)
    if _name(data, spec["encoder"], View(spec["view"]), spec["seed"]) != name or not 0 <= row < len(data.prompts):
        raise RpoError(f"row {row} must be one of the map's, of data as they were drawn; open Explore anew")
    prompt = data.prompts[row]
    answers = [(title, text) for one in data.about(prompt)[:1] for title, _, text in sides(one)]
    return [(title, headline(text, TEXT_LETTERS)) for title, text in [("prompt", prompt), *answers]]


def neighbour_graph(folder: Path) -> Graph | None:
    """The map's nearest prompts of each prompt, itself first: indices and cosine distances (N, K). None until they are found."""
    try:
        with np.load(folder / "neighbours.npz") as found:
            return found["indices"], found["distances"]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def topics_of(folder: Path) -> tuple[tuple[str, ...], ...]:
    """The names of each prompt's topic and finer topic, (N,) each; nothing until they are named, or where they fit no map."""
    found = storage.read_json(folder / TOPICS, TopicRecord, missing=None)
    levels = (tuple(found["topics"]), tuple(found["finer"])) if found else ()
    known = neighbour_graph(folder)
    return levels if known and {len(level) for level in levels} == {len(known[0])} else ()


def _keep_topics(folder: Path, levels: Sequence[Sequence[str]]) -> None:
    topics, finer = levels
    storage.write_json(folder / TOPICS, TopicRecord(topics=list(topics), finer=list(finer)))


def _keep_graph(folder: Path, graph: Graph) -> Graph:
    indices, distances = graph
    storage.write_with(folder / "neighbours.npz", lambda file: np.savez(file, indices=indices, distances=distances))
    return graph


def _asked(folder: Path) -> tuple[MapSpec, tuple[str, ...]]:
    """What was asked for, and its prompts."""
    spec = storage.read_json(folder / "spec.json", MapSpec)
    data = load(spec["source"])
    if _name(data, spec["encoder"], View(spec["view"]), spec["seed"]) != folder.name:
        raise RpoError(f"a map shows the data it was drawn from, {spec['source']} or its encoder is another now; open it anew")
    return spec, data.prompts


def _once(path: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """The array of a file, made unless an earlier process left it."""
    if not path.exists():
        made = make()
        storage.write_with(path, lambda file: np.save(file, made))
    return np.load(path)
