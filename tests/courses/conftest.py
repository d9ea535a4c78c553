"""Real runs of the small model, with their evaluations along the way."""

import pytest

from rpo import embeddings, storage
from rpo.preferences import Kind
from rpo.runs import Run
from rpo.spec import RunSpec
from rpo.training.dataset import Examples
from rpo.training.trainer import train

SMALL = {
    "steps": 4, "evaluations": 2, "held_out": 12, "samples": 0, "contrast_size": 4, "prompt_tokens": 24, "answer_tokens": 16,
    "lr": 1e-2, "warmup": 1,
}  # fmt: skip


@pytest.fixture
def trained(known_layouts, tiny_model, stub_vectors, few, monkeypatch):
    """`trained(name, objective="dpo")`: a run that has ended; letter counts stand in for its encoder when it is read too.

    `trained.weights` are those of all its batches, held-out ones last.
    """
    monkeypatch.setattr(
        embeddings, "embed_some", lambda wanted, everything, encoder, view: embeddings.embed(wanted, encoder, view, None)
    )
    real = Examples.weights
    monkeypatch.setattr(Examples, "weights", lambda self, *batch: go.weights.append(real(self, *batch)) or go.weights[-1])

    def go(name="run", **change):
        kind = RunSpec(**change).objective.kind
        run = Run(storage.folder("runs", name))
        spec = RunSpec(**{"model": str(tiny_model), "data": few[Kind(kind)], **SMALL, **change})
        storage.write_json(run.folder / "spec.json", spec.as_dict())
        train(run, lambda part, words: None)
        return run

    go.weights = []
    return go
