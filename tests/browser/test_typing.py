"""A quick hand on a slow server, in a real chromium: letters of a reason are no votes, and one showing gets one vote."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from rpo.voting import Answer, Ballots, Comparison, Options, practice_from_rows
from rpo.voting.database.schema import EVENTS
from tests.browser.conftest import ROOT, serving

pytestmark = pytest.mark.browser
QUICK = 5  # milliseconds from key to key
PAIRS = 8
TAGS = ("wrong", "too long")
SENTENCES = (
    "the right one is better, but short",
    "WXYZ: just taxes, bulbs, lists & 1 2 3 4 5 6 7 8 9; clear cache or rerun?",  # every shortcut, and Streamlit's own
)
LONG = "\n\n".join(["and on, and on"] * 60)


def pairs():
    """Two pairs of short answers, the others long."""
    longs = [LONG * (n > 1) for n in range(PAIRS)]
    return [
        Comparison(f"Question {n}?", Answer(f"plain {n}{more}", "base"), Answer(f"better {n}{more}", "tuned"))
        for n, more in enumerate(longs)
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("slow")


@pytest.fixture(scope="module")
def served(home):
    """The address of the slow server."""
    with serving(ROOT / "tests" / "browser" / "slow.py", home, home / "server.log") as url:
        yield url


@pytest.fixture
def ballots(home, rpo_home, monkeypatch):
    """The server's votes."""
    monkeypatch.setenv("RPO_HOME", str(home))
    return Ballots()


@pytest.fixture
def panel(ballots):
    return ballots.make_panel("Round 1", pairs(), "Which is kinder?", Options(repeats=0, tags=TAGS))


@pytest.fixture
def rater(page, panel):
    """The visitor's window, 1280 × 720, on the first pair."""
    page.set_viewport_size({"width": 1280, "height": 720})
    return first_pair(page, panel)


@pytest.fixture
def phone(chromium, served, panel):
    """A phone on the first pair."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, base_url=served, has_touch=True, is_mobile=True)
    yield first_pair(context.new_page(), panel)
    context.close()


def first_pair(page, panel):
    page.goto(f"/vote?panel={panel}&rater=Ann")
    at(page, 0)
    return page


def at(page, done):
    """Wait until so many pairs have a vote and the page has heard so."""
    expect(page.locator(".ballot .count")).to_have_text(re.compile(rf"^{done} of {PAIRS}"))
    expect(page.locator(".choices.waiting")).to_have_count(0)


def events(ballots, panel):
    """How much was stored of this panel, votes or not."""
    with ballots.database.reading() as connection:
        return connection.execute(select(func.count()).where(EVENTS.c.panel == panel)).scalar_one()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_typed_right_after_w_is_a_reason_and_no_vote(rater, ballots, panel, sentence):
    page = rater
    page.keyboard.press("w")
    page.keyboard.type(sentence, delay=QUICK)
    expect(page.get_by_label("Why?", exact=True)).to_have_value(sentence)
    page.keyboard.press("Enter")  # gives the keys back
    page.keyboard.press("1")
    assert events(ballots, panel) == 0
    page.keyboard.press("ArrowLeft")
    at(page, 1)
    (vote,) = ballots.votes(panel)
    assert (vote.choice, vote.reason, vote.tags) == ("left", sentence, TAGS[:1])
    assert events(ballots, panel) == 1
    expect(page.get_by_role("dialog")).to_have_count(0)  # Streamlit's own: clear the caches?
    expect(page.get_by_label("Why?", exact=True)).to_be_hidden()  # the next pair begins without


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_after_a_vote_that_is_still_on_its_way_is_said_of_that_vote(rater, ballots, panel, sentence):
    page = rater
    page.keyboard.press("ArrowRight")
    page.keyboard.press("w")
    page.keyboard.type(sentence, delay=QUICK)
    field = page.get_by_label("Why? for your last vote")
    expect(field).to_have_value(sentence)
    at(page, 1)  # the next pair is drawn under the open field, which keeps focus and text
    page.keyboard.type("!", delay=QUICK)
    expect(field).to_have_value(f"{sentence}!")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Added to vote 1")).to_be_visible()
    (vote,) = ballots.votes(panel)
    assert (vote.choice, vote.reason) == ("right", f"{sentence}!")
    assert events(ballots, panel) == 2


def test_a_reason_that_is_saved_while_its_vote_is_on_its_way_comes_after_it(rater, ballots, panel):
    page = rater
    page.keyboard.press("t")
    page.keyboard.press("l")
    page.keyboard.type("both so so", delay=QUICK)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Added to vote 1")).to_be_visible()
    (vote,) = ballots.votes(panel)
    assert (vote.choice, vote.reason) == ("tie", "both so so")


def test_escape_drops_what_was_typed_and_gives_the_keys_back(rater, ballots, panel):
    page = rater
    page.get_by_role("button", name="Say why").click()
    page.keyboard.type(SENTENCES[0], delay=QUICK)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Why?", exact=True)).to_be_hidden()
    assert events(ballots, panel) == 0
    page.keyboard.press("b")
    at(page, 1)
    assert [(vote.choice, vote.both_bad, vote.reason) for vote in ballots.votes(panel)] == [("tie", True, "")]


def test_keys_and_clicks_that_come_too_early_count_for_nothing_and_are_answered(rater, ballots, panel):
    page = rater
    for key in ("ArrowLeft", "ArrowRight", "t", "b", "s", "u", "ArrowLeft"):
        page.keyboard.press(key, delay=QUICK)
    expect(page.get_by_text("press again")).to_be_visible()
    at(page, 1)
    expect(page.get_by_text("press again")).to_have_count(0)
    tie = page.get_by_role("button", name="Tie")
    for _ in range(3):
        tie.click(delay=QUICK)
    at(page, 2)
    page.locator(".prompt").click()
    page.keyboard.down("ArrowRight")
    at(page, 3)
    for _ in range(9):  # a key that is held repeats
        page.keyboard.down(
            "ArrowRight",
        )
    page.keyboard.up("ArrowRight")
    page.get_by_role("button", name="Tie").focus()
    page.keyboard.down("Enter")
    at(page, 4)
    for _ in range(9):
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    expect(page.locator(".choices.waiting")).to_have_count(0)
    assert [vote.choice for vote in ballots.votes(panel)] == ["left", "tie", "right", "tie"]
    assert events(ballots, panel) == 4


def test_the_buttons_stay_where_they_are_and_the_page_is_at_the_prompt(rater):
    page = rater
    places = set()
    for done in range(3):
        at(page, done)
        box = page.get_by_role("button", name="Left is better").bounding_box()
        places.add((box["y"], box["height"]))
        assert page.locator(".prompt").bounding_box()["y"] < 250
        assert page.locator(".body").first.bounding_box()["y"] < 350
        page.mouse.move(640, 400)
        page.mouse.wheel(0, 2000)
        page.keyboard.press("ArrowLeft")
    assert len(places) == 1
    assert 560 < box["y"] < 720 - box["height"]


def test_on_a_phone_a_stands_above_b_and_the_thumb_finds_the_buttons(phone, ballots, panel):
    page = phone
    for done in range(6):  # whatever their order, two long pairs follow each other
        at(page, done)
        prompt, first, second = (page.locator(one).bounding_box() for one in (".prompt", ".answer >> nth=0", ".answer >> nth=1"))
        assert 0 < prompt["y"] < 250
        assert prompt["y"] < first["y"] < second["y"]
        assert second["y"] >= first["y"] + first["height"]
        for name in ("A is better", "Tie", "Both bad", "B is better", "Say why", "Undo", "Skip"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box["height"] >= 44, name
            assert box["x"] >= 0, name
            assert box["x"] + box["width"] <= 390, name
        assert not page.locator("kbd").evaluate_all("(all) => all.some((one) => one.offsetParent)")
        page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 99999)")
        page.get_by_role("button", name="B is better").tap()
    at(page, 6)
    assert [vote.choice for vote in ballots.votes(panel)] == ["right"] * 6


def test_all_can_be_reached_and_done_by_the_tab_key(rater, ballots, panel):
    page = rater
    page.locator(".asked").focus()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => {let one = document.activeElement;"
                " while (one.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;"
                " return one.getAttribute('aria-label') ?? one.innerText.split('\\n')[0].replace(/[ ←→]*$/, '').trim()}"
            )
        )
    wanted = ["answer A, left", "answer B, right", "The better one is bad too X", "wrong 1", "too long 2", "Say why W"]
    assert reached[: len(wanted)] == wanted
    page.get_by_role("button", name="Both bad").focus()
    page.keyboard.press("Enter")
    at(page, 1)
    assert ballots.votes(panel)[0].both_bad


PRACTICE = practice_from_rows([{"prompt": "Why?", "A": "So.", "B": "Because.", "better": "B", "reason": "It says why."}])
EXTRAS = {"guideline": "# Be kind", "practice": PRACTICE, "second_rubric": "Shorter?", "strength": True, "differences": True}


def test_by_keys_alone_one_reads_the_guideline_practises_marks_and_says_how_much_better(page, ballots):
    panel = ballots.make_panel("All", pairs(), "Which is kinder?", Options(repeats=0, **EXTRAS))
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"/vote?panel={panel}&rater=Ann")
    guide = page.locator("dialog.guide")
    expect(guide).to_contain_text("Be kind")
    page.keyboard.press("ArrowLeft")  # under the guideline nothing is said
    page.keyboard.press("g")
    expect(guide).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("It says why.")).to_be_visible()
    page.keyboard.press("Enter")
    at(page, 0)
    page.keyboard.press("w")
    page.keyboard.type("g? or d", delay=QUICK)
    page.get_by_role("button", name="Guideline").click()
    expect(guide).to_be_visible()
    page.keyboard.press("Escape")
    expect(guide).to_be_hidden()
    expect(page.get_by_label("Why?", exact=True)).to_have_value("g? or d")
    page.get_by_label("Why?", exact=True).press("Enter")
    page.keyboard.press("d")
    expect(page.locator(".pair mark").first).to_be_visible()
    page.keyboard.press("d")
    expect(page.locator(".pair mark")).to_have_count(0)
    for key in ("ArrowLeft", "u", "t", "Escape", "ArrowRight", "ArrowUp"):  # begun twice and dropped; then how much better
        page.keyboard.press(key)
    assert events(ballots, panel) == 0
    expect(page.locator(".second.open")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    at(page, 1)
    for key in ("t", "t"):  # of a tie nobody asks how much better
        page.keyboard.press(key)
    at(page, 2)
    said = [(vote.choice, vote.strength, vote.second, vote.marked, vote.reason) for vote in ballots.votes(panel)]
    assert said == [("right", "clearly", "left", True, "g? or d"), ("tie", None, "tie", False, "")]
