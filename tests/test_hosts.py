"""Names under which a server is reached, and what a request must look like to come from its own machine."""

import os
import socket

import pytest

from rpo import hosts
from rpo.errors import RpoError

OURS = {"localhost": "localhost", "localhost:8501": "localhost", "[::1]:8501": "::1", "LOCALHOST.:1": "localhost"}
NONE = (
    "",
    "localhost@evil.example",
    "localhost:x",
    "localhost/x",
    "localhost?x",
    "a:b@localhost",
    "localhost#x",
    "[::1",
    "x:99999",
)


@pytest.mark.parametrize(("host", "name"), OURS.items())
def test_the_name_in_a_host_header(host, name):
    assert hosts.name_of(host) == name


@pytest.mark.parametrize("host", NONE)
def test_what_is_no_host_has_no_name(host):
    assert hosts.name_of(host) not in hosts.LOOPBACK


@pytest.mark.parametrize(
    ("origin", "host", "fits"),
    [
        ("", "localhost:8501", True),  # no browser
        ("http://localhost:8501", "localhost:8501", True),
        ("http://localhost:9999", "localhost:8501", False),
        ("http://127.0.0.1:8501", "localhost:8501", False),
        ("null", "localhost:8501", False),
        ("file://", "localhost:8501", False),
        ("http://evil.example", "localhost:8501", False),
        ("https://votes.team.example", "127.0.0.1:8501", True),  # a proxy that keeps no Host
        ("https://votes.team.example.evil.example", "127.0.0.1:8501", False),
        ("ftp://votes.team.example", "127.0.0.1:8501", False),
    ],
)
def test_only_a_page_that_we_served_may_connect(monkeypatch, origin, host, fits):
    monkeypatch.setenv(hosts.PUBLIC_URL, "https://votes.team.example/")
    assert hosts.origin_fits(origin, host) == fits


@pytest.mark.parametrize(
    "url", ["votes.team.example", "ftp://x", "https://", "https://x/path", "https://a@x", "javascript:x", "https://x?y"]
)
def test_a_public_url_that_no_browser_opens_is_refused(url):
    with pytest.raises(RpoError, match="public URL"):
        hosts.public_host(url)


def test_names_of_a_server_that_listens_everywhere_are_this_machines():
    assert hosts.names("votes.team.example") == ("votes.team.example",)
    assert {socket.gethostname(), "127.0.0.1"} <= set(hosts.names("0.0.0.0"))


def test_a_connection_of_our_own_is_local_and_one_that_is_not_there_is_not():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as mine:
        near, far = mine.getsockname(), server.getsockname()[1]
        assert hosts.local(near, far, f"localhost:{far}", {})
        assert not hosts.local(near, far, "evil.example", {})
        assert not hosts.local(("10.0.0.1", near[1]), far, "localhost", {})
        assert not hosts.local(("testclient", near[1]), far, "localhost", {})
        assert not hosts.local(None, far, "localhost", {})
    if os.path.exists("/proc/net/tcp"):  # noqa: PTH110
        assert not hosts.local(("127.0.0.1", 1), 1, "localhost", {})
