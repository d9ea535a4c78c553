"""Vectors of prompts: unit rows, in order, mapped from disk, and never encoded twice, however often the process dies."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from rpo import storage
from rpo.embeddings import cache, cut, embed, embed_some
from rpo.embeddings.encoder import EncodingProgress
from rpo.errors import RpoError
from rpo.preferences import View


class Letters:
    """A tiny real encoder: letter counts. It keeps what it was given."""

    name = "letters"

    def __init__(self):
        self.seen = []

    def encode(self, texts, progress):
        self.seen += texts
        progress(1.0, "done")
        return np.array([np.bincount([ord(c) % 64 for c in text], minlength=64) for text in texts], dtype=np.float32)

    def cut(self, texts):
        return np.array([len(text) > 20 for text in texts])


PROMPTS = ["Why?", "How hot?", "Why?", "\n\nHuman: Old\n\nAssistant: Yes\n\nHuman: How hot?\n\nAssistant:"]
MANY = [f"{number} {'x' * (number * 7 % 50)}?" for number in range(100)]


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(cache, "PART", 8)
    monkeypatch.setattr(cache, "ROWS_A_BLOCK", 7)


def vectors_of(prompts, encoder, view=View.LAST_TURN, progress=lambda part, message: None):
    return embed(prompts, "letters", view, progress, open_with=lambda name: encoder)


def kept():
    return sorted(path.relative_to(storage.folder("vectors")).as_posix() for path in storage.folder("vectors").rglob("*.npy"))


def test_rows_are_unit_and_in_order():
    vectors = vectors_of(PROMPTS, Letters())
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.array_equal(vectors[0], vectors[2])
    assert np.array_equal(vectors[1], vectors[3]), "of a dialogue the last human turn is embedded"
    assert not np.array_equal(vectors[0], vectors[1])


def test_the_whole_prompt_is_another_text_but_only_of_a_dialogue():
    encoder = Letters()
    vectors_of(PROMPTS, encoder)
    assert not np.array_equal(*vectors_of(PROMPTS, encoder, View.WHOLE)[[1, 3]])
    seen = len(encoder.seen)
    one, other = (vectors_of(PROMPTS[:3], encoder, view) for view in View)
    assert np.array_equal(one, other)
    assert len(encoder.seen) == seen + 2


def test_what_is_on_disk_is_mapped_and_not_encoded_again():
    encoder = Letters()
    first = vectors_of(PROMPTS, encoder)
    assert sorted(encoder.seen) == ["How hot?", "Why?"]
    again = vectors_of(PROMPTS, encoder)
    assert np.array_equal(again, first)
    assert isinstance(again, np.memmap)
    assert not again.flags.writeable
    assert len(encoder.seen) == 2
    vectors_of([*PROMPTS, "New?"], encoder)
    assert len(encoder.seen) == 5


def test_parts_are_put_together_in_the_order_of_the_prompts(small_parts):
    prompts = [*MANY, *MANY[::-3]]
    encoder = Letters()
    vectors = vectors_of(prompts, encoder)
    assert len(encoder.seen) == len(MANY)
    alone = [vectors_of([prompt], Letters())[0] for prompt in prompts[:3] + prompts[-3:]]
    assert np.array_equal(vectors[[0, 1, 2, -3, -2, -1]], alone)
    expected = Letters().encode(prompts, lambda part, text: None)
    assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    assert not [path for path in storage.folder("vectors").iterdir() if path.suffix != ".npy"], "parts and lock are gone"


KILLED = """
import time
import numpy as np
from rpo.embeddings import cache, embed
from tests.embeddings.test_vector_cache import MANY, Letters
cache.PART = 8
class Slow(Letters):
    def encode(self, texts, progress):
        if len(self.seen) >= 40:
            print("five parts", flush=True)
            time.sleep(60)
        return super().encode(texts, progress)
embed(MANY, "letters", open_with=lambda name: Slow())
"""


def test_killed_while_encoding_it_goes_on_where_it_stood(small_parts, monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "five parts\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(kept()) == 5
    encoder = Letters()
    vectors = vectors_of(MANY, encoder)
    assert len(encoder.seen) == len(MANY) - 40
    assert len(set(encoder.seen)) == len(encoder.seen)
    expected = Letters().encode(MANY, lambda part, text: None)
    assert np.allclose(vectors, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY garbage", None])
def test_a_broken_part_is_encoded_again(small_parts, content):
    class Ends(Letters):
        def encode(self, texts, progress):
            if len(self.seen) >= 24:
                raise KeyboardInterrupt
            return super().encode(texts, progress)

    with pytest.raises(KeyboardInterrupt):
        vectors_of(MANY, Ends())
    part = storage.folder("vectors") / kept()[1]
    part.write_bytes(part.read_bytes()[:-40] if content is None else content)
    encoder = Letters()
    assert vectors_of(MANY, encoder).shape == (100, 64)
    assert len(encoder.seen) == len(MANY) - 16


def test_a_broken_file_is_encoded_again():
    vectors_of(MANY, Letters())
    [path] = [path for path in storage.folder("vectors").glob("*.npy") if ".cut" not in path.name]
    path.write_bytes(path.read_bytes()[:1000])
    assert vectors_of(MANY, Letters()).shape == (100, 64)


def test_a_full_disk_is_said_and_leaves_whole_parts_only(small_parts, monkeypatch):
    def full(file, array, written=[]):  # noqa: B006 - it counts
        written.append(1)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(file, array)

    save = np.save
    monkeypatch.setattr(np, "save", full)
    with pytest.raises(RpoError, match="must fit on the disk"):
        vectors_of(MANY, Letters())
    assert len(kept()) == 3
    assert not list(storage.folder("vectors").rglob(".*.npy.*")), "nothing is half-written"
    monkeypatch.setattr(np, "save", save)
    encoder = Letters()
    vectors_of(MANY, encoder)
    assert len(encoder.seen) == len(MANY) - 24


def _embed_slowly(seen):
    class Slow(Letters):
        def encode(self, texts, progress):
            seen.put(len(texts))
            time.sleep(0.3)
            return super().encode(texts, progress)

    embed(MANY, "letters", open_with=lambda name: Slow())


@pytest.mark.weights
def test_two_processes_encode_a_list_once():
    fork = multiprocessing.get_context("fork")
    seen = fork.Queue()
    both = [fork.Process(target=_embed_slowly, args=(seen,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert seen.get() == len(MANY)
    assert seen.empty()


def test_some_prompts_come_from_the_whole_sets_file():
    """No encoder is there that is called so."""
    whole = vectors_of(PROMPTS[1:], Letters())
    assert np.array_equal(embed_some(PROMPTS[2:], PROMPTS[1:], "letters"), whole[1:])


def test_which_prompts_are_cut_is_known_since_they_were_embedded():
    encoder, prompts = Letters(), ["short", "x" * 30, "short"]
    assert cut(prompts, "letters", open_with=lambda name: encoder).tolist() == [False, True, False]
    assert cut(prompts, "letters", open_with=lambda name: pytest.fail("must not open it")).tolist() == [False, True, False]


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_is_refused_and_not_kept(bad):
    class Broken(Letters):
        def encode(self, texts, progress):
            return np.full((len(texts), 4), bad, dtype=np.float32)

    with pytest.raises(RpoError, match="letters gave none for 'How hot"):
        vectors_of(PROMPTS, Broken())
    assert kept() == []


def test_nothing_to_embed_is_refused():
    with pytest.raises(RpoError, match="at least one prompt"):
        vectors_of([], Letters())


def test_progress_never_goes_back_and_tells_the_rate_and_what_is_left(monkeypatch):
    seen, now = [], [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pace = EncodingProgress(["x" * 480] * 10 + ["x" * 80] * 10, lambda part, words: seen.append((part, words)))
    pace.skip(4)  # on disk already: no rate may be claimed for them
    for done, now[0] in ((6, 60.0), (10, 180.0), (20, 240.0)):
        pace(done)
    parts = [part for part, _ in seen]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert [words for _, words in seen] == [
        "embedding 4 of 20 prompts",
        "embedding 6 of 20 prompts, 0.03 a second, about 3 min left",
        "embedding 10 of 20 prompts, 0.03 a second, about 1 min left",
        "embedding 20 of 20 prompts, 0.07 a second, less than a minute left",
    ]
