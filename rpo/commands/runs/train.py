"""`rpo train`: start a run, or a sweep of runs, as Train does."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from rpo import weights
from rpo.commands.machine.fetch import fetch_weights
from rpo.commands.runs.asked import spec_asked, takes_spec
from rpo.commands.runs.watch import follow
from rpo.commands.verb import Verb
from rpo.errors import RpoError
from rpo.glossary import quantity

if TYPE_CHECKING:
    from rpo.runs import Run, Sweep
    from rpo.spec_files import SpecFile


def _options(parser: ArgumentParser) -> None:
    takes_spec(parser)
    parser.add_argument("--processes", type=int, default=1, help="processes that work together on each batch (default 1)")
    parser.add_argument("--ray", metavar="URL", help="run on a Ray cluster: its dashboard's address, like http://127.0.0.1:8265")
    parser.add_argument("--check", action="store_true", help="say what the run would need, and start nothing")
    parser.add_argument("--watch", action="store_true", help="follow it to its end; Ctrl-C leaves it running")
    parser.add_argument("--json", action="store_true", help="print one JSON object with its name")


def _train(choice: Namespace) -> int:
    asked = spec_asked(choice)
    _ready(asked)
    if choice.check:
        return _weigh(choice, asked)
    job = _started(choice, asked)
    print(f"Started {job.title}. `rpo watch {job.name}` follows it, `rpo stop {job.name}` ends it.", file=sys.stderr)
    print(json.dumps({"name": job.name, "title": job.title}) if choice.json else job.name, flush=True)
    return follow(job) if choice.watch else 0


def _ready(asked: "SpecFile") -> None:
    """Fetch the demo weights where it needs them and they are missing; not for data that cannot be trained on."""
    from rpo.runs.data import data_to_start

    spec = asked.spec
    if not (weights.ready(spec.model) and (weights.ready(spec.encoder) or not spec.needs_vectors)):
        data_to_start(spec)
        fetch_weights()


def _started(choice: Namespace, asked: "SpecFile") -> "Run | Sweep":
    from rpo import runs

    if not asked.sweep:
        place = runs.RayCluster(choice.ray) if choice.ray else runs.THIS_MACHINE
        return runs.start(asked.spec, choice.processes, place)
    if choice.ray or choice.processes != 1:
        raise RpoError("a sweep runs on this machine, each run in one process; leave out --ray and --processes")
    return runs.start_sweep(asked.spec, asked.sweep)


def _weigh(choice: Namespace, asked: "SpecFile") -> int:
    """What a run needs, or a sweep's base and all of its runs."""
    from rpo import runs

    found, specs = runs.need(asked.spec, choice.processes), runs.grid(asked.spec, asked.sweep)
    time = runs.sweep_time(specs) if asked.sweep else found.time
    if choice.json:
        print(json.dumps({"fits": not found.refusal, "bytes": found.memory, "runs": len(specs), "time": time.words}))
    else:
        cut = f"{found.cuts.words} {found.cuts.marks} {found.cuts.note}".strip() if found.cuts else ""
        print("\n".join(filter(None, [found.refusal, found.words, found.layout, cut])))
        print(f"{quantity(len(specs), 'run')}, {time.words} in all" if asked.sweep else "Nothing was started.")
    return 1 if found.refusal else 0


VERB = Verb("train", "start a run from a file, a run or a preset; it goes on when the terminal closes", _train, _options)
