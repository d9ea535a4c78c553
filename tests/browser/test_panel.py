"""Three raters vote and type at one panel at once, by invitation, one on a phone, in a real chromium; what they see, what not."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rpo.voting import Answer, AskedOf, Ballots, Comparison, CrossQuestion, Nearness, Options
from tests.browser.conftest import ROOT, serving, vote_by

pytestmark = pytest.mark.browser
LONG = 120_000
AUTHORS = ("secret-baseline-model", "secret-candidate-model")
RATERS = ("Ann", "Ben", "Cleo")
PAIRS = 12
ACROSS = 2  # questions across prompts
SECRET = "correct horse battery"
LONG_PAIR = 5  # its answers do not fit the page
PHONE = "Cleo"
TYPED = (2, 7)  # the questions of which each rater says why
REASON = "{rater}: but is it short, useful, the best? x1 w2 s3 {number}"  # letters of every key


@pytest.fixture
def server(rpo_home, tmp_path):
    rpo_home.mkdir()
    with serving(ROOT / "app.py", rpo_home, tmp_path / "server.log") as url:
        yield url


def pairs():
    attack = "<img src=x onerror=alert(1)> ![x](http://127.0.0.1:9/p.png)"
    texts = [(f"**plain** {n}", f"{attack} better {n}") for n in range(PAIRS)]
    texts[LONG_PAIR] = tuple(text + "\n\nand on" * count for text, count in zip(texts[LONG_PAIR], (60, 120), strict=True))
    return [
        Comparison(f"Question {n}?", Answer(plain, AUTHORS[0]), Answer(better, AUTHORS[1]), "ab"[n % 2])
        for n, (plain, better) in enumerate(texts)
    ]


def across_prompts():
    of, attack = AskedOf("secret-data", "secret/encoder"), "<img src=x onerror=alert(1)>"
    return [
        CrossQuestion(f"{attack} Mine {n}?", f"good {n} {attack}", f"Theirs {n}?", f"poor {n}", 0.5, Nearness.NEAR, of)
        for n in range(ACROSS)
    ]


def answer_across(page, rater):
    """Each answer stands under its own prompt, and the good one is preferred."""
    page.get_by_role("button", name="Go on to the questions").click()
    for done in range(ACROSS):
        expect(page.get_by_text(f"Questions: {done} of {ACROSS}")).to_be_visible(timeout=LONG)
        left = page.locator(".answer").first
        good = "good" in left.locator(".body").inner_text()
        expect(left.locator(".prompt")).to_contain_text("Mine" if good else "Theirs")
        page.screenshot(path=f"tests/browser/shots/panel-across-{rater}.png")
        then = page.get_by_text(re.compile(rf"^Questions: {done + 1} of|{ACROSS} questions are done"))
        cast(page, rater, "left" if good else "right", then)


def wish(rater, number):
    """What each rater thinks of each question: 1 for the candidate, 0 for the baseline, 0.5 for neither."""
    return {"Ann": 1.0, "Ben": 1.0 if number < 8 else 0.0, "Cleo": 0.5 if number < 4 else 1.0}[rater]


def number_of(page):
    return int(re.search(r"Question (\d+)\?", page.get_by_text(re.compile(r"^Question \d+\?$")).inner_text()).group(1))


def counted(page, done):
    return page.get_by_text(re.compile(rf"^{done} of {PAIRS}|^All {done} pairs are done"))


def one_vote(page, rater, done):
    expect(counted(page, done)).to_be_visible(timeout=LONG)
    number = number_of(page)
    left = page.locator(".pair .body").first
    expect(left).to_contain_text(re.compile(rf"(plain|better) {number}\b"))
    if number == LONG_PAIR and rater != PHONE:
        scrolls_together(page)
    if number in TYPED:
        type_why(page, rater, REASON.format(rater=rater, number=number))
    outcome = wish(rater, number)
    better = "left" if ("better" in left.inner_text()) == (outcome == 1.0) else "right"
    cast(page, rater, "tie" if outcome == 0.5 else better, counted(page, done + 1))


def type_why(page, rater, reason):
    """Ann by keys alone, Ben by mouse and keys, Cleo by her thumb."""
    if rater == "Ann":
        page.keyboard.press("w")
    elif rater == "Ben":
        page.get_by_role("button", name="Say why").click()
    else:
        page.get_by_role("button", name="Say why").tap()
    page.keyboard.type(reason, delay=5)
    if rater == "Ann":
        page.keyboard.press("Enter")  # the others vote out of the field


def cast(page, rater, choice, then):
    if rater == "Ann":
        vote_by(page, {"left": "ArrowLeft", "right": "ArrowRight", "tie": "t"}[choice], then)
        return
    names = {"left": "A is better", "right": "B is better"} if rater == PHONE else {"left": "Left is", "right": "Right is"}
    button = page.get_by_role("button", name=names.get(choice, "Tie"))
    expect(page.locator(".choices.waiting")).to_have_count(0)
    button.tap() if rater == PHONE else button.click()
    expect(then).to_be_visible(timeout=LONG)


def scrolls_together(page):
    """The other answer follows to the same share of its own length; each pair starts at its top."""
    share = "(body) => body.scrollTop / (body.scrollHeight - body.clientHeight)"
    left, right = page.locator(".pair .body").all()
    assert right.evaluate("(body) => body.scrollHeight > body.clientHeight && body.scrollTop === 0")
    left.hover()
    page.mouse.wheel(0, 300)
    page.wait_for_function("(body) => body.scrollTop > 0", arg=right.element_handle())
    page.wait_for_timeout(500)
    assert left.evaluate(share) == pytest.approx(right.evaluate(share), abs=0.02)


def test_three_raters_vote_and_type_at_once(chromium, server):
    ballots = Ballots()
    ballots.owner.claim(SECRET)
    options = Options(raters=RATERS, repeats=0)
    panel = ballots.make_panel("Which one?", pairs(), "Which is kinder?", options, across_prompts())
    links = {rater: f"{server}/?invite={ballots.invitations.invite(panel, rater)}" for rater in RATERS}
    visits, heard, fetched = {}, [], []
    for rater in RATERS:
        phone = {"has_touch": True, "is_mobile": True} if rater == PHONE else {}
        context = chromium.new_context(viewport={"width": 390 if phone else 1280, "height": 844}, **phone)
        visits[rater] = page = context.new_page()
        page.set_default_timeout(LONG)
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(frame)))
        page.on("request", lambda request: fetched.append(request.url))
        page.on("dialog", lambda dialog: pytest.fail("an answer ran a script"))
        page.goto(links[rater])
        expect(page.get_by_role("button", name="Tie")).to_be_visible(timeout=LONG)
    for done in range(PAIRS):
        for rater, page in visits.items():
            one_vote(page, rater, done)
    for rater, page in visits.items():
        answer_across(page, rater)
        expect(page.get_by_text(f"{PAIRS} pairs and {ACROSS} questions are done. Thank you, {rater}.")).to_be_visible(
            timeout=LONG
        )
        expect(page.get_by_text(f"You gave {PAIRS} votes")).to_be_visible()
        expect(page.get_by_text("you may close this window")).to_be_visible()
        assert page.get_by_role("link", name="Results").count() == 0
    votes = ballots.votes(panel)
    assert len(votes) == PAIRS * len(RATERS)
    reasons = {(vote.rater, vote.prompt): vote.reason for vote in votes if vote.reason}
    assert reasons == {(r, f"Question {n}?"): REASON.format(rater=r, number=n) for r in RATERS for n in TYPED}
    assert [one.held for one in ballots.questions.answers(panel)] == [1.0] * ACROSS * len(RATERS)
    sent = b" ".join(frame if isinstance(frame, bytes) else frame.encode() for frame in heard)
    assert b"Question 3?" in sent
    assert not any(author.encode() in sent for author in (*AUTHORS, "secret-data", "secret/encoder"))
    assert not any("127.0.0.1:9" in url for url in fetched)
    closed(visits["Ann"], server)
    ballots.invitations.revoke(panel, "Ben")
    visits["Ben"].goto(links["Ben"])
    expect(visits["Ben"].get_by_text("this one was taken back")).to_be_visible(timeout=LONG)
    owner = chromium.new_context(base_url=server).new_page()
    owner.goto(f"/panels?panel={panel}")
    owner.get_by_label("The owner's secret").fill(SECRET)
    owner.get_by_label("The owner's secret").press("Enter")
    expect(owner.get_by_text("Sign out")).to_be_visible(timeout=LONG)
    owner.goto(f"/panels?panel={panel}")
    expect(owner.get_by_text(f"Ann: {PAIRS} of {PAIRS}")).to_be_visible(timeout=LONG)
    read(owner, panel)


def closed(page, server):
    """A rater's link opens no other page."""
    page.goto(f"{server}/results?{page.url.split('?')[1]}")
    expect(page.get_by_text("Thank you, Ann.")).to_be_visible(timeout=LONG)
    assert page.get_by_text("Score of the candidate").count() == 0


def read(page, panel):
    """By hand: prompts 0 to 3 score (1 + 1 + 1/2)/3, 4 to 7 score 1, 8 to 11 score 2/3."""
    page.goto(f"/results?panel={panel}&show=1")
    score = (4 * 2.5 / 3 + 4 * 1 + 4 * 2 / 3) / 12
    expect(page.get_by_text(f"{score:.1%}", exact=True).first).to_be_visible(timeout=LONG)
    expect(page.get_by_text("9.33 · 1.33 · 1.33")).to_be_visible()
    expect(page.get_by_text("in 36 votes")).to_be_visible()
    expect(page.get_by_text("p < 0.001")).to_be_visible()  # twelve prompts of twelve: 2 / 2^12
    page.screenshot(path="tests/browser/shots/panel-results.png", full_page=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".st-key-sentence").hover()
    page.locator(".st-key-sentence").get_by_role("button", name="Copy to clipboard").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("On 12 prompts, 3 raters preferred")
    assert f"{score * 100:.1f} %" in copied
    write_up(page, score)
    read_pairs(page)


def write_up(page, score):
    """Table and figure are of the score that stands above them."""
    page.get_by_text("Write it up").click()
    files = [downloaded(page, button) for button in ("Table (.tex)", "Figure (.svg)", "Datasheet (heds.json)")]
    expect(page.get_by_text("cast 36 votes")).to_be_visible(timeout=LONG)
    page.screenshot(path="tests/browser/shots/panel-writing.png", full_page=True)
    assert f"All prompts & 12 & 36 & {score * 100:.1f} &" in files[0]
    assert "all prompts (n = 12)" in files[1]
    assert json.loads(files[2])["authors must answer"]


def downloaded(page, button):
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    return Path(found.value.path()).read_text()


def read_pairs(page):
    """Raters were split on 8 to 11: one narrows, steps by key, searches with the same letters, downloads, and is led back."""
    page.get_by_role("button", name="Split 4").click()
    expect(page.get_by_text("1 of 4 pairs")).to_be_visible(timeout=LONG)
    for place, key in ((2, "n"), (3, "n"), (2, "p")):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{place} of 4 pairs")).to_be_visible(timeout=LONG)
    asked, address = page.locator(".read-pair .asked").inner_text(), page.url
    page.get_by_label("Find words").click()
    page.keyboard.type("question 9?", delay=5)
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 1 pair;")).to_be_visible(timeout=LONG)
    expect(page.locator(".read-pair")).to_contain_text("img src=x")
    assert page.locator(".read-pair img").count() == 0
    (example,) = json.loads(downloaded(page, "Download 1 pair"))["examples"]
    assert (example["input_text"], len(example["individual_rater_scores"])) == ("Question 9?", len(RATERS))
    page.goto(address)
    expect(page.locator(".read-pair .asked")).to_have_text(asked, timeout=LONG)
