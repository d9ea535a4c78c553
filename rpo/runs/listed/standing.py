"""What a run is doing, in words: one line that is true in every state, with no time left where nothing is at work."""

from collections.abc import Callable
from dataclasses import dataclass

from rpo.errors import RpoError
from rpo.jobs import State, Status
from rpo.runs.run import Run


@dataclass(frozen=True)
class Standing:
    """A run at one moment: `words` say its state, `more` what its process says or why it ended."""

    state: State
    stopping: bool
    words: str
    more: str = ""

    @property
    def over(self) -> bool:
        """Whether it ended well."""
        return self.state.status is Status.DONE


def standing_of(run: Run) -> Standing:
    """How it stands with a run now."""
    state, stopping = run.state, run.stopping
    words = _stopping(run) if stopping else STATE_WORDS[state.status](run, state)
    return Standing(state, stopping, words, _more(state, stopping))


def _more(state: State, stopping: bool) -> str:
    """What is still true of the last message: a time that is left only while somebody works on it."""
    if state.status is Status.RUNNING and not stopping:
        return (
            "" if state.message == "starting" else state.message.partition(" · ")[0]
        )  # the device after it is among the run's facts
    return state.message if state.status is Status.FAILED else ""


def _steps(run: Run) -> tuple[int, int]:
    """How many steps were taken, and of how many; an unreadable curve says nothing of them."""
    try:
        return max((record["step"] for record in run.metrics), default=0), run.spec.steps
    except RpoError:
        return 0, 0


def _after(run: Run) -> str:
    done, steps = _steps(run)
    return f"after step {done} of {steps}" if done else "before its first step"


def _stopping(run: Run) -> str:
    done, steps = _steps(run)
    if run.state.status is Status.QUEUED or not done:
        return "stopping…"
    return "stopping after this step…" if done < steps else "stopping after the answers that are being written…"


def _queued(run: Run, state: State) -> str:
    return state.message if state.message.startswith("queued") else "starting"


def _running(run: Run, state: State) -> str:
    done, steps = _steps(run)
    if state.message == "starting":
        return "starting"
    return "running" if done < steps or not steps else "all steps done, finishing"


def _stopped(run: Run, state: State) -> str:
    done, steps = _steps(run)
    if done and done == steps:
        return f"stopped after its last step, {done} of {steps}: only the answers are missing"
    return f"stopped {_after(run)}"


STATE_WORDS: dict[Status, Callable[[Run, State], str]] = {
    Status.NEW: lambda run, state: "not started yet",
    Status.QUEUED: _queued,
    Status.RUNNING: _running,
    Status.DONE: lambda run, state: "finished",
    Status.STOPPED: _stopped,
    Status.FAILED: lambda run, state: f"failed {_after(run)}",
    Status.LOST: lambda run, state: f"interrupted {_after(run)}: its process ended without a word",
}
