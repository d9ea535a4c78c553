"""IPO's two forms: sums over an answer's tokens, as in the paper's code, and means, as in TRL."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from rpo import storage
from rpo.errors import RpoError
from rpo.models.load import open_policy
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.objectives import as_seen, objective
from rpo.training.trainer import train


def of_trl(scores, mask, beta):
    """TRL 1.16, `DPOTrainer._compute_loss`, "ipo": chosen rows first, `mask` (rows, tokens) is 1 on all tokens of the answer."""
    chosen_scores, rejected_scores = scores.chunk(2, dim=0)
    chosen_mask, rejected_mask = mask.chunk(2, dim=0)
    chosen_avg_score = chosen_scores / chosen_mask.sum(dim=1).clamp(min=1.0)
    rejected_avg_score = rejected_scores / rejected_mask.sum(dim=1).clamp(min=1.0)
    return ((chosen_avg_score - rejected_avg_score - 1 / (2 * beta)) ** 2).mean()


@pytest.mark.parametrize("beta", [0.05, 0.5])
def test_means_over_tokens_are_trls_ipo(tiny_model, beta):
    spec = RunSpec(model=str(tiny_model), objective=Objective.IPO, length_normalised=True, beta=beta)
    policy = open_policy(spec)
    rows = [policy.row(f"Why {n}?", "Because. " * (n + 1), "No" * (5 - n)) for n in range(4)]
    ratios = torch.randn(8, generator=torch.Generator().manual_seed(0)) * 20
    seen = as_seen(spec, ratios, rows)
    ours = objective(spec)(seen[0::2], seen[1::2], torch.eye(4), 0.0)
    texts = [text for row in rows for text in policy.tokenizer.batch_decode(row.answers)]
    assert all(text.endswith("<end>") for text in texts)  # the end token is part of the answer, as in TRL's completion mask
    longest = max(len(answer) for row in rows for answer in row.answers)
    mask = torch.tensor([[n < len(answer) for n in range(longest)] for row in rows for answer in row.answers]).long()
    order = [*range(0, 8, 2), *range(1, 8, 2)]
    assert ours.item() == pytest.approx(of_trl(ratios[order], mask[order], beta).item(), rel=1e-6)
    plain = replace(spec, length_normalised=False)
    assert as_seen(plain, ratios, rows) is ratios
    assert objective(plain)(ratios[0::2], ratios[1::2], torch.eye(4), 0.0).item() != pytest.approx(ours.item(), rel=0.01)


@pytest.mark.parametrize("micro", [1, 8])
def test_a_run_learns_means_and_reports_sums(tiny_model, tmp_path, micro):
    data = tmp_path / "pairs.jsonl"
    rows = [
        {"prompt": f"Why {n}?", "chosen": "So. " * (n + 1), "rejected": "No.", "split": "test" if n > 7 else ""}
        for n in range(12)
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    few = {"steps": 6, "contrast_size": 4, "held_out": 4, "samples": 0, "lr": 1e-2, "warmup": 1}
    spec = RunSpec(model=str(tiny_model), data=str(data), objective=Objective.IPO, length_normalised=True, **few)
    run = Run(storage.folder("runs", "run"))
    storage.write_json(run.folder / "spec.json", replace(spec, micro_batch=micro).as_dict())
    train(run, lambda progress, message: None)
    assert run.metrics[0]["loss"] == pytest.approx(1 / (4 * spec.beta**2), rel=1e-5)  # no margin yet
    last, ratios = run.evaluations[-1], run.logratios()
    margins = [chosen - rejected for chosen, rejected in ratios.values()]
    assert last["margin"] == pytest.approx(spec.beta * np.mean(margins), rel=1e-4)  # of sums, as are accuracy and rewards
    lengths = {name: lengths_of(spec, row) for name, row in rows_of(spec).items()}
    means = [chosen / lengths[name][0] - rejected / lengths[name][1] for name, (chosen, rejected) in ratios.items()]
    assert last["loss"] == pytest.approx(np.mean([(mean - 1 / (2 * spec.beta)) ** 2 for mean in means]), rel=1e-5)


def rows_of(spec):
    from rpo.preferences import load

    return {row["id"]: row for row in load(spec.data).rows}


def lengths_of(spec, row):
    answers = open_policy(spec, trainable=False).row(row["prompt"], row["chosen"], row["rejected"]).answers
    return [len(answer) for answer in answers]


@pytest.mark.parametrize("name", [name for name in Objective if name is not Objective.IPO])
def test_other_objectives_refuse_means_in_words(name):
    with pytest.raises(RpoError, match=f"length_normalised must be false for {name}.*choose ipo"):
        RunSpec(objective=name, length_normalised=True)
