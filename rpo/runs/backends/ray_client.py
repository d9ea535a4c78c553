"""What the follower of a run says to a Ray cluster: connect, submit, and how trouble is put in words.

Ray's own client (`ray.job_submission`) with an end to its waiting. Not the follower, which keeps watch (`rpo.runs.backends.ray`).
"""

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.runs.backends.backend import together
from rpo.runs.backends.ray_worker import FOLLOWED
from rpo.runs.trackers import CARRIED

if TYPE_CHECKING:
    from ray.job_submission import JobDetails, JobSubmissionClient

WAIT = 10.0  # seconds one request may take
TROUBLE = (OSError, RuntimeError)  # no connection, no answer in time, or an answer that is an error
ERROR = re.compile(r"(\[[^\]]*\]:? *)*(?!\S*ChildFailedError)[\w.]+(Error|Exception)\b")


def connect(address: str) -> "JobSubmissionClient":
    """A client of the cluster whose requests end: Ray's own wait for ever for a machine that has vanished."""
    from ray.exceptions import RayError
    from ray.job_submission import JobSubmissionClient

    class Client(JobSubmissionClient):
        def _do_request(self, *args: Any, **options: Any) -> Any:
            try:
                return super()._do_request(*args, **{"timeout": WAIT, **options})
            except RayError as error:  # a missing or wrong token
                raise RuntimeError(str(error)) from error

    for name in ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):  # Ray would let them overrule the address that was asked for
        os.environ.pop(name, None)
    try:
        return Client(address)
    except TROUBLE as error:
        raise silent(address, error) from error


def cluster_needs(address: str, processes: int) -> dict[str, int]:
    """What a run asks one node for: a GPU for each process, or a core (CPU) where the cluster has no GPU."""
    from ray.util.state import list_nodes
    from ray.util.state.exception import RayStateApiException

    try:
        nodes: list[Any] = list_nodes(address=address, filters=[("state", "=", "ALIVE")], timeout=int(WAIT))
    except RayStateApiException as error:
        raise RuntimeError(str(error)) from error
    return {"GPU" if any(node.resources_total.get("GPU") for node in nodes) else "CPU": processes}


def submit(client: "JobSubmissionClient", name: str, folder: Path, processes: int, resources: dict[str, int]) -> None:
    """Ask for a job of this name; its environment is the node's, and says where our home is and that it is followed."""
    variables = {"RPO_HOME": str(storage.home()), FOLLOWED: "1", **jobs.QUIET_LIBRARIES}
    variables |= {name: os.environ[name] for name in CARRIED if name in os.environ}
    if "CPU" in resources:
        variables["OMP_NUM_THREADS"] = "1"  # each process has one core; Ray would give each a thread for every core of the job
    client.submit_job(
        entrypoint=entrypoint(folder, processes),
        submission_id=name,
        metadata={"job_name": folder.name},
        runtime_env={"env_vars": variables},
        entrypoint_num_gpus=resources.get("GPU"),
        entrypoint_num_cpus=resources.get("CPU"),
    )


def entrypoint(folder: Path, processes: int) -> str:
    """The shell's command on the node, in our working folder if the node has it, so that relative paths mean the same."""
    command = shlex.join(["python", *together(processes), "-m", "rpo.training", str(folder)])
    return f"cd {shlex.quote(str(Path.cwd()))} 2>/dev/null; exec {command}"


def silent(address: str, error: Exception) -> RpoError:
    """A cluster that cannot be reached or answers with errors, in words."""
    said = str(error).strip().splitlines()
    reason = type(error).__name__ if isinstance(error, OSError) or not said else said[-1][:300]
    return RpoError(
        f"a Ray cluster must answer, {address} does not ({reason}); start it, then resume: a job that still runs is found again"
    )


def why(job: "JobDetails", log: str) -> str:
    """Why a job failed that could not say so itself, and what to do."""
    if job.driver_exit_code is None:
        reason = (job.message or "the cluster gives no reason").splitlines()[0]
    elif job.driver_exit_code in (-9, 137) or "Signal 9 (SIGKILL)" in log:
        reason = "its process was killed, often because memory ran out"
    else:
        reason = last_error(log)
    step = "install it on the cluster's nodes" if "No module named" in reason else "read the log"
    return f"{reason} (job {job.submission_id}); {step}, then resume the run"


def last_error(log: str) -> str:
    """The line of a log that says best what went wrong."""
    lines = [line.strip() for line in log.splitlines() if re.search(r"\w", line)]
    errors = [line for line in lines if ERROR.match(line)]
    return (errors or lines or ["it printed nothing"])[-1].removeprefix("rpo.errors.RpoError: ")
