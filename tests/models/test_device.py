"""In what numbers a model is held, and in what words that is said: the words are part of what names a reference."""

import pytest
import torch

from rpo.errors import RpoError
from rpo.models.device import dtype_of, precision
from rpo.spec import RunSpec

CPU, GPU, APPLE = (torch.device(kind) for kind in ("cpu", "cuda", "mps"))


@pytest.mark.parametrize(
    ("place", "asked", "dtype", "words"),
    [
        (CPU, None, torch.float32, "fp32"),
        (CPU, "fp32", torch.float32, "fp32"),
        (CPU, "bf16", torch.bfloat16, "bf16"),
        (GPU, None, torch.bfloat16, "bf16"),
        (GPU, "fp32", torch.bfloat16, "bf16"),  # of the CPU alone
        (APPLE, "bf16", torch.float32, "fp32"),
    ],
)
def test_the_numbers_of_a_device(monkeypatch, place, asked, dtype, words):
    if asked:
        monkeypatch.setenv("RPO_CPU_PRECISION", asked)
    assert (dtype_of(place), precision(RunSpec(), place)) == (dtype, words)
    assert precision(RunSpec(quantised=True), place) == f"4 bit (nf4), {words} compute"


def test_other_numbers_are_refused_by_name(monkeypatch):
    monkeypatch.setenv("RPO_CPU_PRECISION", "fp16")
    with pytest.raises(RpoError, match=r"RPO_CPU_PRECISION.*fp32 or bf16.*'fp16'"):
        dtype_of(CPU)
