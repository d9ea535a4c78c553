"""Where a run lives: this machine, and a real one-node Ray that is started for these tests and ended after them."""

import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from rpo import runs, storage
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.runs import THIS_MACHINE, RayCluster
from rpo.runs.backends import ray, ray_client
from rpo.runs.backends.backend import launch_record, place_of
from rpo.runs.backends.ray_worker import followed, read_report
from rpo.runs.run import Run
from rpo.spec import Objective, RunSpec
from rpo.training.trainer import train

QUIET = {"held_out": 0, "samples": 0, "evaluations": 0}


def free_ports(count):
    open_ones = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in open_ones]
    for one in open_ones:
        one.close()
    return ports


@pytest.fixture(scope="module")
def cluster():
    """A Ray of our own with four cores; its temporary folder has a short name, for sockets live in it."""
    pytest.importorskip("ray", reason='Ray is not installed: pip install "ray[default]"')
    port, dashboard, agent, client = free_ports(4)
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    ours = {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    thrifty = {"RAY_prestart_worker_first_driver": "0", "RAY_enable_metrics_collection": "0"}
    options = [f"--port={port}", f"--dashboard-port={dashboard}", f"--dashboard-agent-listen-port={agent}", "--num-cpus=4"]
    options += [f"--ray-client-server-port={client}", f"--temp-dir={folder}", "--node-ip-address=127.0.0.1", "--num-gpus=0"]
    options += ["--include-dashboard=true", "--disable-usage-stats", "--object-store-memory=80000000", "--block"]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", *options],
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("RAY_")} | ours | thrifty,
        )
    try:
        address = f"http://127.0.0.1:{dashboard}"
        until(lambda: answers(address) or process.poll() is not None, 90)
        assert process.poll() is None, (folder / "output").read_text()
        yield address
    finally:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        process.terminate()
        _, alive = psutil.wait_procs(family, timeout=15)
        for one in alive:
            one.kill()
        shutil.rmtree(folder, ignore_errors=True)


def answers(address):
    try:
        RayCluster(address).ready()
    except RpoError:
        return False
    return True


def until(condition, seconds=90.0, run=None):
    end = time.time() + seconds
    while not condition():
        if time.time() > end:
            pytest.fail(f"waited in vain{f': {run.state} {run.log()}' if run else ''}")
        time.sleep(0.1)


def spec_of(model, steps=100_000, **change):
    return RunSpec(model=str(model), objective=Objective.DPO, steps=steps, contrast_size=2, **QUIET, **change)


def folder_of(spec, name, place=THIS_MACHINE, processes=1):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", spec.as_dict())
    storage.write_json(folder / "launch.json", launch_record(place, processes))
    return Run(folder)


def at_rest(run):
    """The run's process, suspended: what is tried needs no steps meanwhile."""
    training = psutil.Process(read_report(run.folder).pid)
    training.suspend()
    return training


def jobs_of(run, address):
    return [job for job in ray_client.connect(address).list_jobs() if (job.metadata or {}).get("job_name") == run.name]


@pytest.mark.ray
@pytest.mark.weights
def test_a_run_on_a_cluster_is_the_run_it_would_be_here(cluster, tiny_model):
    spec = spec_of(tiny_model, steps=4)
    run = runs.start(spec, processes=2, place=RayCluster(cluster))
    here = folder_of(spec, "here")
    train(here, lambda progress, message: None)
    seen = set()
    until(lambda: seen.add(run.state.status) or not run.state.active, run=run)
    assert run.state.status is Status.DONE, run.log()
    assert run.state.progress == 1.0
    assert Status.RUNNING in seen
    assert [r["loss"] for r in run.metrics] == pytest.approx([r["loss"] for r in here.metrics], rel=1e-4)
    assert run.adapter is not None
    assert "Running entrypoint for job" in run.log()
    assert run.where == f"Ray at {cluster}, 2 processes, job {jobs_of(run, cluster)[0].submission_id}"
    assert here.where == "this machine"


@pytest.mark.ray
@pytest.mark.weights
def test_a_killed_follower_finds_its_job_again_and_a_stop_reaches_it(cluster, tiny_model):
    run = runs.start(spec_of(tiny_model), place=RayCluster(cluster))
    until(lambda: len(run.metrics) >= 3, run=run)
    assert run.state.status is Status.RUNNING
    training = at_rest(run)
    os.kill(run.state.pid, signal.SIGKILL)
    until(lambda: run.state.status is Status.LOST)
    where, steps = run.where, len(run.metrics)
    runs.resume(run)
    until(lambda: run.state.message.startswith("step"), run=run)
    training.resume()
    until(lambda: len(run.metrics) > steps, run=run)
    assert run.where == where
    assert len(jobs_of(run, cluster)) == 1
    assert run.log(1000).count("Running entrypoint for job") == 1
    run.stop()
    until(lambda: not run.state.active, run=run)
    assert run.state.status is Status.STOPPED
    assert run.adapter is not None
    assert [record["step"] for record in run.metrics] == list(range(1, len(run.metrics) + 1))


@pytest.mark.ray
@pytest.mark.weights
def test_what_ends_a_job_on_the_cluster_is_told_in_words(cluster, tiny_model):
    ended, killed = (runs.start(spec_of(tiny_model, seed=n), place=RayCluster(cluster)) for n in range(2))
    broken = folder_of(spec_of(tiny_model, data="no/such/file.jsonl"), "broken", RayCluster(cluster))
    RayCluster(cluster).start(broken.folder, 1)
    until(lambda: ended.metrics and killed.metrics, run=ended)
    ray_client.connect(cluster).stop_job(jobs_of(ended, cluster)[0].submission_id)
    os.kill(read_report(killed.folder).pid, signal.SIGKILL)
    for run, status, words in (
        (ended, Status.STOPPED, "somebody stopped its job on the cluster"),
        (killed, Status.FAILED, "its process was killed"),
        (broken, Status.FAILED, "no/such/file.jsonl"),
    ):
        until(lambda run=run: not run.state.active, run=run)
        assert run.state.status is status
        assert words in run.state.message
    assert "Traceback" in broken.log()


@pytest.mark.ray
@pytest.mark.weights
def test_a_run_waits_for_a_node_that_can_carry_it_and_can_be_stopped_meanwhile(cluster, tiny_model):
    run = runs.start(spec_of(tiny_model), processes=64, place=RayCluster(cluster))
    until(lambda: run.state.message == "waiting on the cluster for a node with 64 CPUs", run=run)
    assert run.state.status is Status.QUEUED
    run.stop()
    until(lambda: run.state.status is Status.STOPPED, run=run)
    assert run.metrics == []


class Wire:
    """A way to the cluster that can be cut and mended."""

    def __init__(self, address):
        self.target, (self.port,) = int(address.rsplit(":", 1)[1]), free_ports(1)
        self.mend()

    def mend(self):
        target = self.target

        class Forward(socketserver.BaseRequestHandler):
            def handle(self):
                with socket.create_connection(("127.0.0.1", target)) as far:
                    back = threading.Thread(target=pour, args=(far, self.request), daemon=True)
                    back.start()
                    pour(self.request, far)
                    back.join()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", self.port), Forward)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self):
        self.server.shutdown()
        self.server.server_close()


def pour(source, target):
    while data := source.recv(1 << 16):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def followed_here(run):
    """A follower in this process, whose patience a test can shorten, and what it could not mend."""
    failures = []

    def follow():
        try:
            ray.main(run.folder)
        except RpoError as error:
            failures.append(str(error))

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    return thread, failures


@pytest.mark.ray
@pytest.mark.weights
def test_a_cluster_that_falls_silent_fails_the_run_in_words_and_its_job_is_found_again(cluster, tiny_model, monkeypatch):
    wire = Wire(cluster)
    run = folder_of(spec_of(tiny_model), "far", RayCluster(f"http://127.0.0.1:{wire.port}"))
    follower, failures = followed_here(run)
    until(lambda: run.metrics, run=run)
    at_rest(run)
    with monkeypatch.context() as patch:  # only now: before, a busy machine is slow to answer
        patch.setattr(ray, "CLUSTER_TIMEOUT", 1.0)
        wire.cut()
        follower.join(30)
    assert run.state.status is Status.FAILED
    assert failures == [run.state.message]
    assert f"127.0.0.1:{wire.port}" in run.state.message
    with pytest.raises(RpoError, match=f"{wire.port}"):
        runs.resume(run)
    wire.mend()
    follower, failures = followed_here(run)
    until(lambda: run.state.message.startswith("step"), run=run)
    assert len(jobs_of(run, cluster)) == 1
    stops_what_does_not_hear(run, follower, monkeypatch)
    assert failures == []
    wire.cut()


def stops_what_does_not_hear(run, follower, monkeypatch):
    monkeypatch.setattr(ray, "CLUSTER_STOP_SECONDS", 0.5)
    deaf = psutil.Process(read_report(run.folder).pid)
    deaf.suspend()
    run.stop()
    follower.join(30)
    assert run.state.status is Status.STOPPED
    until(lambda: not deaf.is_running() or deaf.status() == psutil.STATUS_ZOMBIE)


def test_an_address_where_nobody_answers_is_refused_before_there_is_a_run(tiny_model):
    (port,) = free_ports(1)
    with pytest.raises(RpoError, match=rf"http://127\.0\.0\.1:{port}\b"):
        runs.start(spec_of(tiny_model), place=RayCluster(f"http://127.0.0.1:{port}/"))
    assert runs.all_runs() == ()


def test_what_answers_but_is_not_ray_is_refused(tiny_model):
    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with pytest.raises(RpoError, match=r"http://127\.0\.0\.1:\d+.*something else"):
        RayCluster(f"http://127.0.0.1:{server.server_port}").ready()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("address", ["", "auto", "ray://head:10001", "127.0.0.1:8265", "http://"])
def test_a_cluster_is_named_by_its_dashboard(address):
    with pytest.raises(RpoError, match="dashboard"):
        RayCluster(address)


@pytest.mark.parametrize("place", [THIS_MACHINE, RayCluster("http://head:8265")])
def test_a_place_is_found_again_in_the_folder(place):
    assert place_of(launch_record(place, 2)) == place
    assert folder_of(RunSpec(), "run", place, 2).where.startswith(f"{place.name}, 2 ")


def test_a_folder_the_cluster_cannot_see_is_refused_in_words(tmp_path):
    with pytest.raises(RpoError, match="path.*elsewhere|elsewhere.*path"), followed(tmp_path / "elsewhere"):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_the_line_that_says_best_what_went_wrong():
    log = """[rank1]: Traceback (most recent call last):
[rank1]: RuntimeError: out of memory
Traceback (most recent call last):
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
=====
"""
    assert ray_client.last_error(log) == "[rank1]: RuntimeError: out of memory"
    assert ray_client.last_error("a\n/usr/bin/python: No module named rpo\n") == "/usr/bin/python: No module named rpo"
    assert ray_client.last_error("x\nrpo.errors.RpoError: tau must be positive, got 0") == "tau must be positive, got 0"
    assert ray_client.last_error("")  # some words in place of none
