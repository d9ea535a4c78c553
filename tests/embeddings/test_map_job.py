"""A map drawn by its own process, shared by whoever asks for it, and redrawn when that process died."""

import json
import multiprocessing
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from rpo import jobs, preferences, storage, weights
from rpo.embeddings import again, cut, embed_some, method, neighbour_graph, open_map, request_map, topics_of, worker
from rpo.embeddings.map_job import draw_map
from rpo.errors import RpoError
from rpo.jobs import Progress, State, Status
from rpo.preferences import EMBEDDED, Kind, View, load
from tests.embeddings.test_vector_cache import Letters


def until(condition, seconds=240.0):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            pytest.fail("waited in vain")
        time.sleep(0.02)


@pytest.mark.weights
def test_a_map_is_drawn_once_and_shared(mapped):
    (there,) = (mapped / "maps").iterdir()
    before = jobs.look(there)
    folder = request_map(EMBEDDED, weights.ENCODER, View.LAST_TURN)
    assert (folder, jobs.look(folder)) == (there, before)
    assert open_map(folder, "pca").points.shape == (260, 2)
    assert jobs.look(folder).status is Status.DONE, (folder / "log.txt").read_text()
    drawn = open_map(folder, method(folder))
    assert drawn.method == "umap"
    assert drawn.prompts == load(EMBEDDED).prompts
    some = drawn.prompts[10:20]
    assert np.array_equal(embed_some(some, drawn.prompts, weights.ENCODER), drawn.vectors[10:20])
    assert [part.shape for part in neighbour_graph(folder)] == [(260, 15), (260, 15)]
    assert not cut(drawn.prompts, weights.ENCODER).any()


@pytest.fixture(scope="module")
def warm_home(demo_weights, tmp_path_factory):
    """A home in which the process that draws maps stays from test to test: to start one takes longer than to draw."""
    home = tmp_path_factory.mktemp("warm")
    (home / "weights").symlink_to(demo_weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(home))
        yield home
        worker.make_room("cuda")


@pytest.fixture
def warm(warm_home, rpo_home, monkeypatch):
    """The same, for a test."""
    monkeypatch.setenv("RPO_HOME", str(warm_home))


@pytest.mark.weights
def test_a_map_whose_process_was_killed_is_drawn_to_its_end(warm, few):
    folder = request_map(few[Kind.PAIRED], weights.ENCODER, View.LAST_TURN)
    until(lambda: method(folder))
    os.kill(jobs.look(folder).pid, signal.SIGKILL)
    until(lambda: jobs.look(folder).status is Status.LOST)
    first = (folder / "pca.npy").stat()
    assert request_map(few[Kind.PAIRED], weights.ENCODER, View.LAST_TURN) == folder
    assert jobs.look(folder).status is Status.LOST, "it is left for a person to ask again"
    again(folder)
    until(lambda: not jobs.look(folder).active)
    assert (jobs.look(folder).status, method(folder)) == (Status.DONE, "umap")
    assert (folder / "pca.npy").stat() == first


@pytest.mark.weights
def test_a_second_map_finds_the_process_warm(warm, few):
    first, second = (request_map(source, weights.ENCODER, view) for source, view in zip(few.values(), View, strict=True))
    until(lambda: not jobs.look(first).active and not jobs.look(second).active)
    assert [jobs.look(folder).status for folder in (first, second)] == [Status.DONE] * 2
    assert jobs.look(first).pid == jobs.look(second).pid == jobs.look(worker.place()).pid
    assert jobs.look(worker.place()).status is Status.RUNNING
    mapped = Path(f"/proc/{jobs.look(first).pid}/maps")
    assert not (mapped.exists() and "bitsandbytes" in mapped.read_text()), "peft was imported with what 4-bit weights alone need"


@pytest.mark.weights
def test_a_map_that_failed_says_why_and_can_be_asked_again(warm, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"no weights")
    folder = request_map(EMBEDDED, str(tmp_path / "broken"), View.LAST_TURN)
    until(lambda: jobs.look(folder).status is Status.FAILED)
    assert "must be a sentence-transformers model" in jobs.look(folder).message
    assert method(folder) == ""
    again(folder)
    assert jobs.look(folder).active
    started = jobs.look(folder).pid
    again(folder)  # a second click changes nothing
    assert jobs.look(folder).pid == started


def _slow_start(module, folder):
    started.put(os.getpid())
    time.sleep(0.3)
    storage.write_json(folder / "state.json", asdict(State(Status.QUEUED, submitted=time.time())))


def _ask(barrier):
    barrier.wait()
    request_map(EMBEDDED, "letters", View.LAST_TURN)


started = multiprocessing.get_context("fork").Queue()


@pytest.mark.weights
def test_of_two_servers_that_ask_at_once_one_starts(monkeypatch):
    monkeypatch.setattr("rpo.jobs.start", _slow_start)
    load(EMBEDDED).stamp  # noqa: B018 - read before the two are forked, so that they are abreast
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(2)
    both = [fork.Process(target=_ask, args=(barrier,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert started.get() in {process.pid for process in both}
    assert started.empty()


@pytest.fixture
def asked(monkeypatch):
    """A map that was asked for, without a process that draws it."""
    monkeypatch.setattr("rpo.jobs.start", lambda module, folder: None)
    rows = [{"prompt": f"{'why ' * n}?", "chosen": "a", "rejected": "b"} for n in range(1, 30)]
    preferences.add("mine.jsonl", "\n".join(map(json.dumps, rows)).encode())
    return request_map("mine.jsonl", "letters", View.LAST_TURN)


def drawn(folder, report=lambda part, words: None):
    """Draw a map here, with letters for vectors and without a real UMAP, which takes half a minute to compile."""
    draw_map(
        folder,
        Progress(report),
        open_with=lambda name: Letters(),
        lay_out=lambda vectors, graph, start, seed, epoch: epoch(1, 2) or start + 1,
    )


def test_a_drawing_leaves_each_step_on_disk_and_its_progress_never_goes_back(asked):
    seen = []
    drawn(asked, lambda part, words: seen.append((part, words, method(asked), neighbour_graph(asked) is not None)))
    parts = [part for part, *_ in seen]
    assert parts == sorted(parts)
    assert {words.split()[0] for _, words, *_ in seen} == {
        "reading",
        "opening",
        "embedding",
        "looking",
        "PCA",
        "finding",
        "UMAP",
        "naming",
    }
    assert [seen[-2][2:], method(asked)] == [("pca", True), "umap"]
    assert [len(level) for level in topics_of(asked)] == [29, 29]
    found, (indices, distances) = open_map(asked, "umap"), neighbour_graph(asked)
    assert indices.shape == distances.shape == (29, 15)
    assert np.array_equal(indices[:, 0], np.arange(29))
    assert np.allclose(1 - (found.vectors[3] @ found.vectors[indices[3]].T), distances[3], atol=1e-6)
    assert isinstance(found.vectors, np.memmap)


def written(path):
    """Which file it is and when it was written; that it was read since does not count."""
    return path.stat().st_ino, path.stat().st_mtime_ns


def test_what_a_killed_process_left_is_not_done_again(asked):
    drawn(asked)
    (asked / "umap.npy").unlink()
    left = [asked / "pca.npy", asked / "neighbours.npz"]
    before = [written(path) for path in left]
    drawn(asked)
    assert [written(path) for path in left] == before
    assert method(asked) == "umap"


def test_topics_that_an_older_version_did_not_name_are_named_when_the_map_is_asked_for(asked, monkeypatch):
    drawn(asked)
    storage.write_json(asked / "state.json", asdict(State(Status.DONE)))
    handed = []
    monkeypatch.setattr("rpo.jobs.hand_over", lambda folder, *more: handed.append(folder))
    request_map("mine.jsonl", "letters", View.LAST_TURN)
    assert handed == []
    (asked / "topics.json").unlink()
    request_map("mine.jsonl", "letters", View.LAST_TURN)
    assert handed == [asked]


def test_topics_that_were_cut_by_hand_are_as_if_there_were_none(asked):
    drawn(asked)
    kept = storage.read_json(asked / "topics.json")
    storage.write_json(asked / "topics.json", {**kept, "finer": kept["finer"][:-1]})
    assert topics_of(asked) == ()


def test_a_broken_graph_is_as_if_there_were_none(asked):
    drawn(asked)
    path = asked / "neighbours.npz"
    path.write_bytes(path.read_bytes()[:-100])
    assert neighbour_graph(asked) is None


def test_a_map_of_data_that_changed_is_refused(asked):
    drawn(asked)
    preferences.add("mine.jsonl", json.dumps({"prompt": "Other?", "chosen": "a", "rejected": "b"}).encode())
    with pytest.raises(RpoError, match=r"mine.jsonl or its encoder is another now"):
        open_map(asked, "umap")


def test_a_map_is_found_by_the_source_that_asks_now(tmp_path, monkeypatch):
    """Two files of the same prompts share a map, and it outlives the one that asked first."""
    monkeypatch.setattr(
        "rpo.jobs.start", lambda module, folder: storage.write_json(folder / "state.json", asdict(State(Status.DONE)))
    )
    row = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
    for name in ("first.jsonl", "second.jsonl"):
        preferences.add(name, json.dumps(row).encode())
    folder = request_map("first.jsonl", "letters", View.WHOLE)
    (storage.folder("data") / "first.jsonl").unlink()
    assert request_map("second.jsonl", "letters", View.WHOLE) == folder
    assert storage.read_json(folder / "spec.json")["source"] == "second.jsonl"
