"""The main job without a browser: load, embed, weigh, train shortly, answer, measure.

Not a benchmark and not a proof: a dozen steps show that every part works here and how long each takes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tqdm import tqdm

from rpo import jobs, storage, weights
from rpo.glossary import quantity
from rpo.preferences import EMBEDDED, load
from rpo.runs import Run
from rpo.runs.recorder import Recorder
from rpo.runs.run import File
from rpo.spec import PRESETS

SHORT_WALK = {"contrast_size": 4, "prompt_tokens": 24, "answer_tokens": 12}
EMBEDDING_PART, TRAINING_PART = (0.0, 0.1), (0.1, 1.0)  # of the whole walk


class _Bar:
    """Progress in the terminal: the same call, drawn as a progress bar."""

    def __init__(self) -> None:
        self.bar = tqdm(total=100, bar_format="{desc:<52} {bar} {n:.0f} %")

    def __call__(self, progress: float, message: str) -> None:
        self.bar.set_description_str(message[:52], refresh=False)
        self.bar.update(100 * progress - self.bar.n)


def walk(steps: int, held_out: int = 20, new_tokens: int | None = None, short: bool = False) -> dict[str, Any]:
    """Walk the main job with `steps` training steps, measured and answered on so many `held_out` rows; returns its figures.

    An answer has at most `new_tokens`, or as many as the preset says. A `short` walk reads less in a step: `SHORT_WALK`.
    """
    seconds: dict[str, float] = {}
    bar = _Bar()
    progress = jobs.Progress(bar)
    with _timed(seconds, "load"):
        bar(0.0, "loading the embedded preferences")
        data = load(EMBEDDED)
    with _timed(seconds, "embed"):
        from rpo.embeddings import embed
        from rpo.preferences import View

        vectors = embed(data.train["prompt"], weights.ENCODER, View.LAST_TURN, progress.part(*EMBEDDING_PART))
    spec = PRESETS[next(iter(PRESETS))]
    spec = replace(spec, steps=steps, warmup=min(2, steps), held_out=held_out, samples=held_out, evaluations=1)
    spec = replace(spec, new_tokens=new_tokens or spec.new_tokens, **(SHORT_WALK if short else {}))
    with _timed(seconds, "weights"):
        contrast = _contrast(vectors[: spec.contrast_size], spec.tau, spec.beta)
        others = _shares(vectors[: spec.contrast_size], spec.tau)
    with _timed(seconds, "run"):
        summary = _run(spec, progress.part(*TRAINING_PART))
    bar.bar.close()
    return {
        "prompts": len(data.prompts),
        "train_pairs": len(data.train),
        "tau": spec.tau,
        "contrast_size": spec.contrast_size,
        "encoder": spec.encoder,
        "effective_contrasts": contrast.effective_contrasts.mean().item(),
        "diagonal_share": contrast.diagonal_share,
        **others,
        "steps": steps,
        "seed": spec.seed,
        **{
            f"{key}_{when}": summary[when].get(key)
            for key in ("accuracy", "margin", "kl", "rule")
            for when in ("before", "after")
        },
        "measured_on": {"pairs": summary["after"].get("n", 0), "answers": summary["after"]["answers"]},
        "device": summary["device"],
        "seconds": {key: round(value, 1) for key, value in seconds.items()},
    }


def figures_table(figures: dict[str, Any]) -> str:
    """The figures as a small table."""
    pairs, answers = figures["measured_on"].values()
    lines = [
        f"{quantity(figures['prompts'], 'prompt')}, {quantity(figures['train_pairs'], 'pair')} to train on; "
        f"{quantity(figures['steps'], 'step')} of RPO-Paired, seed {figures['seed']}, on {figures['device']}",
        f"tau {figures['tau']:g} at M {figures['contrast_size']} with {figures['encoder']}: "
        f"{figures['own_share']:.0%} on the own pair, the rest on {figures['effective_others']:.1f} of "
        f"{figures['contrast_size'] - 1} effective others (random vectors: {figures['random_own_share']:.0%}, "
        f"{figures['random_effective_others']:.1f})",
        "",
        f"{'':<34}{'before':>9}{'after':>9}{'n':>6}",
    ]
    rows = (
        ("accuracy", "held-out reward accuracy", pairs),
        ("margin", "held-out margin", pairs),
        ("kl", "KL, nats a token", pairs),
    )
    for key, title, n in (*rows, ("rule", "directness of answers (rule)", answers)):
        before, after = figures[f"{key}_before"], figures[f"{key}_after"]
        lines.append(f"{title:<34}{before:>9.3f}{after:>9.3f}{n:>6}")
    lines += ["", "seconds: " + ", ".join(f"{key} {value}" for key, value in figures["seconds"].items())]
    return "\n".join(lines)


def _contrast(vectors: Any, tau: float, beta: float) -> Any:
    import torch

    from rpo.contrast import contrast_matrix

    tensor = torch.tensor(vectors)
    return contrast_matrix(tensor, tensor, tau, beta)


def _shares(vectors: Any, tau: float) -> dict[str, float]:
    """Own share and effective others of these prompts' batch, and of as many random vectors."""
    import torch

    from rpo.contrast import random_shares, shares, weights_of_cosines

    cosines = torch.tensor(vectors @ vectors.T, dtype=torch.float64)
    found = shares(weights_of_cosines(cosines, tau), cosines, paired=True)
    random = random_shares(len(vectors), len(vectors), True, lambda values: weights_of_cosines(values, tau))
    assert found.own is not None
    assert random.own is not None
    return {
        "own_share": found.own,
        "effective_others": found.others,
        "random_own_share": random.own,
        "random_effective_others": random.others,
    }


def _run(spec: Any, shown: jobs.Progress) -> dict[str, Any]:
    from rpo.training.trainer import train

    folder = storage.folder("runs", f"{time.strftime('%Y%m%d-%H%M%S')}-demo")
    Recorder(Run(folder)).write(File.SPEC, spec.as_dict())
    with jobs.work(folder, queue="compute") as report:

        def both(share: float, message: str) -> None:
            shown(share, message)
            report(share, message)

        train(Run(folder), both)
    summary = Run(folder).summary
    assert summary is not None
    return dict(summary)


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    started = time.time()
    yield
    seconds[name] = time.time() - started
