"""The policy's log-probabilities against the plain way: one sequence at a time, all logits, log-softmax."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.models.load import open_policy
from rpo.models.packing import lines_of, pack
from rpo.spec import RunSpec
from rpo.tokens.types import Row
from tests.once import SHORT_TEXTS

pytestmark = pytest.mark.usefixtures("known_layouts")
TRIPLES = [
    ("How long do I boil an egg?", "Seven minutes.", "There are many ways to think about eggs."),
    ("Why?", "Because the pan was cold, so heat it for 2 minutes.", "Well."),
    ("\n\nHuman: Hello\n\nAssistant: Hi\n\nHuman: What now?\n\nAssistant:", "Sleep 8 hours.", "It depends on you."),
]


def wake(policy, size=0.1):
    """Give the adapter something to say: a fresh one is silent."""
    torch.manual_seed(1)
    for name, parameter in policy.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=size)


def plainly(policy, row, answer):
    logits = policy.model(input_ids=torch.tensor([row.prompt + answer])).logits[0].float().log_softmax(-1)
    return sum(logits[len(row.prompt) - 1 + place, token] for place, token in enumerate(answer))


def trained(policy):
    return [parameter for parameter in policy.model.parameters() if parameter.requires_grad]


def compare(policy):
    wake(policy)
    rows = [policy.row(*triple) for triple in TRIPLES]
    ours = policy.logprobs(rows)
    plain = torch.stack([plainly(policy, row, answer) for row in rows for answer in row.answers])
    pulls = torch.linspace(-1, 1, len(ours))
    gradients = [torch.autograd.grad((values * pulls).sum(), trained(policy)) for values in (ours, plain)]
    difference = sum(((a - b) ** 2).sum() for a, b in zip(*gradients, strict=True)).sqrt()
    size = sum((b**2).sum() for b in gradients[1]).sqrt()
    return (ours - plain).abs().max().item(), (difference / size).item()


def test_packed_rows_equal_single_sequences(tiny_model):
    error, gradient_error = compare(open_policy(RunSpec(model=str(tiny_model))))
    assert error < 1e-4
    assert gradient_error < 1e-5


@pytest.mark.weights
def test_packed_rows_equal_single_sequences_on_the_real_model(checked_model, real_weights):
    error, gradient_error = compare(open_policy(RunSpec(**SHORT_TEXTS)))
    assert error < 5e-4  # sums of up to 60 nats in float32
    assert gradient_error < 1e-4


def test_answers_do_not_see_each_other(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model)))
    wake(policy)
    prompt, one, other = TRIPLES[0]
    alone = policy.logprobs([policy.row(prompt, one)])
    beside = policy.logprobs([policy.row(prompt, one, other)])[0]
    changed = policy.logprobs([policy.row(prompt, one, "Something else entirely.")])[0]
    assert torch.allclose(alone[0], beside, atol=1e-4)
    assert torch.allclose(beside, changed, atol=1e-4)


def test_padding_changes_nothing(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model)))
    rows = [policy.row(*triple) for triple in TRIPLES]
    together = policy.logprobs(rows)
    apart = torch.cat([policy.logprobs([row]) for row in rows])
    assert torch.allclose(together, apart, atol=1e-4)


def test_the_adapter_off_is_the_reference(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model)))
    rows = [policy.row(*triple) for triple in TRIPLES]
    fresh = policy.logprobs(rows)
    assert policy.kl(rows) == pytest.approx(0, abs=1e-6)
    wake(policy, 0.5)
    with policy.reference():
        assert torch.equal(policy.logprobs(rows), fresh)
    assert (policy.logprobs(rows) - fresh).abs().max() > 1e-2
    assert policy.kl(rows) > 1e-4


def test_kl_against_an_explicit_sum(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model)))
    wake(policy, 0.5)
    row = policy.row(*TRIPLES[0][:2])
    ids, start = torch.tensor([row.prompt + row.answers[0]]), len(row.prompt) - 1
    with torch.no_grad():
        p = policy.model(input_ids=ids).logits[0, start:-1].log_softmax(-1)
        with policy.reference():
            q = policy.model(input_ids=ids).logits[0, start:-1].log_softmax(-1)
    assert policy.kl([row]) == pytest.approx((p.exp() * (p - q)).sum(-1).mean().item(), rel=1e-4)


def test_long_texts_are_cut_at_the_right_ends(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model), prompt_tokens=20, answer_tokens=10))
    row = policy.row("x" * 100, "y" * 100)
    assert len(row.prompt) == 20
    assert len(row.answers[0]) == 10
    assert policy.tokenizer.decode(row.prompt).endswith("[assistant]")
    assert policy.tokenizer.decode(row.answers[0]) == "y" * 10  # and so no end


def test_pack_places_every_answer_token_once():
    rows = [Row((5, 6, 7), ((8, 9), (10,))), Row((4,), ((3, 2, 1),))]
    packed = pack(rows, pad=0)
    assert packed.answers == 3
    assert packed.targets.tolist() == [8, 9, 10, 3, 2, 1]
    assert packed.owners.tolist() == [0, 0, 1, 2, 2, 2]
    assert packed.ids.tolist() == [[5, 6, 7, 8, 9, 10], [4, 3, 2, 1, 0, 0]]
    assert packed.positions[0].tolist() == [0, 1, 2, 3, 4, 3]
    assert not packed.mask[0, 0, 5, 3]  # the second answer does not see the first
    assert packed.mask[0, 0, 5, :3].all()


def test_short_rows_share_a_line_and_do_not_see_each_other():
    rows = [Row((1,), ((2,),)), Row((3, 4, 5), ((6, 7),)), Row((8,), ((9, 1),))]
    packed = pack(rows, pad=0)
    assert packed.ids.tolist() == [[3, 4, 5, 6, 7], [8, 9, 1, 1, 2]]
    assert packed.positions[1].tolist() == [0, 1, 2, 0, 1]
    assert not packed.mask[1, 0, 3:, :3].any()
    assert packed.mask[:, 0].diagonal(dim1=1, dim2=2).all()


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
def test_lines_hold_every_row_once_and_none_is_too_long(lengths):
    lines, width = lines_of(lengths)
    assert sorted(number for line in lines for number in line) == list(range(len(lengths)))
    assert max(sum(lengths[number] for number in line) for line in lines) == width == max(lengths)
    assert len(lines) <= max(1, 2 * sum(lengths) / width)  # first fit leaves at most one line less than half full


def test_greedy_answers_repeat(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model)))
    prompts = [triple[0] for triple in TRIPLES]
    assert policy.write(prompts, 8) == policy.write(prompts, 8)


def test_an_answer_knows_whether_the_limit_of_tokens_cut_it(tiny_model):
    policy = open_policy(RunSpec(model=str(tiny_model)))
    prompts = [triple[0] for triple in TRIPLES][:2]
    cut = policy.answers(prompts, 6)
    assert [(one.text, one.cut) for one in cut] == [(text, True) for text in policy.write(prompts, 6)]  # it never ends by itself
    row = policy.tokens.prompt(prompts[0])
    third = policy.model.generate(torch.tensor([row]), max_new_tokens=3, do_sample=False, pad_token_id=0)[0, -1].item()
    policy.tokens.ends = (third,)
    ended, other = policy.answers(prompts, 6)
    assert not ended.cut
    assert len(ended.text) < len(cut[0].text)
    assert other == policy.answers(prompts[1:], 6)[0]  # whatever is written beside it
    assert not policy.answers(prompts[:1], 3)[0].cut  # the last token that fits ends it


def test_a_folder_without_safetensors_is_refused(tmp_path):
    with pytest.raises(RpoError, match=r"\.safetensors"):
        open_policy(RunSpec(model=str(tmp_path)))


@pytest.mark.weights
def test_the_real_model_answers_in_words(real_weights):
    (answer,) = open_policy(RunSpec(**SHORT_TEXTS), trainable=False).write(["How do I boil an egg?"], 20)
    assert len(answer.split()) > 5
