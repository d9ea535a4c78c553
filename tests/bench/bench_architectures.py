"""How model types are scored: the layout each gets, how far it is from the plain way, and how much faster.

    python tests/bench/bench_architectures.py

Tiny random models (64 wide), fp32. The plain way is one forward pass for each of 16 answers; CPU seconds without gradient, the
median of five turns. On models this small the ratio shows passes saved more than arithmetic: `bench_training.py` measures a real
step.
"""

import sys
import time
from pathlib import Path
from statistics import median

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))
from architectures import TYPES, model_of
from test_architectures import LONG, OFF_CPU, SHORT, off, plainly, policy_of, rows_of

from rpo.models.check import find_layout

ROWS = rows_of(*[(64, 24, 24)] * 8)


def seconds(act):
    """CPU seconds of one call."""
    began = time.process_time()
    act()
    return time.process_time() - began


def line(kind):
    """A type's row of the table."""
    masked = policy_of(model_of(kind), 64, 24)
    on_gpu = find_layout(masked, OFF_CPU).layout
    policy = policy_of(model_of(kind), 64, 24)
    found = find_layout(policy)
    worst = max(off(one, rows) for one in (policy, masked) for rows in (SHORT, LONG))
    with torch.no_grad():
        pairs = [(seconds(lambda: plainly(policy, ROWS)), seconds(lambda: policy.logprobs(ROWS))) for _ in range(5)]
    faster = median(plain / ours for plain, ours in pairs)
    return f"| {kind} | {found.layout} | {on_gpu} | {worst:.1e} | {found.gradient:.0e} | {faster:.1f} × |"


def main():
    """Print the table."""
    torch.set_num_threads(1)
    print("| type | on a CPU | with masks, as on a GPU | largest difference, nats a sum | of the gradient | speed |")
    print("|---|---|---|---:|---:|---:|")
    for kind in TYPES:
        print(line(kind), flush=True)


if __name__ == "__main__":
    main()
