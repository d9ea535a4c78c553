"""Turning prompts into unit vectors, once: the encoder protocol, sentence-transformers behind it, and a cache on disk.

Cosine between two vectors says how alike two prompts are. MiniLM reads 256 word pieces from the front, so of a long dialogue the
last human turn is embedded by default, and how many prompts are cut can be asked. Not a vector database: one file per list.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rpo import home, weights
from rpo.errors import RpoError
from rpo.preferences import last_turn

BATCH = 64

Progress = Callable[[float, str], None]


class View(StrEnum):
    """What of a prompt the encoder reads."""

    LAST_TURN = "last turn"
    WHOLE = "whole prompt"

    def of(self, prompt: str) -> str:
        """The text to embed."""
        return last_turn(prompt) if self is View.LAST_TURN else prompt.strip()


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    name: str

    def encode(self, texts: Sequence[str], progress: Progress) -> np.ndarray:
        """Vectors (N, D) float32 with unit rows, in the order of the texts."""
        ...

    def cut(self, texts: Sequence[str]) -> int:
        """How many of the texts are longer than the encoder reads."""
        ...


class SentenceEncoder:
    """A sentence-transformers model: the demo encoder, a local folder, or a Hugging Face id."""

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self.model: Any = weights.library("sentence_transformers").SentenceTransformer(
                weights.locate(name), trust_remote_code=False, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError) as error:
            raise RpoError(f"the encoder must be a sentence-transformers model, {name!r} did not open: {error}") from error

    def encode(self, texts: Sequence[str], progress: Progress) -> np.ndarray:
        """Vectors (N, D) float32 with unit rows; texts of like length share a batch."""
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        parts = []
        for start in range(0, len(order), BATCH):
            batch = [texts[number] for number in order[start : start + BATCH]]
            parts.append(self.model.encode(batch, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False))
            progress(
                min(1.0, (start + BATCH) / len(order)), f"embedding {min(start + BATCH, len(order))} of {len(order)} prompts"
            )
        vectors = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(parts)
        return vectors

    def cut(self, texts: Sequence[str]) -> int:
        """How many texts have more word pieces than the model reads."""
        tokens = self.model.tokenizer(list(texts), add_special_tokens=True, truncation=False, verbose=False)["input_ids"]
        return sum(len(ids) > self.model.max_seq_length for ids in tokens)


@lru_cache(maxsize=2)
def open_encoder(name: str) -> Encoder:
    """The encoder of that name, loaded once a process."""
    return SentenceEncoder(name)


def embed(
    prompts: Sequence[str],
    encoder: str,
    view: View = View.LAST_TURN,
    progress: Progress = lambda part, message: None,
    open_with: Callable[[str], Encoder] = open_encoder,
) -> np.ndarray:
    """Unit vectors (N, D) float32 of the prompts, from disk when these texts met this encoder before.

    Raises `RpoError` for an empty list or an encoder that gives zero, infinite or missing numbers.
    """
    if len(prompts) == 0:
        raise RpoError("there must be at least one prompt to embed, got none; choose other data")
    distinct = list(dict.fromkeys(view.of(prompt) for prompt in prompts))
    rows = {text: row for row, text in enumerate(distinct)}
    vectors = _stored(distinct, encoder, progress, open_with)
    return vectors[[rows[view.of(prompt)] for prompt in prompts]]


def embed_some(wanted: Sequence[str], everything: Sequence[str], encoder: str, view: View = View.LAST_TURN) -> np.ndarray:
    """Unit vectors (M, D) of some prompts of a set: from the whole set's file where it exists, else embedded on their own."""
    distinct = list(dict.fromkeys(view.of(prompt) for prompt in everything))
    path = _file(distinct, encoder)
    if not path.exists():
        return embed(wanted, encoder, view)
    rows = {text: row for row, text in enumerate(distinct)}
    return np.load(path, mmap_mode="r")[[rows[view.of(prompt)] for prompt in wanted]]


def _file(texts: list[str], name: str) -> Path:
    return home.folder("vectors") / f"{home.digest(weights.fingerprint(name), more=texts)}.npy"


def _stored(texts: list[str], name: str, progress: Progress, open_with: Callable[[str], Encoder]) -> np.ndarray:
    path = _file(texts, name)
    if path.exists():
        return np.load(path)
    progress(0.0, f"opening {name}")
    vectors = unit(open_with(name).encode(texts, progress), name)
    home.write_with(path, lambda file: np.save(file, vectors))
    return vectors


def unit(vectors: np.ndarray, name: str) -> np.ndarray:
    """The rows scaled to length 1; a row without a direction is refused."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(lengths[:, 0]) | (lengths[:, 0] == 0))
    if len(bad):
        raise RpoError(
            f"every prompt must get a finite vector, {name} gave none for row {bad[0]}; look at that prompt or change it"
        )
    return (vectors / lengths).astype(np.float32)
