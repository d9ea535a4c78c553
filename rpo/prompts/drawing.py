"""Drawing a map in the background: read, embed, PCA, UMAP, each left on disk as soon as it is there.

`request` names the folder by what is asked and starts the process if nobody has; two pages that ask for the same map share it.
"""

from pathlib import Path

import numpy as np

from rpo import home, jobs, weights
from rpo.jobs import Report, Status
from rpo.preferences import load
from rpo.prompts.encoder import View, embed
from rpo.prompts.projection import pca, umap
from rpo.prompts.prompt_map import PromptMap


def request(source: str, encoder: str, view: View, seed: int = 0) -> Path:
    """The folder of this map, its process started unless it is at work or done; one that failed is left for `again`."""
    data = load(source)
    key = home.digest(weights.fingerprint(encoder), str(view), str(seed), more=data.prompts)
    folder = home.folder("maps", key)
    if jobs.look(folder).status in (Status.NEW, Status.STOPPED):
        home.write_json(folder / "spec.json", {"source": source, "encoder": encoder, "view": str(view), "seed": seed})
        jobs.start("rpo.prompts", folder)
    return folder


def again(folder: Path) -> None:
    """Start a map's process once more, after it failed or was lost; a second click changes nothing."""
    if not jobs.look(folder).active:
        jobs.start("rpo.prompts", folder)


def draw(folder: Path, report: Report) -> None:
    """Be the map's process."""
    spec = home.read_json(folder / "spec.json")
    report(0.0, "reading the data")
    prompts = load(spec["source"]).prompts
    vectors = embed(prompts, spec["encoder"], View(spec["view"]), lambda part, text: report(0.02 + 0.6 * part, text))
    _keep(folder / "pca.npy", pca(vectors))
    report(0.65, f"UMAP of {len(prompts)} prompts; the picture shown is a PCA until then")
    _keep(folder / "umap.npy", umap(vectors, spec["seed"]))


def method(folder: Path) -> str:
    """The best picture on disk so far: "umap", "pca", or "" for none."""
    return next((name for name in ("umap", "pca") if (folder / f"{name}.npy").exists()), "")


def opened(folder: Path, drawn_by: str) -> PromptMap:
    """The map as drawn by a method that `method` named."""
    spec = home.read_json(folder / "spec.json")
    prompts = load(spec["source"]).prompts
    vectors = embed(prompts, spec["encoder"], View(spec["view"]))
    return PromptMap(prompts, vectors, np.load(folder / f"{drawn_by}.npy"), spec["encoder"], spec["seed"], drawn_by)


def _keep(path: Path, points: np.ndarray) -> None:
    home.write_with(path, lambda file: np.save(file, points))
