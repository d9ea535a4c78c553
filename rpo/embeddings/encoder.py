"""Turning texts into unit vectors: what of a prompt is read, the encoder protocol, and sentence-transformers behind it.

Cosine between two vectors says how alike two prompts are. MiniLM reads 256 word pieces from the front, so of a long dialogue the
last human turn is embedded by default, and which texts are cut can be asked. Not a cache: `cache` keeps what was encoded.
"""

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from rpo import weights
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Progress

TEXTS_A_PASS = 64  # texts in one forward pass
TOKENIZED = 4096  # texts cut into word pieces at once
CHARACTERS_READ = 1000  # characters of a text beyond which encoders commonly read nothing
EACH = 20  # what a text costs besides its own characters, in characters
FIRST_ESTIMATE_SECONDS = 5.0  # seconds after which a rate is worth reporting


class Encoder(Protocol):
    """Anything that turns texts into vectors."""

    name: str

    def encode(self, texts: Sequence[str], progress: Progress) -> np.ndarray:
        """Vectors (N, D) float32 with unit rows, in the order of the texts."""
        ...

    def cut(self, texts: Sequence[str]) -> np.ndarray:
        """Which of the N texts are longer than the encoder reads: booleans (N,)."""
        ...


class SentenceEncoder:
    """A sentence-transformers model: the demo encoder, a local folder, or a Hugging Face id."""

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            where, library = weights.openable(name), weights.library("sentence_transformers")
            with weights.BUILDING:
                options = {"trust_remote_code": False, "model_kwargs": {"use_safetensors": True}}
                self.model: Any = library.SentenceTransformer(where, **options)
        except (OSError, ValueError) as error:
            raise RpoError(f"the encoder must be a sentence-transformers model, {name!r} did not open: {error}") from error

    def encode(self, texts: Sequence[str], progress: Progress) -> np.ndarray:
        """Vectors (N, D) float32 with unit rows; texts of like length share a batch."""
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        parts = []
        for start in range(0, len(order), TEXTS_A_PASS):
            batch = [texts[number] for number in order[start : start + TEXTS_A_PASS]]
            parts.append(self.model.encode(batch, batch_size=TEXTS_A_PASS, normalize_embeddings=True, show_progress_bar=False))
            done = start + len(batch)
            progress(done / len(order), f"embedding {done:,} of {quantity(len(order), 'prompt')}")
        vectors = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(parts)
        return vectors

    def cut(self, texts: Sequence[str]) -> np.ndarray:
        """Which texts have more word pieces than the model reads."""
        return too_long(texts, self.model.tokenizer, self.model.max_seq_length)


def too_long(texts: Sequence[str], tokenizer: Any, most: int, at_once: int = TOKENIZED) -> np.ndarray:
    """Which texts have more than `most` of a transformers tokenizer's pieces, (N,); `at_once` of them are cut at a time."""
    plain = {"return_attention_mask": False, "return_token_type_ids": False, "truncation": False, "verbose": False}
    batches = (list(texts[start : start + at_once]) for start in range(0, len(texts), at_once))
    pieces = (ids for batch in batches for ids in tokenizer(batch, add_special_tokens=True, **plain)["input_ids"])
    return np.array([len(ids) > most for ids in pieces], dtype=bool)


@lru_cache(maxsize=2)
def open_encoder(name: str) -> Encoder:
    """The encoder of that name, loaded once a process."""
    return SentenceEncoder(name)


class EncodingProgress:
    """Called with how many of the texts are done, it reports share, rate and time left to `progress`."""

    def __init__(self, texts: Sequence[str], progress: Progress) -> None:
        self.work = np.cumsum([0, *(min(len(text), CHARACTERS_READ) + EACH for text in texts)])
        self.progress, self.known, self.began = progress, 0, time.monotonic()

    def skip(self, known: int) -> None:
        """The first `known` texts were there already; the clock starts anew."""
        self.known, self.began = known, time.monotonic()
        self(known)

    def part(self, first: int, count: int) -> Progress:
        """The progress of an encoder on the `count` texts that come after the `first` ones."""
        return Progress(lambda share, _: self(first + round(share * count)))

    def __call__(self, done: int) -> None:
        """The first `done` texts are encoded."""
        total, spent = len(self.work) - 1, time.monotonic() - self.began
        words = f"embedding {done:,} of {quantity(total, 'prompt')}"
        if spent > FIRST_ESTIMATE_SECONDS and done > self.known:
            left = spent * (self.work[-1] - self.work[done]) / (self.work[done] - self.work[self.known])
            rate = (done - self.known) / spent
            words += f", {f'{rate:,.0f}' if rate >= 1 else f'{rate:.1g}'} a second, {_duration(left)} left"
        self.progress(float(self.work[done] / self.work[-1]), words)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes / 60:.1f} h"
