"""Addresses of older versions lead on to today's, for whoever may come in; a stranger finds the same door at both."""

import pytest

from pages.serving.sign_in import MOVED
from tests.security.client import Tab, ask, forged, script_hash
from tests.security.conftest import SECRET
from tests.security.test_gate import SEEN, seated, signed_in

pytestmark = pytest.mark.server
ADDRESSES = [
    ("/convene", "/panels"),
    ("/convene/", "/panels"),
    ("/convene?panel=x", "/panels?panel=x"),
    ("/convene?panel=a%20b%26c&show=1", "/panels?panel=a%20b%26c&show=1"),
    ("/convene?panel=%0d%0aSet-Cookie:%20a=b", "/panels?panel=%0d%0aSet-Cookie:%20a=b"),
    ("/convene?//evil.example", "/panels?//evil.example"),
    ("/start", "/setup"),
    ("/start?data=owner/name", "/setup?data=owner/name"),
]


@pytest.mark.parametrize(("old", "new"), ADDRESSES)
def test_the_owner_is_led_on_with_the_whole_query(team, old, new):
    answer = ask(team.port, old, cookies=signed_in(team))
    assert (answer.status, answer.headers["location"], answer.cookies) == (307, new, {})
    assert ask(team.port, new, cookies=signed_in(team)).status == 200


def test_the_owner_finds_the_panel_at_the_new_address(team):
    with Tab(team.port, signed_in(team)) as tab:
        assert "Round 1" in tab.run(query=f"panel={team.home.panel}", name="panels")


@pytest.mark.parametrize("old", sorted(MOVED))
def test_a_rater_who_is_led_on_still_has_a_seat_and_nothing_else(team, old):
    cookies, query = seated(team)
    answer = ask(team.port, f"/{old}?{query}", cookies=cookies)
    assert (answer.status, answer.headers["location"]) == (307, f"/{MOVED[old]}?{query}")
    with Tab(team.port, cookies) as tab:
        for name in (old, MOVED[old]):
            said = tab.run(query=query, page=script_hash(name), widgets=forged(name)) + tab.run(query=query, name=name)
            assert not any(word in said for word in (*SEEN[:2], "tuned", "Explore", "Set up"))


@pytest.mark.parametrize("old", sorted(MOVED))
def test_a_stranger_gets_the_sign_in_page_and_is_led_on_after_it(team, old):
    for path in (f"/{old}", f"/{MOVED[old]}"):
        answer = ask(team.port, f"{path}?panel=x")
        assert (answer.status, "location" in answer.headers) == (403, False)
        assert f'name="to" value="{path}?panel=x"' in answer.text
        assert not any(word in answer.text for word in SEEN)
    answer = ask(team.port, "/sign-in", "POST", {"secret": SECRET, "to": f"/{old}?panel=x"})
    assert (answer.status, answer.headers["location"]) == (303, f"/{old}?panel=x")
    assert ask(team.port, f"/{old}?panel=x", cookies=answer.cookies).headers["location"] == f"/{MOVED[old]}?panel=x"
