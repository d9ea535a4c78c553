"""What prompts are about, guessed: clusters of their vectors, each named by the words that set it apart.

Not a truth about the data and not slices: another encoder or seed draws other borders. k-means and word counts of scikit-learn.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np

FEWEST_TOPICS, MOST_TOPICS = 2, 9  # topics: as many as there are colours that all readers tell apart
FINER = 4  # times as many, for names that come as one looks closer
PROMPTS_CLUSTERED = 5_000  # prompts from which centres and names are learned; every prompt then goes to its nearest centre
WORDS_A_TOPIC = 3  # words in a name
WORD_PATTERN = r"(?u)\b[^\W\d_]{3,}\b"  # letters of any script, three at least


def name_topics(
    vectors: np.ndarray, texts: Sequence[str], seed: int = 0, clustered: int = PROMPTS_CLUSTERED, most: int = MOST_TOPICS
) -> tuple[str, ...]:
    """The name of each prompt's topic, from unit vectors (N, D) and what the encoder read, learned from `clustered` of them."""
    if len(texts) < 2 * FEWEST_TOPICS:
        return ("all",) * len(texts)
    some = np.sort(np.random.default_rng(seed).permutation(len(texts))[:clustered])
    labels = _clusters(vectors, some, seed, most)
    names = _names([str(texts[row]) for row in some], labels[some])
    return tuple(names[label] for label in labels.tolist())


def topic_levels(vectors: np.ndarray, texts: Sequence[str], seed: int = 0) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The name of each prompt's topic, and of its finer topic."""
    return name_topics(vectors, texts, seed), name_topics(vectors, texts, seed, most=FINER * MOST_TOPICS)


def _clusters(vectors: np.ndarray, some: np.ndarray, seed: int, most: int) -> np.ndarray:
    """Each row's cluster (N,), numbered from the largest."""
    from sklearn.cluster import KMeans

    distinct = len(np.unique(vectors[some], axis=0))
    count = min(most, max(FEWEST_TOPICS, round(math.sqrt(len(vectors) / 2))), distinct)
    model: Any = KMeans(count, n_init=cast("Any", 2), random_state=seed)
    labels = model.fit(vectors[some]).predict(vectors)
    return np.argsort(np.argsort(-np.bincount(labels), kind="stable"))[labels]


def _names(texts: Sequence[str], labels: np.ndarray) -> list[str]:
    """The words that most of a cluster's texts have and few others; a name that is taken, or has no words, gets a number."""
    from sklearn.feature_extraction.text import CountVectorizer

    clusters = np.arange(labels.max() + 1)
    try:
        model = CountVectorizer(stop_words="english", token_pattern=WORD_PATTERN, binary=True, max_features=50_000)
        seen: Any = model.fit_transform(texts)
    except ValueError:  # no word in any of them
        return [f"topic {number + 1}" for number in clusters]
    inside = np.stack([np.asarray(seen[labels == label].mean(axis=0)).ravel() for label in clusters])
    scores = inside * np.log(np.maximum(inside, 1e-9) / np.asarray(seen.mean(axis=0)).ravel())
    words = model.get_feature_names_out()
    ranked = np.argsort(np.where(inside > 0, -scores, np.inf), axis=1, kind="stable")[:, :WORDS_A_TOPIC]
    best = [", ".join(str(words[place]) for place in row if inside[label, place] > 0) for label, row in enumerate(ranked)]
    return [name if name and best.index(name) == place else f"{name or 'topic'} {place + 1}" for place, name in enumerate(best)]
