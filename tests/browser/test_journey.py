"""The whole journey in a real browser with real weights: see prompts, turn tau, train, watch, judge blind, read a win rate."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from pages.shared.menu import GROUPS
from tests.browser.conftest import ROOT, SHOTS, home_with_map, serving, vote_by
from tests.browser.pictures import click_a_point, fresh
from tests.once import SHORT_TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.weights]
LONG = 240_000  # milliseconds: a model is being loaded, trained or asked on two slow cores


@pytest.fixture(scope="module")
def served(checked_model, demo_weights, drawn_home, tmp_path_factory):
    """The app in a home of its own, which nobody has visited."""
    fresh_home = home_with_map(demo_weights, drawn_home, tmp_path_factory)
    with fresh_home as home, serving(ROOT / "app.py", home, home.parent / "server.log") as url:
        yield url


def open_page(page: Page, name: str):
    """Through the menu: its group first, where another one is open."""
    menu = page.locator(".st-key-menu")
    group = next(group for group, views in GROUPS.items() if name in {view.title for view in views})
    menu.locator(".st-key-groups").get_by_role("link", name=group, exact=True).click()
    if name != GROUPS[group][0].title:
        menu.locator(".st-key-views").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def settle(page: Page):
    """Wait until the script has run to its end, and see that it ended well."""
    page.wait_for_timeout(400)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=LONG)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def shoot(page: Page, name: str):
    """A picture of the whole page, to be looked at, where RPO_SHOTS is set; it takes longer than the visit."""
    settle(page)
    if "RPO_SHOTS" not in os.environ:
        return
    SHOTS.mkdir(exist_ok=True)
    page.wait_for_timeout(600)  # a chart's own animation
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def fill(page: Page, label: str, value: str):
    field = page.get_by_label(label, exact=True).first
    field.fill(value)
    field.press("Enter")
    settle(page)


def explore(page: Page, name: str):
    expect(page.get_by_text("UMAP of all-minilm-l6-v2")).to_be_visible(timeout=LONG)
    settle(page)
    page.wait_for_timeout(1500)
    click_a_point(page, 3)
    expect(page.get_by_text("Nearest prompts")).to_be_visible()
    expect(page).to_have_url(re.compile("prompt=\\d+"))
    shoot(page, f"{name}-1-explore")
    if name == "embedded":
        fresh(page, "explore")


def tune(page: Page, name: str):
    open_page(page, "Tune")
    expect(page.locator(".tau[data-frame]")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile("data=hh_" if name == "hh" else "data=embedded"))
    fill(page, "τ, typed", "0.6")
    expect(page.get_by_text("At τ = 0.6, M = 8, all-minilm-l6-v2")).to_be_visible()
    expect(page).to_have_url(re.compile("tau=0.6"))
    shoot(page, f"{name}-2-tune")
    if name == "embedded":
        fresh(page, "tune")
    page.get_by_role("button", name="Use this τ for a run").click()


def train(page: Page, name: str, steps: int):
    expect(page.get_by_role("heading", name="Train", exact=True)).to_be_visible()
    settle(page)
    expect(page.get_by_label("τ", exact=True)).to_have_value("0.6")
    for label, value in {"M (contrast size)": "3", "Steps": str(steps), "Learning rate": "0.01"}.items():
        fill(page, label, value)
    page.get_by_text("Weights, batches, adapter, lengths").click()
    prompt, answer = map(str, SHORT_TEXTS.values())
    for tab, fields in {
        "Lengths": {"Prompt tokens": prompt, "Answer tokens": answer, "Tokens to write": "12"},
        "Measuring": {"Held-out rows to measure on": "2", "Measurements": "1", "Held-out prompts to answer": "4"},
    }.items():
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        for label, value in fields.items():
            fill(page, label, value)
    expect(page.get_by_text("GB free here and")).to_be_visible(timeout=LONG)
    shoot(page, f"{name}-3-train")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("heading", name="Watch", exact=True)).to_be_visible()
    expect(page.get_by_text("Reward accuracy")).to_be_visible(timeout=LONG)
    shoot(page, f"{name}-4-watch-live")
    page.reload()  # the run lives on without its page
    judge = page.get_by_role("button", name=re.compile("Judge \\d answers blind"))
    expect(judge).to_be_visible(timeout=LONG)
    expect(page.get_by_text("0.5 before, 2 held-out pairs").first).to_be_visible()
    shoot(page, f"{name}-4-watch-done")
    if name == "embedded":
        fresh(page, "watch")
    judge.click()


def vote(page: Page, name: str):
    expect(page.get_by_role("heading", name="Panels", exact=True)).to_be_visible(timeout=LONG)
    shoot(page, f"{name}-5-panels")
    page.get_by_role("button", name=re.compile("Make a panel of \\d pairs")).click()
    page.get_by_test_id("stMain").get_by_role("link", name="Vote").click()
    expect(page.get_by_role("heading", name="Vote", exact=True)).to_be_visible(timeout=LONG)
    fill(page, "Your name", "Ann")
    expect(page.get_by_role("button", name="Left is better")).to_be_visible()
    total = int(re.search(r"0 of (\d)", page.get_by_text(re.compile(r"^0 of \d")).inner_text()).group(1))
    shoot(page, f"{name}-5-vote")
    if name == "embedded":
        fresh(page, "vote")
    for number, key in enumerate((["ArrowLeft", "u", "b", "t", "ArrowRight", "ArrowLeft"])[: total + 2]):
        done = [1, 0, 1, 2, 3, 4][number]
        vote_by(page, key, page.get_by_text(re.compile(rf"^{done} of {total}|^All {done} pairs are done")), LONG)
        settle(page)
    expect(page.get_by_text(f"All {total} pairs are done")).to_be_visible()
    expect(page.get_by_text("you may close this window")).to_be_visible()
    return total


def results(page: Page, name: str, total: int):
    open_page(page, "Results")
    expect(page.get_by_text("Show the results")).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(0)
    page.get_by_text("Show the results").click()
    expect(page.get_by_text("95 % interval").first).to_be_visible()
    expect(page.get_by_text(re.compile(f"On {total} prompts?, 1 rater preferred"))).to_be_visible()
    shoot(page, f"{name}-6-results")


def judge(page: Page, name: str, total: int):
    """The rule judges without a key, in the background, and stands beside the rater."""
    open_page(page, "Model judge")
    page.get_by_text("a rule, without a key").click()
    settle(page)  # the endpoint's estimate, of as many calls, stands beside the rule's until the page is drawn
    expect(page.get_by_text(f"{2 * total} calls")).to_be_visible()
    page.get_by_role("button", name="Ask the judge").click()
    expect(page.get_by_text("all asked")).to_be_visible(timeout=LONG)
    shoot(page, f"{name}-7-judge")
    page.get_by_role("link", name="Beside the raters, in Results").click()
    page.get_by_text("Show the results").click()
    expect(page.get_by_text("Two raters (ceiling)")).to_be_visible(timeout=60_000)
    shoot(page, f"{name}-7-judged")
    if name == "embedded":
        fresh(page, "results")


def learn(page: Page, name: str):
    open_page(page, "Learn")
    expect(page.get_by_text("Which answer do you prefer?")).to_be_visible(timeout=LONG)
    shoot(page, f"{name}-7-learn")


def hints(page: Page):
    """Three on the first visit, each on its page, until they are put away."""
    expect(page.get_by_text("1 of 3.")).to_be_visible()
    page.get_by_role("link", name="Next: Tune").click()
    expect(page.get_by_text("2 of 3.")).to_be_visible()
    page.get_by_role("button", name="Put the hints away").click()
    expect(page.get_by_text("2 of 3.")).to_have_count(0)
    settle(page)
    open_page(page, "Explore")
    settle(page)
    expect(page.get_by_text("1 of 3.")).to_have_count(0)


def test_on_the_embedded_data(page):
    page.goto("/learn")  # a deep link, first thing after the server's start
    expect(page.get_by_role("heading", name="Learn", exact=True)).to_be_visible(timeout=LONG)
    open_page(page, "Explore")
    expect(page).to_have_title("Explore · rpo")
    hints(page)
    explore(page, "embedded")
    tune(page, "embedded")
    train(page, "embedded", steps=2)
    total = vote(page, "embedded")
    results(page, "embedded", total)
    judge(page, "embedded", total)
    learn(page, "embedded")
    expect(page.get_by_role("link", name="Set up")).to_have_count(0)  # in the menu only as long as something lacks
    page.goto("/setup")
    expect(page.get_by_text("Everything is here")).to_be_visible()
    shoot(page, "embedded-8-set-up")
