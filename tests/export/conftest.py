"""A run of the small model that is over, with an adapter that changes its answers."""

import pytest

from rpo import storage
from rpo.jsonl import append_line
from rpo.runs import Run
from rpo.spec import RunSpec


@pytest.fixture
def made(rpo_home, tiny_model, few):
    """`made(name, scale, **fields)`: a run whose adapter's weights are drawn at random, so that it is far from its base."""
    import torch

    from rpo.models.load import open_base, with_adapter
    from rpo.models.policy import Policy
    from rpo.preferences import Kind
    from rpo.tokens.tokenizer import Tokens

    def of(name="20260102-030405-rpo-paired-abcd", scale=0.2, **fields):
        known = {"model": str(tiny_model), "data": few[Kind.PAIRED], "prompt_tokens": 64, "answer_tokens": 32}
        spec = RunSpec(**{**known, "steps": 2, **fields})
        one = Run(storage.folder("runs", name))
        storage.write_json(one.folder / "spec.json", spec.as_dict())
        storage.write_json(one.folder / "state.json", {"status": "done", "progress": 1.0, "message": ""})
        append_line(one.folder / "metrics.jsonl", {"step": 2, "loss": 0.7})
        append_line(one.folder / "evaluations.jsonl", {"step": 2, "n": 6, "accuracy": 0.75, "margin": 0.2, "kl": 0.03})
        tokenizer, base = open_base(spec, torch.device("cpu"))
        policy = Policy(with_adapter(spec, base), Tokens(tokenizer, 64, 32))
        torch.manual_seed(1)
        with torch.no_grad():
            for value in policy.trainable().values():
                value.normal_(0, scale)
        policy.save(one.folder / "adapter")
        return one

    return of


@pytest.fixture
def run(made):
    """One such run."""
    return made()
