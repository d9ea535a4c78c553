"""How a browser shows who sits at it: the secret, the link of the start, a rater's invitation; and how that ends."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rpo.voting import Ballots
from tests.security.client import RefusedError, Tab, ask
from tests.security.conftest import SECRET, free_port, serving, until_open
from tests.voting.conftest import comparisons

pytestmark = pytest.mark.server
VOTE = "Which is kinder?"


def sign_in(port, secret=SECRET, **more):
    return ask(port, "/sign-in", "POST", {"secret": secret, **more})


def test_a_monitor_hears_that_all_is_well_and_no_more(team):
    answer = ask(team.port, "/healthz")
    assert (answer.status, sorted(json.loads(answer.text))) == (200, ["status", "version"])


def test_the_secret_gives_a_cookie_that_no_script_reads_and_no_other_site_sends(team):
    answer = sign_in(team.port, to="/results?panel=x")
    assert (answer.status, answer.headers["location"]) == (303, "/results?panel=x")
    assert {"httponly", "samesite=strict", "path=/"} <= set(answer.headers["set-cookie"].lower().replace(" ", "").split(";"))
    assert ask(team.port, "/", cookies=answer.cookies).status == 200


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"])
def test_a_sign_in_leads_to_a_page_of_ours_only(team, to):
    assert sign_in(team.port, to=to).headers["location"] == "/"


def test_wrong_secrets_wait_longer_and_longer_and_are_logged(team):
    began, times = time.monotonic(), []
    for _ in range(4):
        assert sign_in(team.port, "guess").status == 403
        times.append(time.monotonic() - began)
        began = time.monotonic()
    assert times[3] > 1.9  # 0.25 s doubled three times
    assert times[3] > times[2] > times[1]
    assert re.search(r"secret.*127\.0\.0\.1.*\b4\b", team.log())
    assert sign_in(team.port).status == 303  # the right one ends it
    began = time.monotonic()
    assert sign_in(team.port, "guess").status == 403
    assert time.monotonic() - began < times[3]
    assert sign_in(team.port).status == 303


def test_guesses_that_come_together_wait_for_one_another(team):
    assert sign_in(team.port).status == 303
    began = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        found = [one.status for one in pool.map(lambda _: sign_in(team.port, "guess"), range(12))]
    assert set(found) == {429, 403}
    assert found.count(403) < 7  # four wait; where the machine is slow, some have gone when the last come
    assert time.monotonic() - began > 3.4  # 0, 0.5, 1 and 2 s, one after the other
    assert sign_in(team.port).status == 303


def test_a_forged_proxy_header_does_not_start_the_waiting_anew(team):
    began = time.monotonic()
    for number in range(4):
        guess = {"secret": "guess"}
        assert ask(team.port, "/sign-in", "POST", guess, X_Forwarded_For=f"10.0.0.{number}").status == 403
    assert time.monotonic() - began > 3.4  # 0, 0.5, 1 and 2 s


@pytest.mark.parametrize("body", ["x" * 20_000, "", "secret=", "secret=%00", "\xff"])
def test_odd_forms_are_refused_in_words(team, body):
    answer = ask(team.port, "/sign-in", "POST", body.encode("latin-1"))
    assert answer.status == 403
    assert "Traceback" not in team.log()


def test_a_sign_out_ends_what_the_cookie_opened(team):
    cookies = sign_in(team.port).cookies
    assert ask(team.port, "/sign-out", cookies=cookies).status == 200  # it asks first
    with pytest.raises(AssertionError):
        assert ask(team.port, "/sign-out", "POST", cookies=cookies, Origin="http://evil.example").status == 303
    assert ask(team.port, "/", cookies=cookies).status == 200
    assert ask(team.port, "/sign-out", "POST", cookies=cookies).status == 303
    assert ask(team.port, "/", cookies=cookies).status == 403


def test_a_changed_secret_ends_old_cookies(team, monkeypatch):
    cookies = sign_in(team.port).cookies
    with Tab(team.port, cookies) as tab:
        assert "voted" in tab.run(name="results")
        command = [sys.executable, "-c", "from rpo.cli import main; main()", "owner", "--change"]
        place = {**os.environ, "RPO_HOME": str(team.home.path)}
        subprocess.run(command, input=f"{SECRET}\nanother secret\n", text=True, check=True, env=place, capture_output=True)
        assert "voted" not in tab.run(name="results")  # the connection that stood
    assert ask(team.port, "/", cookies=cookies).status == 403
    assert sign_in(team.port).status == 403
    team.home.ballots.owner.reset(SECRET)
    assert sign_in(team.port).status == 303


def test_the_link_of_the_start_leaves_the_address_bar_and_a_ticket_works_once(team):
    link = team.log().split("alone: ")[1].split()[0]
    for _ in range(2):
        answer = ask(team.port, link.split(str(team.port))[1])
        assert (answer.status, answer.headers["location"]) == (303, "/")
    assert ask(team.port, "/", cookies=answer.cookies).status == 200
    for token in ("", "x", link[-20:], "%00", "é"):
        assert ask(team.port, f"/enter?token={token.replace('é', '%C3%A9')}").status == 403


@pytest.fixture
def invite(team):
    def made(name, *more, **options):
        return team.home.ballots.invitations.invite(team.home.panel, name, *more, **options)

    return made


def test_an_invitation_becomes_a_cookie_and_leaves_the_address_bar(team, invite):
    token = invite("Ann")
    for path in (f"/invite/{token}", f"/?invite={token}"):  # the second as links of older versions were
        answer = ask(team.port, path)
        if answer.headers["location"].startswith("/invite/"):
            answer = ask(team.port, answer.headers["location"])
        assert answer.status == 303
        assert token not in answer.headers["location"]
        query = answer.headers["location"].partition("?")[2]
        for _ in range(2):  # a reload
            with Tab(team.port, answer.cookies) as tab:
                assert VOTE in tab.run(query=query)


def test_two_invitations_in_one_browser_are_two_seats(team, invite):
    ann, ben = (ask(team.port, f"/invite/{invite(name)}") for name in ("Ann", "Ben"))
    for name, mine in (("Ann", ann), ("Ben", ben)):
        with Tab(team.port, {**ann.cookies, **ben.cookies}) as tab:
            assert f"**{name}**" in tab.run(query=mine.headers["location"].partition("?")[2])


def test_a_link_for_one_browser_waits_for_a_press_and_is_taken_once(team, invite):
    path = f"/invite/{invite('Cleo', single=True)}"
    for _ in range(3):  # programs that look at links take nothing
        assert (ask(team.port, path).status, ask(team.port, path).cookies) == (200, {})
    first = ask(team.port, path, "POST")
    assert first.status == 303
    query = first.headers["location"].partition("?")[2]
    with Tab(team.port, first.cookies) as tab:
        assert VOTE in tab.run(query=query)
    for method in ("GET", "POST"):
        other = ask(team.port, path, method)
        assert (other.status, "first" in other.text) == (403, True)
        again = ask(team.port, path, method, cookies=first.cookies)
        assert again.status == 303
    with pytest.raises(RefusedError):
        Tab(team.port, {name: key.split(".")[0] for name, key in first.cookies.items()})


def test_an_invitation_ends_by_itself(team, invite):
    token = invite("Dan", 6e-5)  # days: about five seconds
    answer = ask(team.port, f"/invite/{token}")
    assert answer.status == 303
    time.sleep(5.5)
    assert "has expired" in ask(team.port, f"/invite/{token}").text
    with pytest.raises(RefusedError):
        Tab(team.port, answer.cookies)
    assert "has expired" in ask(team.port, "/", cookies=answer.cookies).text


def test_the_owner_who_opens_a_raters_link_stays_the_owner(team, invite):
    cookies = sign_in(team.port).cookies
    answer = ask(team.port, f"/invite/{invite('Ann')}", cookies=cookies)
    assert (answer.cookies, answer.headers["location"]) == ({}, f"/vote?panel={team.home.panel}&rater=Ann")


SPY = """
import os, socket
kept, connect, look = open(os.environ["SPY"], "a", buffering=1), socket.socket.connect, socket.getaddrinfo
def near(host): return host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::", None, "") or str(host).startswith("/")
def spied(real):
    def call(self, address, *more):
        host = address[0] if isinstance(address, tuple) else address
        near(host) or kept.write(f"connect {address}\\n")
        return real(self, address, *more)
    return call
def asked(host, *more, **named):
    near(host) or kept.write(f"look up {host}\\n")
    return look(host, *more, **named)
socket.socket.connect, socket.getaddrinfo = spied(connect), asked
"""


@pytest.mark.parametrize(
    "words", [("--host", "0.0.0.0"), ("--host", "127.0.0.1", "--public-url", "https://votes.team.example"), ()]
)
def test_nothing_leaves_the_machine_at_a_start(tmp_path, monkeypatch, words):
    (tmp_path / "sitecustomize.py").write_text(SPY)
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    (home / "weights").mkdir()
    monkeypatch.setenv("RPO_HOME", str(home))
    Ballots().owner.claim(SECRET)
    spy = tmp_path / "spy"
    place = {**os.environ, "SPY": str(spy), "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    place |= {"STREAMLIT_SERVER_HEADLESS": "true", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    command = [sys.executable, "-c", "import sys; from rpo.cli import main; sys.exit(main())", "--port", str(port), *words]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=place, stdout=log, stderr=log)
    try:
        until_open(port, process)
        time.sleep(2)
        assert ask(port, "/_stcore/health").status == 200
        assert spy.read_text() == ""
        if "--public-url" in words:
            assert ask(port, "/", Host="votes.team.example").status == 403
            assert ask(port, "/", Host="evil.example").status == 400
    finally:
        process.send_signal(signal.SIGTERM)  # the pid of `rpo` is the server's
        assert process.wait(20) in (0, -signal.SIGTERM, 143)
    with pytest.raises(OSError, match="refused"):
        ask(port)


def test_with_a_database_that_is_damaged_nobody_comes_in(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("RPO_HOME", str(home))
    ballots = Ballots()
    ballots.make_panel("Round 1", comparisons(3))
    ballots.database.engine.dispose()
    path = home / "votes" / "votes.db"
    path.write_bytes(b"x" * len(path.read_bytes()))
    with serving(home) as server:
        for path in ("/", "/healthz"):
            answer = ask(server.port, path)
            assert (answer.status, "votes database" in answer.text) == (503, True), path
        with pytest.raises(RefusedError):
            Tab(server.port)
