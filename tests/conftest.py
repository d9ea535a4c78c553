"""Shared fixtures: every test gets a home of its own; the real weights are fetched once and linked into it."""

import gc
import json
import os
import shutil
import signal
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from rpo import jobs
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import Kind
from tests.once import check_model, once, sharing

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test needs the hub; what it cannot give is refused at once
os.environ["RPO_EXAMPLE"] = "0"  # servers of tests start in an empty home; the tests of the example ask for it
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # tests share the CPU with the processes they start
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores as well
settings.register_profile("untimed", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("untimed")
ROOT = Path(__file__).parent.parent
HOMES = count()
REAL_HOME = Path(os.environ.get("RPO_HOME", ROOT / ".rpo")).resolve()


def pytest_xdist_auto_num_workers(config):
    """A worker a core; one more where tests wait for browsers, servers and processes of their own."""
    return min(len(os.sched_getaffinity(0)), 8) + ("not weights" not in config.option.markexpr)


def pytest_collection_modifyitems(items):
    """Files with slow tests come first, so that no worker is left with one when the others have ended."""
    slow = {item.path for item in items if item.path.suffix == ".ipynb" or item.get_closest_marker("browser")}
    slower = slow | {item.path for item in items if item.get_closest_marker("weights")}
    items.sort(key=lambda item: (item.path not in slow) + (item.path not in slower))


def pytest_collection_finish(session):
    """What is imported and collected stays to the end: Python's garbage collector need not look at it again and again."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Say at a test's end whether it failed, so that its home is left to be looked at."""
    report = yield
    item.has_failed = getattr(item, "has_failed", False) or report.failed
    return report


@pytest.fixture(autouse=True)
def rpo_home(request, tmp_path_factory, monkeypatch):
    """An empty $RPO_HOME for each test, inside its `tmp_path` if it has one; what it started in the background ends with it.

    Half of the tests write no file: for them there is no folder to be made and removed.
    """
    with_folder = "tmp_path" in request.fixturenames
    home = request.getfixturevalue("tmp_path") / "home" if with_folder else tmp_path_factory.getbasetemp() / f"home-{next(HOMES)}"
    monkeypatch.setenv("RPO_HOME", str(home))
    yield home
    if not home.exists():
        return
    for pid in home.rglob("pid"):
        with suppress(RpoError, OSError, ValueError):
            if jobs.look(pid.parent).active:
                os.killpg(int(pid.read_text()), signal.SIGKILL)
    if not with_folder and not request.node.has_failed:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with a random one-layer Llama and a byte-level tokenizer with a chat template: fast, and real code all through."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    specials = ["<pad>", "<end>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(specials + letters)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<pad>")
    fast.chat_template = "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}<end>{% endfor %}[assistant]"
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(specials + letters),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=None,
    )
    folder = tmp_path_factory.mktemp("tiny-model")
    LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture
def model_folder(tmp_path, tiny_model):
    """`model_folder(config)`: a model's folder with this configuration, a tokenizer of 258 tokens and no weights to speak of."""

    def of(config, template="", **special):
        place = tmp_path / "model"
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(tiny_model)
        tokenizer.chat_template = template or tokenizer.chat_template
        tokenizer.save_pretrained(place)
        (place / "model.safetensors").touch()
        (place / "config.json").write_text(json.dumps(config))
        for name, text in special.items():
            (place / f"{name}.json").write_text(text)
        return str(place)

    return of


@pytest.fixture(scope="session")
def few(tmp_path_factory):
    """`few[kind]`: a file with 24 pairs, or with their 48 answers, of many lengths; six prompts are held out."""
    folder = tmp_path_factory.mktemp("few")
    pairs = [
        {
            "prompt": f"Why {n}{', and why' * (n % 4)}?",
            "chosen": f"Because of {n}{' and so on' * (n % 3)}.",
            "rejected": "Hard to say." * (1 + n % 5),
            "score_chosen": 1 + n % 7,
            "score_rejected": n % 7,
            "split": "test" if n % 4 == 1 else "train",
        }
        for n in range(24)
    ]
    judged = [
        {"prompt": pair["prompt"], "completion": pair[side], "label": side == "chosen", "split": pair["split"]}
        for pair in pairs
        for side in ("chosen", "rejected")
    ]
    files = {Kind.PAIRED: (folder / "pairs.jsonl", pairs), Kind.UNPAIRED: (folder / "judged.jsonl", judged)}
    for path, rows in files.values():
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {kind: str(path) for kind, (path, _) in files.items()}


@pytest.fixture(scope="session")
def found_layouts(tmp_path_factory):
    """Where the layouts of small models are kept for all tests, by their content, as a home keeps them."""
    return tmp_path_factory.mktemp("layouts")


@pytest.fixture
def known_layouts(request, rpo_home, found_layouts):
    """A home that knows the layouts that earlier tests found: the check of a small model takes longer than its run."""
    if "real_weights" in request.fixturenames:  # which brings those of the real one
        yield
        return
    with sharing(found_layouts, rpo_home / "layouts"):
        yield


@pytest.fixture(scope="session")
def demo_weights():
    """The real demo weights, fetched once into the checkout's own home; where they cannot be had, the test is skipped."""
    from rpo import weights
    from rpo.errors import RpoError

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(REAL_HOME))
        try:
            weights.fetch(lambda part, text: None)
        except RpoError as error:
            pytest.skip(f"the demo weights are not here and cannot be fetched: {error}")
    return REAL_HOME / "weights"


@pytest.fixture(scope="session")
def checked_model(demo_weights):
    """The real model checked as a run of short texts does, once for all workers: it takes longer than the runs."""
    check_model(demo_weights)


@pytest.fixture
def real_weights(rpo_home, demo_weights):
    """An empty home that shares the real weights."""
    rpo_home.mkdir(parents=True, exist_ok=True)
    (rpo_home / "weights").symlink_to(demo_weights)
    with sharing(demo_weights.parent / "layouts", rpo_home / "layouts"):  # what was found of the real model holds for all tests
        yield rpo_home


@pytest.fixture(scope="session")
def drawn_home(demo_weights, tmp_path_factory):
    """A home in which the map of the embedded data is drawn, once for all workers; a test gets a copy of it (`mapped`)."""
    from rpo import embeddings, weights
    from rpo.preferences import View

    def make(home):
        (home / "weights").symlink_to(demo_weights)
        folder = embeddings.request_map("embedded", weights.ENCODER, View.LAST_TURN)  # it comes with the package
        assert jobs.look(folder).status is Status.DONE

    return once(tmp_path_factory.getbasetemp(), "drawn", make)


@pytest.fixture
def mapped(real_weights, drawn_home):
    """An empty home that shares the real weights, with the embedded data's vectors and map."""
    for part in ("vectors", "maps"):
        shutil.copytree(drawn_home / part, real_weights / part, dirs_exist_ok=True)
    return real_weights


@pytest.fixture
def stub_vectors(monkeypatch):
    """Letter counts in place of a real encoder, for loops that only need distinct unit vectors quickly."""
    import numpy as np

    def vectors(prompts, encoder, view, progress):
        counts = np.array([np.bincount([ord(c) % 64 for c in prompt], minlength=64) for prompt in prompts], dtype=np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    monkeypatch.setattr("rpo.embeddings.embed", vectors)


@pytest.fixture(scope="session")
def chromium():
    """A chromium: the system's, or the one Playwright installed."""
    from playwright.sync_api import Error, sync_playwright

    from tests.browser.conftest import SOFTWARE

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SOFTWARE)
        except Error as error:
            pytest.skip(f"no chromium here (apt install chromium, or playwright install chromium): {str(error).splitlines()[0]}")
        yield browser
        browser.close()
