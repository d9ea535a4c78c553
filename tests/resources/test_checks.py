"""What cannot work is refused in words before a run is made: one table, one line a kind."""

import json
from dataclasses import replace

import pytest
from transformers import AutoConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from rpo import runs
from rpo.errors import RpoError
from rpo.resources.shapes import hollow, shape, shape_of
from rpo.spec import Objective, RunSpec
from rpo.tokens import cuts
from tests.tokens.test_tokens import STRICT

SMALL = {"vocab_size": 258, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
LLAMA = {"model_type": "llama", "intermediate_size": 64, "num_key_value_heads": 2, **SMALL}
GPT2 = {"model_type": "gpt2", "vocab_size": 258, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64}
MOE = {**LLAMA, "num_local_experts": 4, "num_experts_per_tok": 2}
MAMBA = {"model_type": "mamba", "vocab_size": 258, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}
OSS = {**MOE, "model_type": "gpt_oss", "head_dim": 8, "layer_types": ["sliding_attention", "full_attention"]}
NAMES = "q_proj, k_proj, v_proj, o_proj"
GPTQ = {"quant_method": "gptq", "bits": 4, "group_size": 128}
FP4 = {"quant_method": "bitsandbytes", "load_in_4bit": True}
BROKEN = {**LLAMA, "num_attention_heads": 5}


SHORT = {"prompt_tokens": 40, "answer_tokens": 24, "new_tokens": 24}
REFUSED = {
    "answers beyond the positions": (GPT2, {}, r"prompt_tokens.*\b64\b.*256 \+ 128"),
    "writing beyond the positions": (GPT2, {**SHORT, "new_tokens": 25}, r"new_tokens.*\b64\b.*40 \+ 25"),
    "rotary tables": ({**GPT2, "model_type": "gptj", "rotary_dim": 4}, {}, r"\b64 positions"),
    "alibi": ({"model_type": "mpt", "vocab_size": 258, "d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 64}, {}, "64"),
    "a larger tokenizer": ({**LLAMA, "vocab_size": 200}, {}, r"\b258\b.*\b200\b"),
    "gptq": ({**LLAMA, "quantization_config": GPTQ}, {}, "gptq.*optimum"),
    "awq": ({**LLAMA, "quantization_config": {**GPTQ, "quant_method": "awq"}}, {}, "awq.*gptqmodel"),
    "an unknown method": ({**LLAMA, "quantization_config": {"quant_method": "tarot"}}, {}, "tarot"),
    "quantised twice": ({**LLAMA, "quantization_config": FP4}, {"quantised": True}, "bitsandbytes"),
    "state spaces": (
        MAMBA,
        {},
        "'mamba'.*'all-linear'.*'out_proj'.*in_proj, x_proj, dt_proj$",
    ),
    "a router": ({**MOE, "model_type": "phimoe"}, {}, f"router.*PhimoeTopKRouter.*{NAMES}"),
    "no such layer": (LLAMA, {"target_modules": "q_proj, wibble"}, f"wibble.*{NAMES}, gate_proj"),
    "no layer": (LLAMA, {"target_modules": ", "}, "layer"),
    "part of a name": (LLAMA, {"target_modules": "proj"}, r"no proj\b"),
    "an embedding": (LLAMA, {"target_modules": "embed_tokens"}, "no embed_tokens"),
    "not a language model": ({"model_type": "vit"}, {}, "'vit'"),
    "an unknown architecture": ({"model_type": "flux"}, {}, "configuration"),
    "no architecture": ({}, {}, "configuration"),
    "sizes that do not go together": (BROKEN, {}, "configuration.*multiple"),
    "sizes of the wrong kind": ({**LLAMA, "hidden_size": "wide"}, {}, "configuration.*hidden_size"),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_work_is_refused_before_a_run_is_made(model_folder, kind):
    config, changes, words = REFUSED[kind]
    with pytest.raises(RpoError, match=words):
        runs.start(RunSpec(model=model_folder(config), objective=Objective.DPO, **changes))
    assert runs.all_runs(broken=True) == ()


ACCEPTED = {
    "gpt2": (GPT2, SHORT, 8),
    "mixtral": ({**MOE, "model_type": "mixtral"}, {}, 14),  # peft adds the experts and their gate
    "gpt_oss": (OSS, {}, 8),
    "mamba, by name": (MAMBA, {"target_modules": "in_proj, x_proj"}, 4),
    "phimoe, by name": ({**MOE, "model_type": "phimoe"}, {"target_modules": "q_proj,v_proj"}, 4),
    "by a longer name": (LLAMA, {"target_modules": "self_attn.q_proj"}, 2),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_can_carry_an_adapter_is_let_through(model_folder, kind):
    from peft import LoraConfig, get_peft_model

    config, changes, layers = ACCEPTED[kind]
    spec = RunSpec(model=model_folder(config), objective=Objective.DPO, **changes)
    assert runs.need(spec).refusal is None
    model = hollow(AutoConfig.from_pretrained(spec.model))
    adapted = get_peft_model(model, LoraConfig(r=1, target_modules=spec.targets, task_type="CAUSAL_LM"), low_cpu_mem_usage=True)
    assert sum("lora_A" in name for name, _ in adapted.named_parameters()) == layers
    trained = sum(parameter.numel() for parameter in adapted.parameters() if parameter.requires_grad)
    assert shape(spec.model).width == trained or spec.targets != "all-linear"


def test_an_adapter_is_refused_with_the_name_of_its_model(model_folder, tmp_path):
    place = model_folder(LLAMA, adapter_config='{"base_model_name_or_path": "some/model", "peft_type": "LORA"}')
    (tmp_path / "model" / "config.json").unlink()
    with pytest.raises(RpoError, match="adapter.*some/model"):
        runs.start(RunSpec(model=place))


@pytest.mark.parametrize(
    ("special", "words"),
    [
        ({"tokenizer": "{"}, "tokenizer.*transformers"),
        ({"tokenizer": '{"model": 3}'}, "tokenizer.*transformers"),
        ({"tokenizer_config": "[]"}, "tokenizer.*transformers"),
        ({"tokenizer_config": '{"tokenizer_class": "PreTrainedTokenizerFast"}'}, "`eos_token`"),
    ],
)
def test_a_tokenizer_that_is_of_no_use_is_refused(model_folder, special, words):
    template = "{{ messages[0]['content'] }}"
    with pytest.raises(RpoError, match=words):
        runs.start(RunSpec(model=model_folder(LLAMA, template, **special), objective=Objective.DPO))


def test_a_template_that_refuses_one_of_the_datas_dialogues_is_refused(model_folder, tmp_path, monkeypatch):
    def data(first):
        prompts = [f"Name boat {n}." for n in range(19)] + [f"\n\n{first}: Ahoy.\n\nHuman: Name one.\n\nAssistant:"]
        rows = [{"prompt": prompt, "chosen": "The Gull", "rejected": "Sunrise"} for prompt in prompts]
        (tmp_path / f"{first}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return str(tmp_path / f"{first}.jsonl")

    monkeypatch.setattr(cuts, "ROWS_COUNTED", 1)  # the lengths are those of another row
    spec = RunSpec(model=model_folder(LLAMA, STRICT), objective=Objective.DPO, data=data("Assistant"), contrast_size=2)
    with pytest.raises(RpoError, match="assistant, user, assistant.*turns"):
        runs.start(spec)
    assert runs.all_runs(broken=True) == ()
    assert runs.need(replace(spec, data=data("System"))).refusal is None


def test_a_spec_trains_on_the_layers_it_names(tiny_model):
    from rpo.models.load import open_policy

    policy = open_policy(RunSpec(model=str(tiny_model), target_modules="q_proj, v_proj"))
    assert {name.split(".")[-4] for name in policy.trainable()} == {"q_proj", "v_proj"}


@pytest.mark.weights
@pytest.mark.parametrize("kind", list(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)[::4])
def test_every_architecture_has_a_shape_or_is_refused_in_words(kind):
    try:
        config = AutoConfig.for_model(kind)
    except Exception as error:  # noqa: BLE001 - some have no default configuration
        pytest.skip(str(error)[:80])
    try:
        found = shape_of(config)
    except RpoError as error:
        assert config.model_type in str(error)  # noqa: PT017
    else:
        assert found.parameters > found.linear > 0
        assert found.layers > 0
        assert found.vocabulary > 0


TABLES = {"gpt2": 1024, "gptj": 2048, "codegen": 2048, "ctrl": 256, "mpt": 2048, "opt": 2048, "biogpt": 1024, "gpt_neo": 2048}
NO_TABLES = ("llama", "bloom", "falcon", "gpt_neox", "xglm", "mamba", "gemma3_text", "qwen3", "gpt_oss", "rwkv")


@pytest.mark.weights
@pytest.mark.parametrize("kind", [*TABLES, *NO_TABLES])
def test_only_a_table_limits_positions(kind):
    few = {} if kind == "gpt_neo" else {"num_hidden_layers": 2}  # whose layers are listed
    assert shape_of(AutoConfig.for_model(kind, **few)).positions == TABLES.get(kind)
