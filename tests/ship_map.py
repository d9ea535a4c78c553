"""Make what is shipped of the embedded data anew with the demo encoder: `python -m tests.ship_map`. Needs the demo weights.

`rpo/embeddings/embedded.npz` has vectors, map and topics, `pages/serving/first_points.svg` what a newcomer sees of them at once.
"""

import numpy as np

from pages.serving.first_points import FILE
from rpo import embeddings, weights
from rpo.charts.colours import Groups
from rpo.charts.prompt_map import points_svg
from rpo.embeddings import PromptMap
from rpo.embeddings.cache import SILENT, unit
from rpo.embeddings.projection import pca, umap
from rpo.embeddings.shipped import ARCHIVE, DRAWN_WITH, prompts_digest, shipped
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


def picture() -> str:
    """Of the shipped map, coloured as Explore does at first."""
    data = load(EMBEDDED)
    known = shipped(data.prompts, weights.ENCODER)
    assert known is not None
    drawn = PromptMap(tuple(data.prompts), known.vectors, known.umap, weights.ENCODER, DRAWN_WITH, "umap")
    return points_svg(drawn, Groups("slice", tuple(data.slices)))


if __name__ == "__main__":
    with ARCHIVE.open("wb") as file:
        np.savez_compressed(file, **made())
    FILE.write_text(picture())
