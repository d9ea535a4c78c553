"""What leaves with a run opens elsewhere, is the model that was trained, and is there whole or not at all."""

import json
from types import SimpleNamespace

import pytest
import torch

from rpo import export, jobs, storage
from rpo.errors import RpoError
from rpo.export import ExportKind


def logits(model, tokens=tuple(range(2, 40))):
    with torch.no_grad():
        return model(input_ids=torch.tensor([tokens])).logits.float()


def trained(run):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(run.spec.model, dtype=torch.float32)
    return PeftModel.from_pretrained(base, str(run.adapter))


@pytest.mark.parametrize(("kind", "most"), [(ExportKind.MERGED, 1e-4), (ExportKind.MERGED_BF16, 0.05)])
def test_a_merged_model_opens_with_plain_transformers_and_is_the_trained_one(run, kind, most):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = export.write(run, kind)
    whole = AutoModelForCausalLM.from_pretrained(folder)
    assert whole.dtype is {ExportKind.MERGED: torch.float32, ExportKind.MERGED_BF16: torch.bfloat16}[kind]
    assert (logits(whole.float()) - logits(trained(run))).abs().max() < most
    assert (
        AutoTokenizer.from_pretrained(folder)("Why?").input_ids == AutoTokenizer.from_pretrained(run.spec.model)("Why?").input_ids
    )
    assert str(run.spec.model) not in "".join(path.read_text() for path in folder.glob("*.[jm][sd]*"))


def test_an_adapter_leaves_as_it_is_beside_its_card(run, tmp_path):
    folder = export.write(run, ExportKind.ADAPTER, tmp_path / "taken")
    assert (folder / "adapter_model.safetensors").read_bytes() == (run.adapter / "adapter_model.safetensors").read_bytes()
    assert (folder / "README.md").exists()
    assert str(run.spec.model) not in (folder / "adapter_config.json").read_text()  # a path of this machine
    assert [one.kind for one in export.exports(run)] == []  # it lies elsewhere


def test_an_export_is_listed_taken_along_and_deleted(run):
    export.write(run, ExportKind.ADAPTER)
    export.write(run, ExportKind.ADAPTER)  # which replaces the first
    (one,) = export.exports(run)
    assert one.size > 0
    assert one.small
    assert one.archive()[:2] == b"PK"
    export.delete_export(one)
    assert export.exports(run) == ()


def test_a_base_in_4_bits_is_not_merged(run):
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "quantised": True})
    with pytest.raises(RpoError, match="4 bits"):
        export.write(run, ExportKind.MERGED)
    assert export.write(run, ExportKind.ADAPTER).exists()


def test_what_differs_too_much_is_refused_and_nothing_is_left(made):
    run = made(target_modules="q_proj, lm_head", scale=4.0)
    with pytest.raises(RpoError, match=r"merged-bf16.*0\.5"):
        export.write(run, ExportKind.MERGED_BF16)
    assert list((run.folder / "exports").iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(RpoError, match="mine"):
        export.write(run, ExportKind.ADAPTER, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "all of it"


def test_a_full_disk_is_refused_before_anything_is_opened(run, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(RpoError, match="free"):
        export.write(run, ExportKind.MERGED)
    assert not (run.folder / "exports").exists()


def test_a_run_without_adapter_or_model_is_refused(run):
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "model": "no/such-model"})
    with pytest.raises(RpoError, match="no/such-model"):
        export.write(run, ExportKind.MERGED)
    storage.remove_folder(run.folder / "adapter")
    with pytest.raises(RpoError, match="adapter"):
        export.write(run, ExportKind.ADAPTER)


@pytest.mark.weights
def test_it_is_written_in_the_background_and_clears_what_a_killed_one_left(run):
    left = run.folder / "exports" / ".merged.abc123"
    left.mkdir(parents=True)
    folder = export.request(run, ExportKind.MERGED)
    with pytest.raises(RpoError, match="one export"):
        export.request(run, ExportKind.MERGED)
    jobs.Job(folder)
    while jobs.look(folder).active:
        pass
    assert jobs.look(folder).status is jobs.Status.DONE, jobs.look(folder).message
    assert [one.kind for one in export.exports(run)] == [ExportKind.MERGED]
    assert not left.exists()


def test_the_card_says_what_was_done_and_measured(run):
    from huggingface_hub import ModelCard

    label = {"name": "Kinder", "note": ""}
    storage.write_json(run.folder / "label.json", label)
    storage.write_json(run.folder / "inputs.json", {"data": "d1935", "model": None, "vectors": None, "unchecked": None})
    card = ModelCard.load(export.write(run, ExportKind.MERGED) / "README.md")
    assert card.data.library_name == "transformers"
    assert "rpo-paired" in card.data.tags
    assert card.data.get("license") is None  # nobody knows it here
    for words in ("# Kinder", "d1935", "τ 0.5, M 8", "0.75", "6 held-out pairs", r"W_{ij}", "all-minilm", "compared on"):
        assert words in card.text, words
    assert json.dumps(run.spec.model) not in card.content
