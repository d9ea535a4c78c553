"""What a loss sees: sums over an answer's tokens or means, with a reference or without; IPO has both, SimPO means alone."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from rpo import storage
from rpo.courses.playback import replay
from rpo.fields import Rejected
from rpo.models.load import open_policy
from rpo.preferences import load
from rpo.runs.data import data_of
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.tokens.tokenizer import tokens_of
from rpo.training.dataset import Examples, ReferenceStore, examples
from rpo.training.gradients import batch_logprobs
from rpo.training.seen import as_seen, nll_loss, objective
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


def scores_of_trl(values, lengths):
    """TRL 1.16: chosen rows first; their and the rejected rows' scores, and the same a token."""
    chosen, rejected = values[0::2], values[1::2]
    return chosen, rejected, chosen / lengths[0::2], rejected / lengths[1::2]


OF_TRL = {
    "sigmoid": ({}, lambda c, r, ca, ra, b, e: -logsigmoid(b * (c - r))),
    "hinge": ({"link": "hinge"}, lambda c, r, ca, ra, b, e: torch.relu(1 - b * (c - r))),
    "ipo": ({"link": "squared", "length_normalised": True}, lambda c, r, ca, ra, b, e: (ca - ra - 1 / (2 * b)) ** 2),
    "sigmoid_norm": ({"length_normalised": True}, lambda c, r, ca, ra, b, e: -logsigmoid(b * (ca - ra))),
    "robust": (
        {"noise": 0.2},
        lambda c, r, ca, ra, b, e: (-(1 - e) * logsigmoid(b * (c - r)) + e * logsigmoid(-b * (c - r))) / (1 - 2 * e),
    ),
}
"""Names of `DPOTrainer._compute_loss` in TRL 1.16: our settings, and its value a pair of chosen and rejected scores, summed and a
token, of β and of its label smoothing."""


@pytest.mark.parametrize("name", OF_TRL)
@pytest.mark.parametrize("objective_name", [Objective.DPO, Objective.RPO_PAIRED])
def test_links_are_trls(tiny_model, name, objective_name):
    """RPO of one prompt at a time is DPO, whatever the link."""
    settings, theirs = OF_TRL[name]
    spec = RunSpec(model=str(tiny_model), objective=objective_name, beta=0.3, **settings)
    policy = open_policy(spec)
    rows = [policy.row(f"Why {n}?", "Because. " * (n + 1), "No" * (5 - n)) for n in range(4)]
    ratios = torch.randn(8, generator=torch.Generator().manual_seed(0)) * 20
    lengths = torch.tensor([len(answer) for row in rows for answer in row.answers])
    expected = theirs(*scores_of_trl(ratios, lengths), 0.3, spec.noise)
    seen, loss = as_seen(spec, ratios, rows), objective(spec)
    ours = [loss(seen[2 * n : 2 * n + 1], seen[2 * n + 1 : 2 * n + 2], torch.ones(1, 1), 0.0).item() for n in range(4)]
    assert ours == pytest.approx(expected.tolist(), rel=1e-5)


def test_the_likelihood_that_is_added_is_trls_sft(tiny_model):
    spec = RunSpec(model=str(tiny_model), nll=0.7)
    policy = open_policy(spec)
    rows = [policy.row(f"Why {n}?", "Because. " * (n + 1), "No" * (5 - n)) for n in range(4)]
    logprobs = policy.logprobs(rows).detach()
    lengths = [len(row.answers[0]) for row in rows]
    of_tokens = torch.cat([(total / count).repeat(count) for total, count in zip(logprobs[0::2], lengths, strict=True)])
    assert float(nll_loss(spec, logprobs, rows)) == pytest.approx(-0.7 * of_tokens.mean().item(), rel=1e-6)
    assert nll_loss(replace(spec, nll=0.0), logprobs, rows) == 0.0


FEW = {"steps": 4, "contrast_size": 4, "held_out": 8, "samples": 0, "lr": 1e-2, "warmup": 1}


@pytest.fixture
def pairs(tmp_path):
    """Twelve pairs whose answers have other lengths, four of them held out."""
    data = tmp_path / "pairs.jsonl"
    rows = [
        {"prompt": f"Why {n}?", "chosen": "So. " * (n + 1), "rejected": "No.", "split": "test" if n in (1, 4, 7, 10) else "train"}
        for n in range(12)
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return data


def run_of(spec):
    run = Run(storage.folder("runs", "run"))
    storage.write_json(run.folder / "spec.json", spec.as_dict())
    return run


@pytest.mark.parametrize("micro", [1, 8])
def test_a_run_learns_means_and_reports_sums(tiny_model, pairs, micro):
    spec = RunSpec(model=str(tiny_model), data=str(pairs), objective=Objective.IPO, length_normalised=True, **FEW)
    run = run_of(replace(spec, micro_batch=micro))
    train(run, lambda progress, message: None)
    assert run.metrics[0]["loss"] == pytest.approx(1 / (4 * spec.beta**2), rel=1e-5)  # no margin yet
    last, ratios = run.evaluations[-1], run.logratios()
    margins = [chosen - rejected for chosen, rejected in ratios.values()]
    assert last["margin"] == pytest.approx(spec.beta * np.mean(margins), rel=1e-4)  # of sums, as are accuracy and rewards
    lengths = lengths_of(spec)
    means = [chosen / lengths[name][0] - rejected / lengths[name][1] for name, (chosen, rejected) in ratios.items()]
    assert last["loss"] == pytest.approx(np.mean([(mean - 1 / (2 * spec.beta)) ** 2 for mean in means]), rel=1e-5)


@pytest.mark.parametrize(
    "settings", [{"link": "hinge"}, {"link": "squared", "noise": 0.1}, {"length_normalised": True}, {"nll": 0.5}]
)
def test_a_loss_of_the_family_is_the_same_in_one_pass_and_in_two(tiny_model, pairs, settings):
    figures = []
    for micro in (8, 1):
        run = run_of(RunSpec(model=str(tiny_model), data=str(pairs), micro_batch=micro, weighting="uniform", **FEW, **settings))
        train(run, lambda progress, message: None)
        figures.append([record["loss"] for record in (*run.metrics, *run.evaluations)])
        shutil.rmtree(run.folder)
    assert figures[1] == pytest.approx(figures[0], rel=1e-4)


def test_a_run_with_likelihood_records_what_its_held_out_answers_have(tiny_model, pairs):
    """Before the first step too, where a loss of log-ratios is known without any pass; and the chosen answers gain by it."""
    settings = {"model": str(tiny_model), "data": str(pairs), "objective": Objective.DPO, **FEW}
    plain, added = (RunSpec(**settings, nll=nll) for nll in (0.0, 2.0))
    lines = []
    for spec in (plain, added):
        run = run_of(spec)
        train(run, lambda progress, message: None)
        lines.append((run.evaluations, run.metrics))
        shutil.rmtree(run.folder)
    (plainly, _), (evaluations, metrics) = lines
    assert plainly[0]["loss"] == pytest.approx(np.log(2), rel=1e-5)
    assert evaluations[0]["loss"] > np.log(2) + 1
    assert metrics[0]["loss"] > np.log(2) + 1
    assert evaluations[-1]["chosen_reward"] > plainly[-1]["chosen_reward"]


def test_a_run_on_answers_to_other_prompts_has_their_log_ratios(tiny_model, pairs):
    """Those of the data's rejected answers are others; the picture over training finds the rows again."""
    spec = RunSpec(model=str(tiny_model), data=str(pairs), objective=Objective.DPO, rejected=Rejected.OTHERS, **FEW)
    run = run_of(spec)
    train(run, lambda progress, message: None)
    rows = data_of(spec).held_out
    assert set(rows["id"]) & set(run.logratios("held-out"))
    assert not set(load(spec.data).rows["id"]) & set(run.logratios("held-out"))
    assert replay(run).rows[0] in rows["prompt"]
    policy = open_policy(spec, adapter=run.folder / "adapter")
    tokens = [policy.row(row["prompt"], row["chosen"], row["rejected"]) for row in rows]
    with policy.reference():
        reference = batch_logprobs(policy, tokens, 8)
    ratios = (batch_logprobs(policy, tokens, 8) - reference).view(-1, 2).tolist()
    known = run.logratios("held-out")
    assert [known[name] for name in rows["id"]] == [pytest.approx(pair, abs=1e-4) for pair in ratios]


def lengths_of(spec):
    """Tokens of both answers of each row, by its id."""
    tokens = tokens_of(spec)
    rows = {row["id"]: tokens.row(row["prompt"], row["chosen"], row["rejected"]) for row in load(spec.data).rows}
    return {name: [len(answer) for answer in row.answers] for name, row in rows.items()}


def simpo_of_trl(chosen_logps, rejected_logps, beta, simpo_gamma):
    """TRL 1.16, `CPOTrainer.cpo_loss`, "simpo": of mean log-probabilities; without label smoothing and AlphaPO."""
    logits = chosen_logps - rejected_logps - simpo_gamma / beta
    return -torch.nn.functional.logsigmoid(beta * logits).mean()


def test_simpo_is_trls_on_means_over_all_tokens(tiny_model):
    spec = RunSpec(model=str(tiny_model), objective=Objective.SIMPO, beta=2.5, gamma=0.7)
    policy = open_policy(spec)
    rows = [policy.row(f"Why {n}?", "Because. " * (n + 1), "No" * (5 - n)) for n in range(4)]
    logprobs = policy.logprobs(rows).detach()
    lengths = torch.tensor([len(answer) for row in rows for answer in row.answers])
    seen = as_seen(spec, logprobs, rows)
    assert torch.equal(seen, logprobs / lengths)
    ours = objective(spec)(seen[0::2], seen[1::2], torch.eye(4), 0.0)
    assert ours.item() == pytest.approx(simpo_of_trl(seen[0::2], seen[1::2], 2.5, 0.7).item(), rel=1e-6)


@pytest.fixture
def referred(monkeypatch):
    """The rows whose reference log-probabilities a run asks for."""
    asked, reference = [], Examples.reference

    def heard(examples, rows, *how):
        asked.extend(rows)
        return reference(examples, rows, *how)

    monkeypatch.setattr(Examples, "reference", heard)
    return asked


@pytest.mark.weights
@pytest.mark.parametrize("name", Objective)
def test_a_reference_is_computed_for_training_rows_only_where_the_loss_looks_at_it(
    tiny_model, stub_vectors, pairs, referred, name
):
    run = run_of(RunSpec(model=str(tiny_model), data=str(pairs), objective=name, **{**FEW, "steps": 2}))
    train(run, lambda progress, message: None)
    policy, rows = tokens_of(run.spec), data_of(run.spec)
    held_out = set(examples(policy, rows.held_out, rows.kind, ReferenceStore("none")).rows)
    assert (set(referred) <= held_out) is not name.entry.reference
    assert bool(run.logratios("train")) is name.entry.reference
    assert set(run.logratios()) == set(rows.held_out["id"])
    assert run.splits == (("held-out", "train") if name.entry.reference else ("held-out",))


def test_simpo_reports_its_own_rewards_in_training_and_log_ratios_on_held_out_rows(tiny_model, pairs):
    spec = RunSpec(model=str(tiny_model), data=str(pairs), objective=Objective.SIMPO, beta=2.0, gamma=0.5, **FEW)
    run = run_of(spec)
    policy, data = open_policy(spec, trainable=False), data_of(spec)
    store = ReferenceStore("none")
    held_out, train_on = (examples(policy, rows, data.kind, store) for rows in (data.held_out, data.train))
    first = next(train_on.batches(spec))
    rows = [train_on.rows[row] for row in first.chosen]
    means = as_seen(spec, batch_logprobs(policy, rows, 8), rows)
    train(run, lambda progress, message: None)
    assert run.metrics[0]["chosen_reward"] == pytest.approx(2.0 * means[0::2].mean().item(), rel=1e-4)
    assert run.metrics[0]["margin"] == pytest.approx(2.0 * (means[0::2] - means[1::2]).mean().item(), rel=1e-3, abs=1e-5)
    before, after = run.evaluations
    assert (before["margin"], before["accuracy"]) == (0.0, 0.5)
    seen = as_seen(spec, batch_logprobs(policy, held_out.rows, 8), held_out.rows)
    assert before["loss"] == pytest.approx(simpo_of_trl(seen[0::2], seen[1::2], 2.0, 0.5).item(), rel=1e-4)
    margins = [chosen - rejected for chosen, rejected in run.logratios().values()]
    assert after["margin"] == pytest.approx(2.0 * np.mean(margins), rel=1e-4)
    assert after["loss"] < before["loss"]
