"""The toy does what the page says of it."""

import torch

from rpo.training.toy import BAD, GOOD, Method, Toy, train_toy

TOY = Toy()
NOTHING = 7  # the prompt without data


def end(method, tau=0.3):
    return train_toy(TOY, method, tau).probabilities[-1]


def test_dpo_moves_pairs_only():
    moved = (end(Method.DPO) - 1 / 3).abs().sum(1) > 1e-6
    assert tuple(moved.nonzero().squeeze(1).tolist()) == TOY.paired


def test_rpo_reaches_every_prompt_with_data_and_no_other():
    for method in (Method.RPO, Method.UNIFORM):
        moved = (end(method) - 1 / 3).abs().sum(1) > 1e-6
        assert moved.tolist() == [prompt in TOY.liked + TOY.disliked for prompt in range(8)]
        assert not moved[NOTHING]


def test_liked_answers_rise_and_disliked_fall():
    last = end(Method.RPO)
    assert (last[list(TOY.liked), GOOD] > 1 / 3).all()
    assert (last[list(TOY.disliked), BAD] < 1 / 3).all()


def test_tau_decides_how_hard_a_lonely_dislike_is_pushed():
    """C has near liked kin, so a small tau gives it more weight than uniform weights do; no tau changes who is liked."""
    near = TOY.weights(0.05)[:, TOY.disliked.index(2)].sum()
    far = TOY.weights(50.0)[:, TOY.disliked.index(2)].sum()
    assert near != far
    assert torch.allclose(end(Method.RPO, 1e6), end(Method.UNIFORM), atol=1e-6)


def test_probabilities_and_steps():
    run = train_toy(TOY, Method.RPO, 0.5, steps=7)
    assert run.probabilities.shape == (8, 8, 3)
    assert torch.allclose(run.probabilities.sum(2), torch.ones(8, 8, dtype=torch.float64))
    assert torch.equal(run.probabilities, train_toy(TOY, Method.RPO, 0.5, steps=7).probabilities)
