"""Owner, rater, another site and the organisation's sign-in in a real chromium."""

import http.server
import shutil
import threading
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from rpo.voting import Ballots
from tests.browser.conftest import SOFTWARE
from tests.security.conftest import free_port, serving
from tests.voting.conftest import comparisons

pytestmark = [pytest.mark.server, pytest.mark.browser]


@contextmanager
def window(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def home(rpo_home):
    rpo_home.mkdir(parents=True)
    return rpo_home


def heading(page, title):
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def test_the_first_invitation_makes_this_browser_the_owners_and_lets_a_rater_in(chromium, home):
    Ballots().make_panel("Round 1", comparisons(12), "Which is kinder?")
    with serving(home) as server, window(chromium) as mine, window(chromium) as hers:
        root = f"http://localhost:{server.port}"
        mine.goto(f"{root}/panels")
        mine.get_by_text("Invite by link").click()
        expect(mine.get_by_role("button", name="Make this browser the owner's")).to_be_visible()
        expect(mine.get_by_test_id("stStatusWidget")).to_have_count(0)  # a click into a page that is being drawn may be lost
        mine.get_by_role("button", name="Make this browser the owner's").click()
        expect(mine.get_by_text("Sign out")).to_be_visible()
        assert "token" not in mine.url
        mine.get_by_text("Invite by link").click()
        mine.get_by_label("Raters' names").fill("Ann")
        mine.get_by_label("Raters' names").press("Enter")
        mine.get_by_role("button", name="Make a link").click()
        link = mine.locator("[data-testid=stCode]").inner_text().strip().removeprefix("Ann: ")
        mine.reload()
        heading(mine, "Panels")
        hers.goto(root)
        expect(hers.get_by_label("The owner's secret")).to_be_visible()
        hers.goto(link)
        expect(hers.get_by_text("Which is kinder?")).to_be_visible()
        assert "invite" not in hers.url
        hers.reload()
        expect(hers.get_by_text("Which is kinder?")).to_be_visible()
        hers.get_by_role("button", name="Tie").click()
        expect(hers.get_by_text("Vote 1 saved")).to_be_visible()
        mine.get_by_text("Sign out").click()
        mine.get_by_role("button", name="Sign out of this browser").click()
        expect(mine.get_by_label("The owner's secret")).to_be_visible()
        mine.goto(f"{root}/results")
        expect(mine.get_by_label("The owner's secret")).to_be_visible()
        hers.get_by_text("Sign out").click()
        hers.get_by_role("button", name="Sign out of this browser").click()
        expect(hers.get_by_label("The owner's secret")).to_be_visible()
        hers.goto(root)
        expect(hers.get_by_label("The owner's secret")).to_be_visible()


def test_the_organisation_signs_the_owner_in_and_nobody_else(chromium, home, tmp_path):
    provider = pytest.importorskip("oidc_provider_mock")
    Ballots().owner.claim("correct horse battery")
    port, secrets = free_port(), tmp_path / "secrets.toml"
    root = f"http://localhost:{port}"
    users = [provider.User(sub=name, claims={"email": f"{name}@team.example"}) for name in ("ann", "eve")]
    with provider.run_server_in_thread(user_claims=users) as organisation:
        secrets.write_text(
            f'[auth]\nredirect_uri = "{root}/oauth2callback"\ncookie_secret = "any"\nclient_id = "rpo"\nclient_secret = "any"\n'
            f'server_metadata_url = "http://localhost:{organisation.server_port}/.well-known/openid-configuration"\n'
            '[rpo]\nowners = ["ann@team.example"]\n'
        )
        with serving(home, "--secrets.files", str(secrets), port=port):
            for name in ("eve", "ann"):
                with window(chromium) as page:
                    page.goto(f"{root}/results")
                    page.get_by_role("button", name="Sign in with your organisation").click()
                    page.get_by_role("button", name=name).first.click()
                    if name == "eve":
                        expect(page.get_by_text("not one of this app's owners")).to_be_visible()
                        continue
                    heading(page, "Explore")
                    page.goto(f"{root}/results")
                    heading(page, "Results")
                    page.get_by_text("Sign out").click()
                    page.get_by_role("button", name="Sign out of this browser").click()
                    expect(page.get_by_label("The owner's secret")).to_be_visible()
                    page.goto(f"{root}/results")
                    expect(page.get_by_role("button", name="Sign in with your organisation")).to_be_visible()


def test_a_name_that_was_bent_to_this_machine_and_a_page_of_another_port_reach_nothing(chromium, home):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
    bent = "--host-resolver-rules=MAP evil.example 127.0.0.1"
    socket = "p => new Promise(done => { const s = new WebSocket(`ws://localhost:${p}/_stcore/stream`, ['streamlit']);"
    socket += " s.onopen = () => done('open'); s.onerror = () => done('refused') })"
    with serving(home) as server:
        browser = chromium.browser_type.launch(executable_path=shutil.which("chromium"), args=[*SOFTWARE, bent])
        page = browser.new_page()
        page.goto(f"http://evil.example:{server.port}/")
        expect(page.get_by_text("Unknown address")).to_be_visible()
        page.goto(f"http://localhost:{server.port}/")
        heading(page, "Explore")
        assert page.evaluate(socket, server.port) == "open"
        page.goto(f"http://localhost:{other.server_port}/")
        assert page.evaluate(socket, server.port) == "refused"
        browser.close()
    other.shutdown()
