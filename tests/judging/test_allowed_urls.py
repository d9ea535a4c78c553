"""Where prompts, answers and keys may go: one line a way of writing a URL that somebody could be misled by."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.errors import RpoError
from rpo.judging import Endpoint, Plan, begin, judgings
from rpo.judging.endpoints.address import PORTS, address, permit
from rpo.judging.endpoints.client import client_of
from rpo.judging.judges import from_record, to_record
from tests.judging.conftest import pairs, panel_of

LISTED = (
    "https://gate.example:8443/team/v1, http://10.0.0.7:8000\nhttps://[2001:DB8::1]/v1 https://xn--mnchen-3ya.example/v1 "
    "https://one.example/v1?api-version=2024-10-21"
)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openai.com/v1",
        "https://api.openai.com/v1/",
        "HTTPS://API.OpenAI.com:443/v1",
        "https://api.openai.com/v1/deployments/a-b_c.d",
        "http://localhost:8080/v1",
        "http://LOCALHOST",
        "http://127.0.0.1:8080/v1",
        "http://127.9.9.9/v1",
        "https://[::1]:9000/v1",
        "http://[0:0:0:0:0:0:0:1]/v1",
        "https://api.openai.com/v1?api-version=2024-10-21",
        "http://localhost:8080/v1/?api-version=preview",
    ],
)
def test_by_default_openai_and_this_machine_may_be_asked(monkeypatch, url):
    monkeypatch.delenv("RPO_JUDGE_URLS", raising=False)
    permit(url)


NOWHERE = [
    "https://evil.test/v1",
    "https://api.openai.com.evil.test/v1",
    "https://evil.test/api.openai.com/v1",
    "https://api.openai.com@evil.test/v1",
    "https://api.openai.com:443@evil.test/v1",
    "https://evil.test#@api.openai.com/v1",
    "https://evil.test?@api.openai.com/v1",
    "https://evil.test\\@api.openai.com/v1",
    "https://api.openai.com\\.evil.test/v1",
    "https://api.openai.com/v1@evil.test",
    "https://api.openai.com./v1",
    "https://api.openai.com",
    "https://api.openai.com/v1beta",
    "https://api.openai.com/v2",
    "https://api.openai.com/V1",
    "https://api.openai.com/v1/..",
    "https://api.openai.com/v1/../v2",
    "https://api.openai.com/v1/./x",
    "https://api.openai.com/v1/%2e%2e/v2",
    "https://api.openai.com/v1%2f..%2fv2",
    "HTTPS://API.OPENAI.COM/v1/..//",
    "https://api.openai.com//v1",
    "https://api.openai.com/v1?x=1",
    "https://api.openai.com/v1?",
    "https://api.openai.com/v1?api-version=",
    "https://api.openai.com/v1?api-version=1&x=1",
    "https://api.openai.com/v1?x=1&api-version=1",
    "https://api.openai.com/v1?api-version=1;x=1",
    "https://api.openai.com/v1?api-version=1#x",
    "https://api.openai.com/v1?api-version=%31",
    "https://api.openai.com/v1?api-version=\u0661",  # an Arabic digit
    "https://evil.test/v1?api-version=@api.openai.com",
    "https://evil.test?api-version=1",
    "https://api.openai.com/v1#x",
    "https://api.openai.com/v1\n",
    "https://api.openai.com/v1\t/x",
    " https://api.openai.com/v1",
    "https://api.openai.com:8443/v1",
    "https://api.openai.com:/v1",
    "https://api.openai.com:443443/v1",
    "https://api.openai.com:0/v1",
    "http://api.openai.com/v1",
    "http://api.openai.com:443/v1",
    "ftp://api.openai.com/v1",
    "//api.openai.com/v1",
    "api.openai.com/v1",
    "https:///v1",
    "https://",
    "",
    "https://api%2eopenai.com/v1",
    "https://api.op\u0435nai.com/v1",  # a Cyrillic letter
    "https://\uff41pi.openai.com/v1",  # a full-width letter
    "https://api.openai\u3002com/v1",  # an ideographic full stop
    "http\u017f://api.openai.com/v1",  # a long s, which IGNORECASE alone takes for an s
    "https://api.openai.com:\u0664\u0664\u0663/v1",  # Arabic digits
    "http://localhost.evil.test/v1",
    "http://localhost./v1",
    "http://my.localhost/v1",
    "http://127.0.0.1.evil.test/v1",
    "http://127.0.0.01/v1",
    "http://127.1/v1",
    "http://2130706433/v1",
    "http://0x7f000001/v1",
    "http://0177.0.0.1/v1",
    "http://0.0.0.0/v1",
    "http://[::]/v1",
    "http://[::ffff:127.0.0.1]/v1",
    "http://[::1%eth0]/v1",
    "http://[::1]evil.test/v1",
    "http://[127.0.0.1]/v1",
    "http://[::1",
    "http://128.0.0.1/v1",
    "http://169.254.169.254/latest",
]


@pytest.mark.parametrize("url", NOWHERE)
def test_everything_else_is_refused_in_words(monkeypatch, url):
    monkeypatch.delenv("RPO_JUDGE_URLS", raising=False)
    with pytest.raises(RpoError, match="URL|RPO_JUDGE_URLS"):
        permit(url)


PARTS = [
    "https://",
    "HTTP://",
    "a.test",
    "[::1]",
    "127.0.0.1",
    "v1",
    *"/.@:?#\\",
    "..",
    ":80",
    ":443",
    "%2e",
    "?api-version=",
    "&x=1",
]


@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_whatever_is_taken_for_an_address_is_the_one_that_the_client_calls(url):
    try:
        found = address(url)
    except RpoError:
        return
    client = client_of(url, "", 1.0)
    called = client.base_url
    assert dict(client.default_query) == ({"api-version": found.version} if found.version else {})
    assert (called.query, called.fragment) == (b"", "")
    assert (called.scheme, called.host, called.port or PORTS[called.scheme]) == (found.scheme, found.host, found.port)
    assert tuple(filter(None, called.path.split("/"))) == found.path
    assert (urlsplit(url).hostname, urlsplit(url).username) == (found.host, None)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://gate.example:8443/team/v1", True),
        ("https://gate.example:8443/team/v1/models/x", True),
        ("https://gate.example:8443/team/v1?api-version=2024-10-21", True),  # the list names no version: any
        ("https://one.example/v1?api-version=2024-10-21", True),
        ("https://one.example/v1/models/x?api-version=2024-10-21", True),
        ("https://one.example/v1?api-version=2024-10-22", False),
        ("https://one.example/v1", False),
        ("https://gate.example:8443/team", False),
        ("https://gate.example:8443/team/v10", False),
        ("https://gate.example/team/v1", False),
        ("http://gate.example:8443/team/v1", False),
        ("http://10.0.0.7:8000", True),
        ("http://10.0.0.7:8000/v1", True),
        ("https://10.0.0.7:8000/v1", False),
        ("https://[2001:db8:0:0::1]:443/v1", True),
        ("https://[2001:db8::2]/v1", False),
        ("https://xn--mnchen-3ya.example/v1", True),
        ("https://m\u00fcnchen.example/v1", False),
        ("https://api.openai.com/v1", False),  # a list takes the place of the default
        ("http://localhost:8080/v1", False),
    ],
)
def test_a_list_of_the_owner_takes_the_place_of_the_default(monkeypatch, url, allowed):
    monkeypatch.setenv("RPO_JUDGE_URLS", LISTED)
    if allowed:
        permit(url)
    else:
        with pytest.raises(RpoError):
            permit(url)


@pytest.mark.parametrize("listed", ["*", "gate.example", "https://*.example/v1", "https://user:secret@gate.example/v1"])
def test_a_list_that_cannot_be_read_is_refused_and_shows_no_password(monkeypatch, listed):
    monkeypatch.setenv("RPO_JUDGE_URLS", listed)
    with pytest.raises(RpoError, match="RPO_JUDGE_URLS") as refusal:
        permit("https://gate.example/v1")
    assert "secret" not in str(refusal.value)


def test_a_judge_that_is_not_allowed_gets_no_folder_and_one_of_before_can_be_read_but_not_started(monkeypatch):
    there = Endpoint("https://gate.example/v1", "m")
    panel = panel_of(pairs(2))
    with pytest.raises(RpoError, match="'https://gate.example/v1'.*RPO_JUDGE_URLS"):
        begin(Plan(panel, there, 1.0))
    assert judgings(panel) == ()
    monkeypatch.setenv("RPO_JUDGE_URLS", "https://gate.example/v1")
    judging = begin(Plan(panel, there, 1.0))
    monkeypatch.delenv("RPO_JUDGE_URLS")
    assert judging.plan.judge == from_record(to_record(there)) == there
    with pytest.raises(RpoError, match="gate.example.*RPO_JUDGE_URLS"):
        judging.start({"OPENAI_API_KEY": "sk-dummy"})
    assert not (judging.folder / "state.json").exists()


def test_an_address_that_cannot_be_parsed_is_refused_in_words():
    with pytest.raises(RpoError, match="base URL"):
        Endpoint("http://[::1", "m")
