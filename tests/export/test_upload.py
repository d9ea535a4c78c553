"""An export is sent to a stand-in of the hub's API: a repository, one commit, large files by LFS; never a token in words."""

import base64
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import pytest

from rpo import export
from rpo.errors import RpoError
from rpo.export import ExportKind

SECRET = "hf_standin"


def answering(hub):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *about):
            pass

        def do(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hub.asked.append((self.command, self.path, self.headers.get("Authorization")))
            status, said = hub.answer(self.command, self.path, body)
            data = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_HEAD = do  # noqa: N815 - the names that the class looks for

    return Handler


class Hub:
    """What the hub's API answers, as `huggingface_hub` asks it."""

    def __init__(self):
        self.asked, self.private, self.repository, self.files, self.large, self.refuses = [], True, None, {}, {}, False

    def answer(self, method, path, body):
        if self.refuses:
            return 403, {"error": "no rights"}
        if path == "/api/repos/create":
            self.repository = json.loads(body)
            return 200, {"url": f"{self.url}/me/taken", "name": "me/taken"}
        if path.endswith("/preupload/main"):
            files = json.loads(body)["files"]
            modes = [{"path": one["path"], "uploadMode": self.mode(one["path"]), "shouldIgnore": False} for one in files]
            return 200, {"files": modes}
        if path.endswith("/objects/batch"):
            found = json.loads(body)["objects"]
            return 200, {"objects": [{**one, "actions": {"upload": {"href": f"{self.url}/put/{one['oid']}"}}} for one in found]}
        if path.startswith("/put/"):
            self.large[path.rsplit("/", 1)[1]] = body
            return 200, {}
        if path.endswith("/commit/main"):
            self.commit(body)
            return 200, {"commitUrl": f"{self.url}/me/taken/commit/1", "commitOid": "1", "success": True}
        if re.search(r"/api/models/[^/]+/[^/]+$", path):
            return 200, {"id": "me/taken", "private": self.private, "sha": "1", "tags": []}
        return 200, {"errors": [], "warnings": []}

    def mode(self, path):
        return "lfs" if path.endswith(".safetensors") else "regular"

    def commit(self, body):
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.files[value["path"]] = self.large[value["oid"]]


@pytest.fixture
def hub(monkeypatch):
    from huggingface_hub import constants

    found = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), answering(found))
    found.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {"HF_ENDPOINT": found.url, "HF_TOKEN": SECRET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # its protocol has no stand-in
    yield found
    server.shutdown()
    server.server_close()


def test_an_export_is_sent_whole_and_private(hub, run):
    folder = export.write(run, ExportKind.ADAPTER)
    assert export.push(folder, "me/taken") == f"{hub.url}/me/taken"
    assert hub.repository.get("visibility") == "private" or hub.repository.get("private")  # as its versions say it
    assert hub.files == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {who for method, path, who in hub.asked if path.startswith("/api/models")} == {f"Bearer {SECRET}"}
    assert not [path for method, path, _ in hub.asked if path.endswith("/commit/main")][1:]  # one commit


def test_what_is_public_is_refused_unless_it_is_allowed(hub, run):
    folder, hub.private = export.write(run, ExportKind.ADAPTER), False
    with pytest.raises(RpoError, match="public"):
        export.push(folder, "me/taken")
    assert hub.files == {}
    export.push(folder, "me/taken", private=False)
    assert hub.files


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda about: about.patch.delenv("HF_TOKEN"), "HF_TOKEN"),
        (lambda about: setattr(about.hub, "refuses", True), "me/taken"),
        (lambda about: (about.folder / "README.md").unlink(), "README"),
    ],
    ids=["no token", "no rights", "no card"],
)
def test_what_cannot_be_sent_says_why_and_never_the_token(hub, run, monkeypatch, broken, words):
    folder = export.write(run, ExportKind.ADAPTER)
    broken(SimpleNamespace(patch=monkeypatch, hub=hub, folder=folder))
    with pytest.raises(RpoError, match=words) as refused:
        export.push(folder, "me/taken")
    assert SECRET not in str(refused.value)
    assert hub.files == {}
