"""Where a run's process lives: on this machine, or on a Ray cluster that somebody else runs.

Not a scheduler and not a cluster of our own: Ray has both (https://docs.ray.io/en/latest/cluster/running-applications/job-submission).
A place starts the folder's local process; whoever watches reads the folder, and need not know which place it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from rpo import jobs
from rpo.errors import RpoError

ANSWER_SECONDS = 5.0  # seconds a cluster may take to say that it is there


class Backend(Protocol):
    """Somewhere a run can be started."""

    @property
    def name(self) -> str:
        """What to call it on a page."""
        ...

    def ready(self) -> None:
        """Refuse in words if nothing can be started there now."""
        ...

    def start(self, folder: Path, processes: int) -> None:
        """Start the run in `folder`, detached."""
        ...


@dataclass(frozen=True)
class Here:
    """Our own machine. Runs wait for each other in the queue `compute`."""

    @property
    def name(self) -> str:
        """What to call it on a page."""
        return "this machine"

    def ready(self) -> None:
        """Nothing to refuse."""

    def start(self, folder: Path, processes: int) -> None:
        """Start `python -m rpo.training FOLDER`, through torchrun where several processes are wanted."""
        jobs.start("rpo.training", folder, together(processes))


@dataclass(frozen=True)
class RayCluster:
    """A Ray cluster, by its dashboard's address. Its nodes have rpo installed and see $RPO_HOME at the same path as we do.

    All processes of a run share one node, each with a GPU, or with a core where the cluster has no GPU; runs over several nodes
    are not offered. Runs wait in the cluster's own queue.
    """

    address: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise RpoError(f"a Ray cluster is named by its dashboard, like http://127.0.0.1:8265, got {self.address!r}")
        object.__setattr__(self, "address", self.address.rstrip("/"))

    @property
    def name(self) -> str:
        """What to call it on a page."""
        return f"Ray at {self.address}"

    def ready(self) -> None:
        """Refuse in words if no Ray answers there, or the `ray` package is not installed here."""
        import requests

        try:
            answer = requests.get(f"{self.address}/api/version", timeout=ANSWER_SECONDS)
            known = answer.status_code in (401, 403) or "ray_version" in answer.json()  # a token is Ray's own business
        except requests.JSONDecodeError:
            known = False
        except requests.RequestException as error:
            raise RpoError(
                f"a Ray cluster must answer, {self.address} does not ({type(error).__name__}); start it or correct the address"
            ) from error
        if not known:
            raise RpoError(f"a Ray cluster is named by its dashboard, {self.address} is something else; correct the address")
        try:
            metadata.version("ray")
        except metadata.PackageNotFoundError:
            raise RpoError(f'a run on {self.name} needs Ray here too, it is not installed; pip install "ray[default]"') from None

    def start(self, folder: Path, processes: int) -> None:
        """Start the local process that submits the run and follows it."""
        jobs.start("rpo.runs.backends.ray", folder)


THIS_MACHINE = Here()


def together(processes: int) -> tuple[str, ...]:
    """The module and options in front of `-m rpo.training` that start several processes on one node; none for one."""
    return ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)) if processes > 1 else ()


def launch_record(place: Backend, processes: int) -> dict[str, Any]:
    """What `launch.json` keeps, so that a run is resumed where it was started."""
    return {"processes": processes} | ({"ray": place.address} if isinstance(place, RayCluster) else {})


def place_of(launch: Mapping[str, Any]) -> Backend:
    """The place that `launch.json` names."""
    return RayCluster(launch["ray"]) if launch.get("ray") else THIS_MACHINE
