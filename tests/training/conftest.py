"""Runs of the small model: few rows, and what was found of its layout holds for all of them."""

import json

import pytest

from rpo.preferences import Kind


@pytest.fixture(autouse=True)
def known(known_layouts):
    """Each test begins with the layouts that are known."""


@pytest.fixture(scope="session")
def few(tmp_path_factory):
    """`few[kind]`: a file with 24 pairs, or with their 48 answers, of many lengths; six prompts are held out."""
    folder = tmp_path_factory.mktemp("few")
    pairs = [
        {
            "prompt": f"Why {n}{', and why' * (n % 4)}?",
            "chosen": f"Because of {n}{' and so on' * (n % 3)}.",
            "rejected": "Hard to say." * (1 + n % 5),
            "split": "test" if n % 4 == 1 else "train",
        }
        for n in range(24)
    ]
    judged = [
        {"prompt": pair["prompt"], "completion": pair[side], "label": side == "chosen", "split": pair["split"]}
        for pair in pairs
        for side in ("chosen", "rejected")
    ]
    files = {Kind.PAIRED: (folder / "pairs.jsonl", pairs), Kind.UNPAIRED: (folder / "judged.jsonl", judged)}
    for path, rows in files.values():
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {kind: str(path) for kind, (path, _) in files.items()}
