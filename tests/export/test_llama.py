"""GGUF files of a run, opened by llama.cpp itself: the same tokens of a text, the same greedy answers."""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import torch

from rpo import export, storage, weights
from rpo.errors import RpoError
from rpo.export import ExportKind
from rpo.export.llama_tokens import LLAMA_3, cuts_of

SERVER = Path(__file__).parent.parent / "judging" / "llama_server.py"
TEXTS = ("Why 12 and 345?", "  two spaces\n\nand lines", "grün, 漢字 and don't", "[user]hello<end>[assistant]")


@contextmanager
def llama(*files):
    command = [sys.executable, str(SERVER), *map(str, files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def asked(address, path, **about):
    answer = requests.post(f"{address}/{path}", json=about, timeout=120)
    answer.raise_for_status()
    return answer.json()


def greedy(address, prompt, count):
    said = asked(address, "completion", prompt=prompt, n_predict=count, temperature=0, return_tokens=True, ignore_eos=True)
    return said["tokens"]


@torch.no_grad()
def greedy_here(model, prompt, count):
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax().item())
    return tokens[len(prompt) :]


@pytest.fixture
def merging(tiny_model, tmp_path):
    """The small model with a tokenizer that merges: llama.cpp opens none without."""
    folder = shutil.copytree(tiny_model, tmp_path / "merging")
    whole = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = whole["model"]["vocab"]
    rare = list(vocabulary)[-2:]
    for old, new in zip(rare, ("Ġa", "nd"), strict=True):
        vocabulary[new] = vocabulary.pop(old)
    whole["model"]["merges"] = [["Ġ", "a"], ["n", "d"]]
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    return str(folder)


@pytest.mark.weights
def test_llama_cpp_says_what_the_trained_model_says(made, merging):
    """Model and adapter at once: each start of the server takes seconds."""
    pytest.importorskip("xllamacpp", reason="llama.cpp is not here: pip install xllamacpp")
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = made(model=merging, target_modules="q_proj, k_proj, v_proj, down_proj")
    base = AutoModelForCausalLM.from_pretrained(merging, dtype=torch.float32)
    here = AutoTokenizer.from_pretrained(merging)
    prompt = here(TEXTS[0]).input_ids
    untrained = greedy_here(base, prompt, 16)
    expected = greedy_here(PeftModel.from_pretrained(base, str(run.adapter)), prompt, 16)
    assert expected != untrained
    whole, adapter = export.write(run, ExportKind.GGUF), export.write(run, ExportKind.GGUF_ADAPTER)
    with llama(whole / "model.gguf") as address:
        assert [asked(address, "tokenize", content=text)["tokens"] for text in TEXTS] == [here(text).input_ids for text in TEXTS]
        assert greedy(address, prompt, 16) == expected
    nothing = made("bare", scale=0.0, model=merging)
    with llama(export.write(nothing, ExportKind.GGUF) / "model.gguf", adapter / "adapter.gguf") as address:
        assert greedy(address, prompt, 16) == expected


@pytest.mark.weights
def test_the_demo_models_tokens_are_those_of_its_original_file(demo_weights):
    from gguf import GGUFReader, GGUFWriter
    from transformers import AutoTokenizer

    from rpo.export.llama_tokens import add_tokens

    original = demo_weights / Path(weights.DEMO[0].inside).name
    if not original.exists():
        pytest.skip("the demo model's GGUF file is not kept here")
    writer = GGUFWriter(None, "llama", dry_run=True)
    add_tokens(writer, AutoTokenizer.from_pretrained(demo_weights / weights.MODEL), 49152, (2,))
    written = {key: value.value for key, value in writer.kv_data[0].items()}
    known = {key: field.contents() for key, field in GGUFReader(original).fields.items() if key.startswith("tokenizer.")}
    assert set(written) - {"general.architecture"} == set(known)
    for key, value in known.items():
        if key != "tokenizer.ggml.pre":  # the unpacked tokenizer does not cut numbers into digits: its own rule is named
            assert written[key] == value, key


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
DIGITS = {"type": "Digits", "individual_digits": True}
SPLIT = {"type": "Split", "pattern": {"Regex": LLAMA_3}, "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("rules", "model", "name"),
    [
        (BYTES, {}, "gpt-2"),
        ({"type": "Sequence", "pretokenizers": [DIGITS, BYTES]}, {}, "smollm"),
        ({"type": "Sequence", "pretokenizers": [SPLIT, {**BYTES, "use_regex": False}]}, {"ignore_merges": True}, "llama-bpe"),
        ({"type": "Sequence", "pretokenizers": [SPLIT, {**BYTES, "use_regex": False}]}, {}, None),
        ({**BYTES, "add_prefix_space": True}, {}, None),
        ({"type": "Sequence", "pretokenizers": [{**DIGITS, "individual_digits": False}, BYTES]}, {}, None),
        (BYTES, {"type": "Unigram"}, None),
        (None, {}, None),
    ],
)
def test_rules_of_cutting_have_their_name_or_are_refused(rules, model, name):
    whole = {"model": {"type": "BPE", "merges": [["a", "b"]], **model}, "pre_tokenizer": rules, "normalizer": None}
    if name:
        assert cuts_of(whole) == name
        return
    with pytest.raises(RpoError, match="convert_hf_to_gguf"):
        cuts_of(whole)


@pytest.mark.parametrize(
    "change", [{"model_type": "qwen2"}, {"attention_bias": True}, {"rope_parameters": {"rope_type": "llama3"}}]
)
def test_what_is_not_built_as_llama_is_refused_with_a_command(run, model_folder, change):
    known = json.loads((Path(run.spec.model) / "config.json").read_text())
    rope = {**known["rope_parameters"], **change.pop("rope_parameters", {}), "factor": 8.0}
    more = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    other = model_folder({**known, **change, "rope_parameters": {**rope, **more}})
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "model": other})
    with pytest.raises(RpoError, match="convert_hf_to_gguf"):
        export.write(run, ExportKind.GGUF)
    with pytest.raises(RpoError, match="convert_lora_to_gguf"):
        export.write(run, ExportKind.GGUF_ADAPTER)


def test_an_adapter_that_gguf_cannot_say_is_refused(run, made):
    head = made("head", target_modules="q_proj, lm_head")
    with pytest.raises(RpoError, match="lm_head"):
        export.write(head, ExportKind.GGUF_ADAPTER)
    path = run.adapter / "adapter_config.json"
    storage.write_json(path, {**json.loads(path.read_text()), "use_dora": True})
    with pytest.raises(RpoError, match="use_dora"):
        export.write(run, ExportKind.GGUF_ADAPTER)
