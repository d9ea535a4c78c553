"""A stranger, another host, another page, a rater and a proxy before a server that asks who is here."""

import os
import shutil
import subprocess
import time

import pytest

from rpo.voting import Ballots, Options
from tests.security.client import RefusedError, Tab, ask, forged, script_hash
from tests.security.conftest import PAGES, SECRET, free_port, serving, until_open
from tests.voting.conftest import comparisons

pytestmark = pytest.mark.server
SEEN = ("Panels", "Results", "Round 1", "Ann", "tuned", "Explore")  # of what only the owner sees
KEYS = ("front", "owner", "seat", "invite", "visitor", "changing", "rpo")
PATHS = (
    "/",
    "/results",
    "/vote",
    "/home",
    "/_stcore/metrics",
    "/_stcore/host-config",
    "/media/x.png",
    "/pages/front.py",
    "/app.py",
)


def signed_in(server):
    """The cookies of the owner's browser."""
    answer = ask(server.port, "/sign-in", "POST", {"secret": SECRET, "to": "/results"})
    assert (answer.status, answer.headers["location"]) == (303, "/results")
    return answer.cookies


def seated(server):
    """The cookies of a rater's browser, and its address."""
    answer = ask(server.port, f"/invite/{server.home.token}")
    assert answer.status == 303
    return answer.cookies, answer.headers["location"].partition("?")[2]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A server of one person, without owner or invitation."""
    home = tmp_path_factory.mktemp("alone")
    with serving(home) as server:
        server.home = home
        yield server


@pytest.mark.parametrize("path", PATHS)
def test_a_stranger_gets_the_sign_in_page_whatever_they_open(team, path):
    answer = ask(team.port, path)
    assert answer.status == 403
    assert 'action="/sign-in"' in answer.text
    assert not any(word in answer.text for word in SEEN)


@pytest.mark.parametrize("cookies", [{}, {"rpo": "x"}, {"_streamlit_user": "x"}])
def test_a_stranger_gets_no_connection(team, cookies):
    with pytest.raises(RefusedError):
        Tab(team.port, cookies)


def test_no_timing_lets_a_stranger_into_a_server_that_starts(module_home):
    """Every 20 ms from the first moment: two messages, as they once opened all pages."""
    taken, tries = 0, 0
    with serving(module_home.path, wait=False) as fresh:
        until = time.monotonic() + 60
        while time.monotonic() < until and tries < 100:
            try:
                with Tab(fresh.port) as tab:
                    taken += 1
                    tab.send(widgets=forged(*KEYS))
                    tab.send(page=script_hash("results"))
            except RefusedError:
                tries += 1
            except ConnectionRefusedError:
                pass
            time.sleep(0.02)
        assert ask(fresh.port).status == 403
    assert (taken, tries) == (0, 100)


def test_a_stranger_with_a_connection_finds_a_door_and_nothing_behind_it(module_home, tmp_path):
    """Where the organisation signs people in, strangers have a connection; no page, name or forged state opens anything."""
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        '[auth]\nredirect_uri = "http://localhost/oauth2callback"\ncookie_secret = "c"\nclient_id = "i"\nclient_secret = "s"\n'
        'server_metadata_url = "http://127.0.0.1:9/m"\n[rpo]\nowners = ["ann@team.example"]\n'
    )
    with serving(module_home.path, "--secrets.files", str(secrets)) as server:
        for first in ({"widgets": forged(*KEYS)}, {"page": script_hash("results")}, {"name": "results"}):
            for page in PAGES:
                with Tab(server.port) as tab:
                    said = tab.run(**first) + tab.run(page=script_hash(page), widgets=forged(*KEYS)) + tab.run(name=page)
                assert "organisation" in said
                assert not any(word in said for word in ("Round 1", "Ann", "tuned", "Kinder"))
        assert ask(server.port, "/_stcore/upload_file/x/y", "PUT", b"x").status == 403


def test_a_rater_finds_their_seat_and_no_other_page(team):
    cookies, query = seated(team)
    with Tab(team.port, cookies) as tab:
        assert "Which is kinder?" in tab.run(query=query)
        for page in PAGES:
            said = tab.run(query=query, page=script_hash(page), widgets=forged(*KEYS)) + tab.run(query=query, name=page)
            assert not any(word in said for word in ("Panels", "Results", "tuned", "Explore"))
    with pytest.raises(RefusedError):
        Tab(team.port, {name: f"{key}x" for name, key in cookies.items()})


def test_uploads_and_metrics_are_the_owners(team):
    cookies, _ = seated(team)
    for path, method in (("/_stcore/upload_file/a/b", "PUT"), ("/_stcore/metrics", "GET"), ("/map-texts/a/1", "GET")):
        assert ask(team.port, path, method, cookies=cookies).status == 403
    assert ask(team.port, "/map-texts/a/1?data=embedded", cookies=signed_in(team)).status == 404  # there is no such map
    assert ask(team.port, "/_stcore/metrics", cookies=signed_in(team)).status == 200


def test_the_owner_opens_all_pages_after_a_reload_too(team):
    cookies = signed_in(team)
    for _ in range(2):
        with Tab(team.port, cookies) as tab:
            assert "voted" in tab.run(name="results")


ELSEWHERE = [
    ("evil.example:{port}", "http://evil.example:{port}"),
    ("evil.example", "http://localhost:{port}"),
    ("localhost:{port}", "http://localhost:9999"),
    ("localhost:{port}", "http://127.0.0.1:1"),
    ("localhost:{port}", "http://127.0.0.1:{port}"),
    ("localhost:{port}", "https://evil.example"),
    ("localhost:{port}", "null"),
    ("localhost:{port}", "file://"),
]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(("host", "origin"), ELSEWHERE)
def test_another_host_and_another_page_get_no_connection(alone, team, host, origin, later):
    """First, when whoever sits here opens all, and later with the owner's cookie."""
    server = team if later else alone
    cookies, host = signed_in(team) if later else {}, host.format(port=server.port)
    with pytest.raises(RefusedError):
        Tab(server.port, cookies, host=host, origin=origin.format(port=server.port))
    if not host.startswith("localhost:"):
        assert ask(server.port, "/", cookies=cookies, Host=host).status == 400


def test_everything_over_http_carries_the_security_headers(team):
    for path in ("/", "/sign-in", "/healthz", "/_stcore/health", "/enter?token=x", "/invite/x"):
        headers = ask(team.port, path).headers
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


PROXIES = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via", "CF-Connecting-IP", "X-Forwarded-Proto")


@pytest.mark.parametrize("header", PROXIES)
def test_a_proxy_that_says_so_is_nobody_from_the_first_moment(alone, header):
    assert ask(alone.port).status == 200
    assert ask(alone.port, **{header: "10.0.0.7"}).status == 403
    with pytest.raises(RefusedError):
        Tab(alone.port, **{header: "10.0.0.7"})


def test_the_header_that_the_gate_writes_cannot_be_sent(team):
    for value in ("1", "true", ""):
        with pytest.raises(RefusedError):
            Tab(team.port, x_rpo_local=value)


@pytest.mark.skipif(not shutil.which("setpriv") or os.getuid() != 0, reason="another login can be played by root alone")
def test_another_login_on_this_machine_is_nobody_from_the_first_moment(alone):
    get = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://localhost:{alone.port}/"]
    other = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *get]
    found = [subprocess.run(command, capture_output=True, text=True, check=False).stdout for command in (get, other)]
    assert found == ["200", "403"]


def test_from_the_first_invitation_on_being_on_this_machine_proves_nothing(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("RPO_HOME", str(home))
    with serving(home) as server, Tab(server.port) as tab:
        assert "Panels" in tab.run(name="panels")
        ballots = Ballots()
        ballots.invitations.invite(ballots.make_panel("Round 1", comparisons(3)), "Ann")
        assert ask(server.port).status == 403
        said = tab.run(name="panels")  # the connection from before
        assert "sign in" in said
        assert "Round 1" not in said
        with pytest.raises(RefusedError):
            Tab(server.port)
        link = server.log().split("alone: ")[1].split()[0]
        answer = ask(server.port, link.split(str(server.port))[1])
        assert (answer.status, "token" in answer.headers["location"]) == (303, False)
        with Tab(server.port, answer.cookies) as mine:
            assert "Round 1" in mine.run(name="panels")


NGINX = """
daemon off; pid {folder}/pid; error_log stderr; user nobody nogroup;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{listen}; location / {{ proxy_pass http://127.0.0.1:{port}; }} }}
}}
"""


@pytest.mark.skipif(not shutil.which("nginx") or os.getuid() != 0, reason="nginx is not here, or could not run as another login")
def test_nginx_that_says_nothing_of_itself_is_nobody_first_and_later(alone, team, tmp_path):
    for server in (alone, team):
        listen = free_port()
        (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path, listen=listen, port=server.port))
        with subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf")], stderr=subprocess.DEVNULL) as proxy:
            try:
                until_open(listen, proxy)
                assert ask(listen).status == 403
            finally:
                proxy.terminate()


def test_page_files_run_without_the_gate_open_nothing(module_home, tmp_path):
    """`streamlit run pages/results.py`, or the script itself: nobody has looked at who connects."""
    for script in ("pages/front.py", "pages/results.py"):
        with serving(module_home.path, script=script) as server, Tab(server.port, x_rpo_local="1") as tab:
            said = tab.run() + tab.run(widgets=forged(*KEYS), page=script_hash("results"))
            assert "Round 1" not in said


def test_a_row_that_was_edited_is_named_to_the_owner_and_not_to_a_rater(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("RPO_HOME", str(home))
    ballots = Ballots()
    ballots.owner.claim(SECRET)
    panel = ballots.make_panel("Round 1", comparisons(12), options=Options(repeats=0))
    token = ballots.invitations.invite(panel, "Ann")
    ballots.progress(panel, "Ann")
    pair = next(iter(ballots.comparisons(panel)))
    with ballots.database.writing() as connection:
        connection.exec_driver_sql("UPDATE shown SET pair = 'gone' WHERE pair = ?", (pair,))
    with serving(home) as server:
        hers = ask(server.port, f"/invite/{token}")
        with Tab(server.port, hers.cookies) as tab:
            said = tab.run(query=hers.headers["location"].partition("?")[2])
        assert "cannot be read" in said
        assert pair not in said
        assert pair in server.log()
        with Tab(server.port, ask(server.port, "/sign-in", "POST", {"secret": SECRET}).cookies) as tab:
            assert "edited the votes database" in tab.run(name="panels")
