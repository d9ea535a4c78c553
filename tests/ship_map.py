"""Make `rpo/embeddings/embedded.npz` anew with the demo encoder: `python -m tests.ship_map`. Needs the demo weights."""

import numpy as np

from rpo import embeddings, weights
from rpo.embeddings.cache import SILENT, unit
from rpo.embeddings.projection import pca, umap
from rpo.embeddings.shipped import ARCHIVE, DRAWN_WITH, prompts_digest
from rpo.preferences import EMBEDDED, load


def made() -> dict[str, np.ndarray]:
    """The parts of the file, from the encoder itself."""
    prompts = load(EMBEDDED).prompts
    encoder = embeddings.open_encoder(weights.ENCODER)
    vectors = unit(encoder.encode(prompts, SILENT), prompts, encoder.name)
    graph, points = embeddings.knn(vectors, DRAWN_WITH), pca(vectors)
    topics, finer = embeddings.topic_levels(vectors, prompts)
    drawn = umap(vectors, graph, points, DRAWN_WITH)
    of_prompts = {
        "digest": np.array(prompts_digest(prompts)),
        "vectors": vectors,
        "cut": encoder.cut(prompts),
        "topics": np.array(topics),
        "finer": np.array(finer),
    }
    return {**of_prompts, "pca": points, "umap": drawn, "indices": graph[0], "distances": graph[1]}


if __name__ == "__main__":
    with ARCHIVE.open("wb") as file:
        np.savez_compressed(file, **made())
