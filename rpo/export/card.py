"""A model card, written from a run's spec and the figures that were measured: nothing is computed anew.

Its first lines are metadata that the Hugging Face hub reads (https://huggingface.co/docs/hub/model-cards). Names of raters and
paths of this machine stay here.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from rpo import weights
from rpo.courses import held_out_ends
from rpo.export.base import base_name, hub_name, licence
from rpo.export.difference import MergeDifference
from rpo.export.formulas import formula, symbols
from rpo.export.kinds import ExportKind
from rpo.fields import Rejected
from rpo.glossary import quantity
from rpo.objectives import Objective
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, Kind
from rpo.reporting import first_sentence
from rpo.runs import Run, doubt, titles
from rpo.spec import RunSpec
from rpo.statistics import ending, standings
from rpo.storage import read_json
from rpo.voting import Ballots

OWN_DATA = (EMBEDDED, EMBEDDED_LOG)
HELD_OUT_ROWS = {
    "accuracy": "Accuracy (a tie counts half)",
    "margin": "Margin, β times nats",
    "kl": "KL to the reference, nats a token",
}


def card_of(run: Run, kind: ExportKind, difference: MergeDifference | None = None) -> str:
    """The card of an export, markdown with the hub's metadata; `difference` is that of a merged model, as measured."""
    parts = {
        "": f"{_what(run, kind)}\n\n{_use(run, kind)}",
        "Training": _training(run),
        "Held-out figures": _held_out(run),
        "Blind panels": "\n\n".join(_panels(run)) or "No panel on this model has ended.",
        "This file": difference.words if difference else "",
        "Limits": "\n".join(f"- {one}" for one in _limits(run)),
        "Licence": _licence(run.spec),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" if title else text for title, text in parts.items() if text)
    return f"---\n{_metadata(run, kind)}\n---\n\n# {_title(run)}\n\n{body}\n"


def _title(run: Run) -> str:
    return run.label.get("name") or f"{base_name(run.spec.model)} after {_named(run.spec.objective)}"


def _named(objective: Objective) -> str:
    return objective.upper().replace("-PAIRED", "").replace("-UNPAIRED", "")


def _metadata(run: Run, kind: ExportKind) -> str:
    from huggingface_hub import ModelCardData

    spec = run.spec
    known: dict[str, Any] = {
        "base_model": hub_name(spec.model) or None,
        "license": licence(spec.model) or None,
        "library_name": "peft" if kind is ExportKind.ADAPTER else None if kind.about.llama else "transformers",
        "pipeline_tag": "text-generation",
        "datasets": [spec.data] if spec.data.count("/") == 1 and not Path(spec.data).exists() else None,
        "tags": [spec.objective, "preference-optimization", "lora", *(["gguf"] if kind.about.llama else [])],
    }
    known["tags"] = [str(tag) for tag in known["tags"]]
    if known["base_model"]:
        known["base_model_relation"] = "finetune" if kind.whole else "adapter"
    return ModelCardData(**{name: value for name, value in known.items() if value}).to_yaml()


def _what(run: Run, kind: ExportKind) -> str:
    spec = run.spec
    return (
        f"{kind.about.title} of {base_name(spec.model)}, trained with {_named(spec.objective)} "
        f"([{spec.objective.entry.paper}](https://arxiv.org/abs/{spec.objective.entry.paper.split()[-1]})) on preferences."
    )


def _use(run: Run, kind: ExportKind) -> str:
    """How the files are opened, as code."""
    base = hub_name(run.spec.model) or "BASE"
    peft = (
        "from peft import PeftModel\nfrom transformers import AutoModelForCausalLM\n\n"
        f'model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("{base}"), "FOLDER")'
    )
    plain = 'from transformers import AutoModelForCausalLM\n\nmodel = AutoModelForCausalLM.from_pretrained("FOLDER")'
    words = {
        ExportKind.ADAPTER: ("python", peft),
        ExportKind.GGUF: ("sh", "llama-server -m model.gguf"),
        ExportKind.GGUF_ADAPTER: ("sh", "llama-server -m BASE.gguf --lora adapter.gguf"),
    }
    language, code = words.get(kind, ("python", plain))
    return f"```{language}\n{code}\n```"


def _training(run: Run) -> str:
    spec = run.spec
    return "\n\n".join([f"$${formula(spec)}$$", f"Here {symbols(spec)}", _table(dict(_settings(run)))])


def _settings(run: Run) -> Iterator[tuple[str, str]]:
    spec, adapter = run.spec, read_json(run.folder / "adapter" / "adapter_config.json", missing={})
    yield "Base", base_name(spec.model)
    yield "Data", f"{spec.data if spec.data in OWN_DATA else Path(spec.data).name}, digest `{_digest(run)}`"
    if spec.rejected is not Rejected.OWN:
        yield "Rejected answers", f"{spec.rejected}, not those of the data"
    if spec.objective.contrasts:
        yield "Weights", spec.weights_in_words
    if spec.needs_vectors:
        yield "Encoder", f"{Path(spec.encoder).name if Path(spec.encoder).is_dir() else spec.encoder}, it reads {spec.view}"
    yield "Steps", f"{run.reached}, {quantity(spec.contrasts, 'matrix', 'matrices')} of M = {spec.contrast_size} each"
    yield "Learning rate", f"{spec.lr:g}, {spec.schedule}, {quantity(spec.warmup, 'warm-up step')}, {spec.optimizer}"
    yield "Adapter", f"LoRA rank {adapter.get('r', spec.lora_rank)}, α {adapter.get('lora_alpha', spec.lora_alpha)}"
    yield "Lengths", f"{quantity(spec.prompt_tokens, 'token')} of a prompt, {spec.answer_tokens:,} of an answer"
    if spec.sft_steps:
        yield "Before it", f"{quantity(spec.sft_steps, 'SFT step')}; the result is the reference"
    yield "Seed", str(spec.seed)


def _digest(run: Run) -> str:
    """The data's digest as it was noted when the run began."""
    return read_json(run.folder / "inputs.json", missing={}).get("data") or "not noted"


def _held_out(run: Run) -> str:
    measured = [record for record in run.evaluations if record["step"]]
    if not measured:
        return "None were taken."
    last, ends = measured[-1], held_out_ends(run)
    rows = quantity(last["n"], "held-out pair" if run.spec.objective.kind is Kind.PAIRED else "held-out answer")
    known = ends.get(last["step"], {})
    figures = {HELD_OUT_ROWS[name]: _figure(last, name, known) for name in HELD_OUT_ROWS if last.get(name) is not None}
    return (
        f"{rows[0].upper()}{rows[1:]} after step {last['step']}; their prompts are in no training row. 95 % intervals, where "
        f"they are known, are for other rows like these, not for other seeds.\n\n{_table(figures)}"
    )


def _figure(record: Mapping[str, Any], name: str, ends: Mapping[str, tuple[float, float]]) -> str:
    low, high = ends.get(name, (float("nan"),) * 2)
    interval = f" ({low:.2f} to {high:.2f})" if isfinite(low) and isfinite(high) else ""
    return f"{record[name]:.2f}{interval}"


def _panels(run: Run) -> Iterator[str]:
    """What each panel on the run found, once all its raters have finished: before, one would publish a look along the way."""
    ballots = Ballots.here()
    for panel in ballots.panels():
        if panel.example or run.name != panel.candidate:
            continue
        votes, end = ballots.columns(panel.id), ending(ballots.attendance(panel.id))
        if len(votes) and not end.late:
            score = standings(votes, panel.candidate, ballots.unrated(panel.id))
            yield first_sentence(panel, score, end, titles())


def _limits(run: Run) -> Iterator[str]:
    spec = run.spec
    yield f"One run with seed {spec.seed}: how much another seed would change the figures is not in them."
    if spec.objective.contrasts:
        yield "τ and the weights mean something for this encoder and this M alone; do not carry them over to others."
    yield "Preferences are learned as they stand in the data. Whether answers are true, safe or fair was not measured."
    if spec.model == weights.MODEL:
        yield f"The base was unpacked from a 4-bit file (Q4_1): its weights are not exactly those of {hub_name(spec.model)}."
    if spec.quantised:
        yield "The base was rounded to 4 bits (NF4) while the adapter learned; on other weights it was not measured."
    if words := doubt(run):
        yield words


def _licence(spec: RunSpec) -> str:
    found = licence(spec.model)
    if found:
        return (
            f"The base is licensed as `{found}`, whose terms hold for what is made from it. See to the licence of the data too."
        )
    return "The licence of the base is not known here; look at its own card before you pass this on. See to that of the data too."


def _table(rows: Mapping[str, str]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])
