"""Vectors of prompts: unit rows, in order, kept on disk by content."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo import home, weights
from rpo.errors import RpoError
from rpo.prompts import View, embed, embed_some, nearest, neighbours, open_encoder


class Letters:
    """A tiny real encoder: letter counts. It counts how many texts it was given."""

    name = "letters"

    def __init__(self):
        self.seen = 0

    def encode(self, texts, progress):
        self.seen += len(texts)
        progress(1.0, "done")
        return np.array([np.bincount([ord(c) % 64 for c in text], minlength=64) for text in texts], dtype=np.float32)

    def cut(self, texts):
        return sum(len(text) > 20 for text in texts)


PROMPTS = ["Why?", "How hot?", "Why?", "\n\nHuman: Old\n\nAssistant: Yes\n\nHuman: How hot?\n\nAssistant:"]


def vectors_of(prompts, encoder, view=View.LAST_TURN):
    return embed(prompts, "letters", view, open_with=lambda name: encoder)


def test_rows_are_unit_and_in_order():
    vectors = vectors_of(PROMPTS, Letters())
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert np.array_equal(vectors[0], vectors[2])
    assert np.array_equal(vectors[1], vectors[3]), "of a dialogue the last human turn is embedded"
    assert not np.array_equal(vectors[0], vectors[1])


def test_the_whole_prompt_is_another_text():
    vectors = vectors_of(PROMPTS, Letters(), View.WHOLE)
    assert not np.array_equal(vectors[1], vectors[3])


def test_what_is_on_disk_is_not_embedded_again():
    encoder = Letters()
    first = vectors_of(PROMPTS, encoder)
    assert encoder.seen == 2  # two distinct texts
    assert np.array_equal(vectors_of(PROMPTS, encoder), first)
    assert encoder.seen == 2
    vectors_of([*PROMPTS, "New?"], encoder)
    assert encoder.seen == 5


def test_some_prompts_come_from_the_whole_sets_file(monkeypatch):
    whole = vectors_of(PROMPTS, Letters())
    monkeypatch.setattr("rpo.prompts.encoder.open_encoder", lambda name: pytest.fail("must not open the encoder"))
    assert np.array_equal(embed_some(PROMPTS[1:3], PROMPTS, "letters"), whole[1:3])


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_is_refused_and_not_kept(bad):
    class Broken(Letters):
        def encode(self, texts, progress):
            return np.full((len(texts), 4), bad, dtype=np.float32)

    with pytest.raises(RpoError, match="gave none for row 0"):
        vectors_of(PROMPTS, Broken())
    assert list(home.folder("vectors").iterdir()) == []


def test_nothing_to_embed_is_refused():
    with pytest.raises(RpoError, match="at least one prompt"):
        vectors_of([], Letters())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(0, 29), st.integers(1, 40), st.integers(0, 100))
def test_neighbours_are_sorted_exact_and_not_oneself(count, row, wanted, seed):
    row %= count
    vectors = np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, cosines = neighbours(vectors, row, wanted)
    assert row not in rows
    assert len(rows) == min(wanted, count - 1)
    expected = np.sort(np.delete(vectors @ vectors[row], row))[::-1][:wanted]
    assert np.allclose(cosines, expected, atol=1e-6)


def test_neighbours_among_exact_duplicates():
    vectors = np.ones((6, 3), dtype=np.float32) / np.sqrt(3)
    rows, cosines = neighbours(vectors, 2, 3)
    assert 2 not in rows
    assert len(rows) == 3
    assert np.allclose(cosines, 1)
    assert len(nearest(vectors, vectors[0], 99)[0]) == 6


@pytest.mark.weights
def test_the_real_encoder_knows_what_is_alike(real_weights):
    texts = ["How do I boil an egg?", "What is the way to cook an egg in water?", "Should I lease a car?"]
    vectors = embed(texts, weights.ENCODER)
    assert vectors.shape == (3, 384)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]
    assert open_encoder(weights.ENCODER).cut(["word " * 300, "short"]) == 1


def test_a_folder_that_is_no_encoder_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(RpoError, match="must be a sentence-transformers model"):
        open_encoder(str(tmp_path))
