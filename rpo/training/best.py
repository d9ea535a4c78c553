"""The adapter with a run's best held-out loss so far, kept beside the last one; and whether waiting for a better one is over."""

import math

from rpo import storage
from rpo.models.distributed import Distributed
from rpo.models.policy import Policy
from rpo.runs.run import Run, best_folder
from rpo.spec import RunSpec


class Best:
    """What evaluations said so far, those of a run that goes on too; what was before the first step does not count."""

    def __init__(self, run: Run, spec: RunSpec, world: Distributed) -> None:
        self.run, self.spec, self.world, self.step = run, spec, world, run.best_step
        self.waited = sum(record["step"] > (self.step or 0) for record in run.evaluations)
        self.loss = next((record["loss"] for record in run.evaluations if record["step"] == self.step), math.inf)

    def measured(self, policy: Policy, step: int, loss: float) -> None:
        """Keep the adapter if its loss is the best so far and is not the last one's, which is saved anyway."""
        self.waited += 1
        if not loss < self.loss:
            return
        earlier, self.step, self.loss, self.waited = self.step, step, loss, 0
        if step < self.spec.steps:
            policy.save(best_folder(self.run.folder, step), on_disk=self.world.first)
        if earlier is not None and self.world.first:
            storage.remove_folder(best_folder(self.run.folder, earlier))

    @property
    def enough(self) -> bool:
        """Whether the run ends early: its patience is over."""
        return bool(self.spec.patience) and self.waited >= self.spec.patience
