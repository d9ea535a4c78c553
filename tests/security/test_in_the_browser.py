"""A real chromium on every page of a home of attacks.

Nothing is asked of another host, no link or image leads there, and no page needs what the policy forbids.
"""

import re
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import TimeoutError as Timeout

from pages.shared.plain import JOINER
from rpo.voting import Ballots
from rpo.voting.access import Access
from rpo.weights import ENCODER
from tests.browser.conftest import server, serving
from tests.security.conftest import PAGES
from tests.security.hostile import ALL, ATTACKS, BROKEN, DATA, RUN, furnish
from tests.security.test_plain import OTHERS

__all__ = ["server"]
pytestmark = [pytest.mark.browser, pytest.mark.weights, pytest.mark.server]
COUNT_RUNS = """() => {
    const app = document.querySelector("[data-testid=stApp]");
    window.runs = 0;
    const count = () => { window.runs += app.dataset.testScriptState === "notRunning"; };
    new MutationObserver(count).observe(app, { attributes: true });
}"""
GO = "(address) => { history.pushState({}, '', address); dispatchEvent(new PopStateEvent('popstate')); }"
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
ELEMENTS = """(function within(root) {
    return [...root.querySelectorAll("*")].flatMap((one) => [one, ...(one.shadowRoot ? within(one.shadowRoot) : [])]);
})(document)"""  # all of them, also those of a component, which lie in a tree of their own
LEADS = f"""() => {ELEMENTS}.flatMap((one) => [...one.attributes]
    .filter((part) => /(^|:)(href|src|srcset|action|data|poster)$/.test(part.name) && part.value.includes("leak.test"))
    .filter((part) => new URL(part.value, location.href).host !== location.host)
    .map(() => one.outerHTML.slice(0, 200)))"""
SAYS = f"""() => {ELEMENTS}.flatMap((one) => [one.value, ...[...one.childNodes].map((part) => part.nodeValue)])
    .some((text) => String(text).includes("leak.test"))"""
RENDERED = f"() => {ELEMENTS}.filter((one) => one.matches('.katex, [aria-label=\"home icon\"]')).length"
APP = """
import sys
import streamlit as st
from pages.shared.plain import plain
from tests.security.test_plain import OTHERS
from tests.security.hostile import ATTACKS

texts = [text for text in (*ATTACKS, *OTHERS) if text.strip()]
for place, show in (("text", st.markdown), ("error", st.error), ("caption", st.caption)):
    with st.container(key=place):
        for text in texts:
            show(f"({plain(text)})")
            show(plain(text))
with st.container(key="label"):
    for number, text in enumerate(texts):
        st.button(f"({plain(text)})", key=f"one-{number}")
        st.button(plain(text), key=f"two-{number}")
st.text("the end")
"""


def addresses(panel):
    """Every page by its address, with what it shows of this home, and with attacks in the address itself."""
    seats = [{"panel": panel, "rater": name} for name in (ATTACKS[0], ATTACKS[3], ALL)]
    return [
        *((page, {"data": DATA, "prompt": "0"}) for page in ("explore", "health", "compare", "data", "tune")),
        *((page, {"panel": panel, "show": "1"}) for page in ("panels", "judge", "results")),
        *(("vote", seat) for seat in seats),
        *(("watch", {"run": run}) for run in (RUN, BROKEN)),
        *(
            (page, {"data": ALL, "encoder": ALL, "run": ALL})
            for page in ("explore", "health", "compare", "data", "tune", "watch")
        ),
        *((page, {}) for page in ("train", "setup", "learn")),
        ("vote", {"invite": ALL}),
    ]


def test_no_page_asks_another_host_or_leads_to_one(chromium, attacks_drawn, server):
    panel = furnish(ENCODER)
    context, hosts = chromium.new_context(viewport={"width": 1440, "height": 1300}, base_url=server), set()
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "localhost"))  # data and blob have no host
    door = Access(Ballots())
    context.add_cookies([{"name": door.cookie, "value": door.ballots.owner.sign_in(), "url": server}])
    window, said = context.new_page(), []  # one for all: its page is loaded anew, the app's scripts are not
    window.on("console", lambda message: said.append(message.text))
    seen = set()
    for page, query in addresses(panel):
        went = go if seen and page not in seen else load  # what a visit chose on a page stays with it on a second one
        went(window, f"/{page}?{urlencode(query)}")
        seen.add(page)
        if "invite" in query:  # a page of our own, without Streamlit
            window.wait_for_selector("h1")
            assert window.evaluate(LEADS) == []
            continue
        drawn(window)
        window.keyboard.press("Escape")  # a guideline that opened over the page
        for section in window.locator("[data-testid=stExpander] summary").all():
            section.click()
        settled(window)
        over_charts(window)
        harmless(window, page, hosts)
        assert window.evaluate(SAYS) or page in ("setup", "train", "learn"), page
        for folded in window.locator("[data-testid=stPopover] button").all():
            folded.click()
            settled(window)
            assert window.evaluate(SAYS) or page in ("learn", "train"), page  # for a teacher, or a file: in our own words
            harmless(window, page, hosts)
    assert [text for text in said if "Content Security Policy" in text] == []
    assert {page for page, _ in addresses(panel)} >= set(PAGES)
    context.close()


def load(window, address):
    window.goto(address)


def go(window, address):
    """From page to page of one visit, as the browser's own Back does: to read the app's scripts again would take longest.

    Where the app is too busy to notice, the page is loaded.
    """
    window.evaluate(COUNT_RUNS)
    window.evaluate(GO, address)
    try:
        window.wait_for_function("window.runs > 0", timeout=20_000)
    except Timeout:
        load(window, address)


def harmless(window, page, hosts):
    assert hosts == {"localhost"}, page
    assert window.evaluate(LEADS) == [], page
    assert page == "learn" or window.evaluate(RENDERED) == 0, page


def drawn(window):
    window.wait_for_selector("h1, [data-testid=stAlert]", timeout=60_000)
    window.wait_for_selector(IDLE, timeout=60_000)


def settled(window):
    drawn(window)
    window.wait_for_timeout(700)


def over_charts(window):
    """The pointer over points of each chart, so that hover texts are drawn."""
    for chart in window.locator(".js-plotly-plot .nsewdrag").all()[:4]:
        if box := chart.bounding_box():
            for share in (0.02, 0.5, 0.98):
                window.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
                window.wait_for_timeout(100)


def test_streamlit_shows_exactly_these_letters(chromium, tmp_path):
    (tmp_path / "letters.py").write_text(APP)
    with serving(tmp_path / "letters.py", tmp_path / "home", tmp_path / "log") as url:
        window = chromium.new_page()
        window.goto(url)
        window.get_by_text("the end", exact=True).wait_for(timeout=60_000)
        settled_letters(window)
        wanted = [shown for text in (*ATTACKS, *OTHERS) if text.strip() for shown in (f"({text})", text)]
        for place in ("text", "error", "caption", "label"):
            boxes = window.locator(f".st-key-{place} :is([data-testid=stMarkdownContainer], [data-testid=stCaptionContainer])")
            found = [as_read(box) for box in boxes.all_text_contents()]
            assert found == [as_read(text) for text in wanted], place
            assert set(
                boxes.evaluate_all("(all) => all.flatMap((one) => [...one.querySelectorAll('*')].map((x) => x.tagName))")
            ) <= {"P"}
        window.close()


def settled_letters(window):
    window.wait_for_selector(IDLE, timeout=60_000)
    window.wait_for_timeout(1500)


def as_read(text):
    """White space is one space, joiners and marks of byte order have no width."""
    return re.sub(r"\s+", " ", text.replace(JOINER, "").replace("\ufeff", "")).strip()
