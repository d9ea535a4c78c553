"""One real step of the demo model on this machine, timed: that torch computes here, and how fast. Not an estimate: `memory`."""

import time

from rpo import weights
from rpo.errors import foreign
from rpo.objectives import Objective
from rpo.spec import RunSpec

QUESTION_ASKED, GOOD_ANSWER, POOR_ANSWER = (
    "Why is the sky blue?",
    "Air scatters blue light more than red.",
    "Who knows, ask somebody else.",
)


def first_step() -> float:
    """Seconds of one forward and backward pass over a pair, without the time to open the model; refused where it fails."""
    import torch

    from rpo.models.device import device, dtype_of

    place, spec = device(), RunSpec(objective=Objective.DPO)
    with foreign("this machine must take a training step, it could not", "install torch anew, for this machine's device"):
        transformers = weights.library("transformers")
        transformers.utils.logging.disable_progress_bar()
        model = transformers.AutoModelForCausalLM.from_pretrained(weights.locate(spec.model), dtype=dtype_of(place)).to(place)
        tokens = transformers.AutoTokenizer.from_pretrained(weights.locate(spec.model))
        rows = [
            tokens(f"{QUESTION_ASKED} {answer}", return_tensors="pt")["input_ids"].to(place)
            for answer in (GOOD_ANSWER, POOR_ANSWER)
        ]
        began = time.perf_counter()
        chosen, rejected = (-model(input_ids=row, labels=row).loss for row in rows)
        loss = -torch.nn.functional.logsigmoid(chosen - rejected)
        loss.backward()
        if not torch.isfinite(loss).item():
            raise ArithmeticError("its loss is not a number")
        return time.perf_counter() - began
