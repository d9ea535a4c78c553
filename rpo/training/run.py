"""A run, as its folder tells it: spec, state, curves, log, adapter, answers. The folder is the truth, this is a view.

Not the process that trains (`rpo.training.loop`) and not the one that starts it (`rpo.training.launcher`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpo import home, jobs, weights
from rpo.errors import RpoError
from rpo.training.places import place_of
from rpo.training.records import read_lines
from rpo.training.spec import RunSpec


@dataclass(frozen=True)
class Run:
    """One run folder under `home()/runs`."""

    folder: Path

    @property
    def name(self) -> str:
        """The folder's name, which is the run's."""
        return self.folder.name

    @property
    def title(self) -> str:
        """What it is, for people: objective, tau and M where they matter, steps, day and time."""
        spec, moment = self.spec, self.name[:15]
        contrast = f", τ {spec.tau:g}, M {spec.contrast_size}" if spec.objective.contrasts else ""
        return f"{spec.objective}{contrast}, {spec.steps} steps · {moment[6:8]}.{moment[4:6]}. {moment[9:11]}:{moment[11:13]}"

    @property
    def spec(self) -> RunSpec:
        """What was asked for; a folder edited by hand is refused in words."""
        path = self.folder / "spec.json"
        if not path.exists():
            raise RpoError(f"a run folder must hold spec.json, {self.folder} has none; delete the folder or restore the file")
        return RunSpec.from_dict(home.read_json(path))

    @property
    def state(self) -> jobs.State:
        """What it is doing now."""
        return jobs.look(self.folder)

    @property
    def launch(self) -> dict[str, Any]:
        """How it was started: `processes`, and the address of the `ray` cluster if it runs on one."""
        path = self.folder / "launch.json"
        return {"processes": 1} | (home.read_json(path) if path.exists() else {})

    @property
    def where(self) -> str:
        """Where it runs or ran, in words: the place, how many processes, the cluster's name for the job."""
        launch, path = self.launch, self.folder / "ray.json"
        many = f"{launch['processes']} processes" if launch["processes"] > 1 else ""
        job = f"job {home.read_json(path)['submission']}" if path.exists() else ""
        return ", ".join(filter(None, [place_of(launch).name, many, job]))

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """One record a training step, all kept."""
        return read_lines(self.folder / "metrics.jsonl")

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """Held-out figures, one record each time they were taken."""
        return read_lines(self.folder / "evaluations.jsonl")

    def logratios(self, split: str = "held-out") -> dict[str, tuple[float, ...]]:
        """The latest log-ratios, in nats, of each preference of a split, by its id: chosen and rejected, or a judged answer's.

        Held-out ones ("held-out") are those of the last evaluation, all of one policy; a training row's ("train") were taken
        when a batch held it, just before that step. A run made by an older version has none.
        """
        known: dict[str, tuple[float, ...]] = {}
        for record in read_lines(self.folder / "logratios.jsonl"):
            if record["split"] == split:
                known |= {name: tuple(ratios) for name, ratios in zip(record["ids"], record["ratios"], strict=True)}
        return known

    @property
    def summary(self) -> dict[str, Any] | None:
        """Before and after, once the run has ended."""
        path = self.folder / "summary.json"
        return home.read_json(path) if path.exists() else None

    @property
    def adapter(self) -> Path | None:
        """The saved adapter's folder, once there is one."""
        path = self.folder / "adapter"
        return path if (path / "adapter_model.safetensors").exists() else None

    @property
    def reference(self) -> Path | None:
        """The adapter that an SFT stage left, if there was one: with it the model is the run's reference."""
        path = self.folder / "reference"
        return path if (path / "adapter_model.safetensors").exists() else None

    @property
    def sft(self) -> list[dict[str, Any]]:
        """One record a step of the SFT stage."""
        return read_lines(self.folder / "sft.jsonl")

    @property
    def samples(self) -> list[dict[str, Any]]:
        """Answers to fixed prompts, written along the way."""
        return read_lines(self.folder / "samples.jsonl")

    def reference_name(self, precision: str) -> str:
        """A name that changes with whatever changes the reference: its weights, their precision, the SFT stage's adapter."""
        tuned = (self.reference / "adapter_model.safetensors").read_bytes() if self.reference else b""
        return home.digest(weights.fingerprint(self.spec.model), precision, tuned)

    def log(self, lines: int = 40) -> str:
        """The end of what the process printed."""
        path = self.folder / "log.txt"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 400 * lines))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask the run to end after the current step; the adapter so far is kept."""
        jobs.stop(self.folder)


def runs() -> tuple[Run, ...]:
    """All runs, the newest first."""
    folders = sorted(home.folder("runs").iterdir(), key=lambda path: path.name, reverse=True)
    return tuple(Run(path) for path in folders if (path / "spec.json").exists())
