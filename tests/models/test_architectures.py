"""Log-probabilities of many model types, laid out as the check found, against one plain forward pass for each answer."""

from types import SimpleNamespace

import pytest
import torch
from architectures import ONE_OF_EACH, REFUSED, SKIPPED, TYPES, model_of

from rpo.errors import RpoError
from rpo.models import attention, packing
from rpo.models import policy as scoring
from rpo.models.check import Trial, find_layout
from rpo.models.packing import Layout
from rpo.models.policy import Policy
from rpo.tokens.types import Row

OFF_CPU = tuple(layout for layout in Layout if layout is not Layout.ROWS)  # what a GPU tries


def policy_of(model, prompt_tokens=40, answer_tokens=24):
    tokens = SimpleNamespace(
        pad=2, prompt_tokens=prompt_tokens, answer_tokens=answer_tokens, tokenizer=SimpleNamespace(all_special_ids=[0, 1, 2])
    )
    return Policy(model, tokens)


def rows_of(*lengths, seed=5):
    draw = torch.Generator().manual_seed(seed)

    def tokens(count):
        return tuple(torch.randint(3, 500, (count,), generator=draw).tolist())

    return [Row(tokens(prompt), tuple(map(tokens, answers))) for prompt, *answers in lengths]


PACKED = ("gemma2", "gemma3_text", "gpt_oss", "llama", "mistral", "phi3", "qwen2")  # on a GPU too, which has no rows


SHORT = rows_of((6, 4, 3), (5, 2, 5), (3, 3))
LONG = rows_of((40, 24, 12), (12, 20, 24), (33, 9))


def plainly(policy, rows):
    """One forward pass a prompt and answer, a mask of ones, no cache, log-softmax of the answer's tokens, summed."""
    sums = []
    for row in rows:
        for answer in row.answers:
            ids = torch.tensor([row.prompt + answer])
            with torch.no_grad():
                logits = policy.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits[0]
            chances = logits[len(row.prompt) - 1 : -1].log_softmax(1)
            sums.append(chances[range(len(answer)), list(answer)].sum())
    return torch.stack(sums)


@torch.no_grad()
def apart(policy, rows, plain):
    return (policy.logprobs(rows) - plain).abs().max().item()


def off(policy, rows):
    return apart(policy, rows, plainly(policy, rows))


LONG_ROPE = {"rope_type": "longrope", "rope_theta": 1e4, "short_factor": [1.0] * 8, "long_factor": [4.0] * 8}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 4.0}
HARD = {
    "rotations chosen by the longest position": ("phi3", {"rope_parameters": LONG_ROPE, "original_max_position_embeddings": 32}),
    "distances counted along the line": ("falcon", {"alibi": True}),
    "windows by place in the line": ("gpt_neo", {}),
    "chunks": ("llama4_text", {}),
    "scaled logits": ("granite", {"logits_scaling": 4.0}),
    "capped logits": ("gemma2", {"final_logit_softcapping": 2.0, "attn_logit_softcapping": 3.0}),
}


@pytest.mark.parametrize("layouts", [tuple(Layout), pytest.param(OFF_CPU, marks=pytest.mark.weights)], ids=["CPU", "masks"])
@pytest.mark.parametrize(("kind", "change"), HARD.values(), ids=HARD)
def test_what_packing_could_break_is_right(kind, change, layouts):
    policy = policy_of(model_of(kind, **change))
    find_layout(policy, layouts)
    assert off(policy, SHORT) < 1e-3
    assert off(policy, LONG) < 1e-3


@pytest.mark.parametrize("zero", [True, False])
def test_a_padding_row_of_zeros_does_not_hide_that_logits_are_scaled(zero):
    model = model_of("granite", logits_scaling=4.0)
    with torch.no_grad():
        model.get_input_embeddings().weight[:8] *= 0.0 if zero else 1.0
    policy = policy_of(model)
    assert not policy.plain_head
    find_layout(policy)
    assert off(policy, SHORT) < 1e-3


def seeing_all(packed, layout, config, dtype):
    return torch.zeros(packed.ids.shape[0], 1, packed.ids.shape[1], packed.ids.shape[1], dtype=dtype)


def without_window(kind, positions, config):
    return torch.ones(1, 1, 1, 1, dtype=torch.bool)


@pytest.mark.weights
@pytest.mark.parametrize(("kind", "module", "name", "fault", "dtype"), [
    ("llama", scoring, "masks", seeing_all, torch.float32),
    ("llama", scoring, "masks", seeing_all, torch.bfloat16),
    ("mistral", packing, "reach", without_window, torch.bfloat16),
    pytest.param("mistral", packing, "reach", without_window, torch.float32, marks=pytest.mark.weights),
])  # fmt: skip
def test_a_planted_fault_is_found(monkeypatch, kind, module, name, fault, dtype):
    policy = policy_of(model_of(kind).to(dtype))
    assert find_layout(policy, OFF_CPU).layout is Layout.MASK
    monkeypatch.setattr(module, name, fault)
    found = find_layout(policy, OFF_CPU)
    assert found.layout is Layout.PADDED
    assert [fault.layout for fault in found.faults] == [Layout.MASK]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_state_carried_over_is_found(dtype):
    found = find_layout(policy_of(model_of("lfm2").to(dtype)))
    assert {fault.layout for fault in found.faults} >= {Layout.ROWS, Layout.MASK}


def test_a_window_that_attention_by_rows_forgets_is_found(monkeypatch):
    monkeypatch.setattr(
        attention, "window_mask", lambda queries, before, window: None if not before else everything(queries, before)
    )
    assert find_layout(policy_of(model_of("mistral"))).layout is Layout.MASK


def everything(queries, before):
    return torch.ones(queries, before + queries, dtype=torch.bool).tril(before)


def test_a_gradient_that_a_layout_loses_is_found(monkeypatch):
    policy = policy_of(model_of("llama"))
    scored = Policy.logprobs
    monkeypatch.setattr(
        Policy, "logprobs", lambda self, rows: scored(self, rows) if not self.layout.packed else silent(scored(self, rows))
    )
    assert not find_layout(policy).layout.packed


def silent(sums):
    """Half of the gradient, all of the value."""
    return sums / 2 + sums.detach() / 2


@pytest.mark.parametrize(
    ("kind", "dropout", "dtype"),
    [
        ("opt", {"dropout": 0.1}, torch.bfloat16),
        ("gpt2", {"attn_pdrop": 0.1}, torch.float32),
        ("llama", {"attention_dropout": 0.1}, torch.bfloat16),
        pytest.param("llama", {"attention_dropout": 0.1}, torch.float32, marks=pytest.mark.weights),
    ],
)
def test_dropout_in_training_mode_is_refused_and_opening_a_model_takes_it_out(kind, dropout, dtype):
    model = model_of(kind).to(dtype)
    for name, value in dropout.items():
        setattr(model.config, name, value)
    policy = policy_of(model.train())
    find_layout(policy)  # the modules were made without it
    for module in policy.model.modules():
        if isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.1
        if isinstance(getattr(module, "attention_dropout", None), float):
            module.attention_dropout = 0.1
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.1
    with pytest.raises(RpoError, match="two passes"):
        find_layout(policy)


def test_a_rotation_that_remembers_the_longest_text_is_refused():
    with pytest.raises(RpoError, match="two passes .*LlamaForCausalLM"):
        find_layout(policy_of(model_of("llama", rope_parameters=DYNAMIC, max_position_embeddings=32)))


def test_a_model_that_sees_later_tokens_is_refused():
    with pytest.raises(RpoError, match="later tokens.*RobertaForCausalLM"):
        find_layout(policy_of(model_of("roberta")))


def test_a_model_that_fails_is_refused_by_name():
    with pytest.raises(RpoError, match="GPT2LMHeadModel.*IndexError"):
        find_layout(policy_of(model_of("gpt2", n_positions=16)))


def causal_types():
    """All of them; one of each kind is part of the quick tests."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kinds = sorted(set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES) - set(SKIPPED))
    return [kind if kind in ONE_OF_EACH else pytest.param(kind, marks=pytest.mark.weights) for kind in kinds]


@pytest.mark.parametrize("kind", causal_types())
def test_every_type_is_right_or_refused(kind):
    policy = policy_of(model_of(kind))
    if kind in REFUSED:
        with pytest.raises(RpoError, match=REFUSED[kind]):
            find_layout(policy)
        return
    plain = [(rows, plainly(policy, rows)) for rows in (SHORT, LONG)]
    trial = Trial(policy, policy.some_rows())
    trial.check_plain()
    found = trial.first(tuple(Layout)).layout
    assert found is TYPES.get(kind, found)
    assert all(apart(policy, *each) < 1e-3 for each in plain)
    if found is Layout.ROWS:  # which a GPU does not have
        assert trial.first(OFF_CPU).layout.packed or kind not in PACKED
        assert all(apart(policy, *each) < 1e-3 for each in plain)
