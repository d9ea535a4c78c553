"""The lesson in a real chromium: by click, drag and key; its pictures and its lab show the figures of Python."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rpo.teaching.eight import eight_at
from rpo.teaching.steps import ALL_STEPS
from rpo.teaching.toy import Method, Toy, train_toy
from rpo.teaching.two import Shown
from tests.browser.pictures import fresh

pytestmark = [pytest.mark.browser, pytest.mark.weights]
LONG = 120_000
SMALL = {"width": 1280, "height": 720}


def lab(page: Page, name: str):
    return json.loads(page.locator(".lab").get_attribute(f"data-{name}"))


def figures(page: Page, name: str):
    return json.loads(page.locator(".lesson").get_attribute(f"data-{name}"))


def settled(page: Page):
    """Wait until nothing runs, and for half a second: a key pressed while a fresh server's first page comes up may be lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)
    page.wait_for_timeout(500)


def press(page: Page, name: str, times: int = 1):
    for _ in range(times):
        page.locator(".lab").get_by_role("button", name=name).click()


def guess(page: Page, answer: str):
    page.get_by_role("button", name=answer, exact=True).click()
    expect(page.get_by_text("You guessed").first).to_be_visible(timeout=LONG)


def open_lab(page: Page, words: str = ""):
    page.goto(f"/learn?step=5{words}")
    expect(page.locator(".lab[data-step]")).to_be_visible(timeout=LONG)
    guess(page, "No")
    expect(page.locator(".lab .run")).to_be_enabled()


def held_to_python(page: Page, toy: Toy, tau: float):
    """Margins of every prompt by every method, and the cosines of the steps, to 1e-9."""
    steps = lab(page, "step")
    runs = [train_toy(toy, method, tau, steps) for method in Method]
    assert np.allclose(lab(page, "learned"), [run.margins[-1] for run in runs], rtol=0, atol=1e-9)
    assert np.allclose(lab(page, "cosines"), [run.cosines[-1] for run in runs], rtol=0, atol=1e-9)


def weighs(page: Page, shown: Shown):
    assert np.allclose(figures(page, "weights"), [shown.own, shown.across], rtol=0, atol=1e-12)
    assert figures(page, "other") == shown.other
    widths = [one.evaluate("line => parseFloat(line.style.strokeWidth)") for one in page.locator(".two line").all()]
    assert widths == pytest.approx([max(0.75, 20 * one) for one in (shown.own, shown.own, shown.across, shown.across)], abs=1e-4)


def test_a_click_makes_the_pair_and_a_drag_moves_the_weights(page):
    outside, sent = [], []
    page.on("request", lambda one: outside.append(one.url) if "//localhost" not in one.url and "http" in one.url[:5] else None)
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    page.set_viewport_size(SMALL)
    page.goto("/learn")
    answers = page.locator(".pair .answer")
    expect(answers).to_have_count(2, timeout=LONG)
    settled(page)
    entries = page.evaluate("history.length")
    answers.nth(0).click()
    expect(answers.nth(0)).to_contain_text("✓ chosen")
    expect(answers.nth(1)).to_contain_text("✗ rejected")
    clicked = answers.nth(0).locator("span").inner_text()
    assert page.evaluate("history.length") == entries
    page.get_by_role("button", name="Next").click()
    other = page.locator(".side.b")
    expect(other).to_be_visible(timeout=LONG)
    expect(page.locator(".side.a .answer").first).to_contain_text(clicked)
    expect(other).to_have_attribute("aria-disabled", "true")  # before the guess
    other.press("ArrowLeft")
    weighs(page, Shown())
    guess(page, "More")
    expect(other).to_have_attribute("aria-disabled", "false")
    settled(page)
    before, box = len(sent), other.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 60, steps=5)
    weighs(page, Shown(7))
    assert len(sent) == before  # nothing goes to the server while the hand moves
    page.mouse.up()
    expect(page).to_have_url(re.compile("other=7"), timeout=LONG)
    for key, place in (("ArrowRight", 6), ("End", 7), ("Home", 0), ("ArrowLeft", 1)):
        other.press(key)
        weighs(page, Shown(place))
    page.get_by_label("τ, the temperature").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"step=near.*other=1&at=0\.5\d"), timeout=LONG)  # moves the slider, not the lesson
    weighs(page, Shown(1, float(page.locator(".lesson output").inner_text())))
    below = page.get_by_role("button", name="Open these two prompts").bounding_box()
    assert below["y"] + below["height"] < SMALL["height"]
    assert outside == []


def test_steps_by_key_and_the_step_is_kept_on_reload(page):
    page.set_viewport_size(SMALL)
    page.goto("/learn?step=3")
    expect(page.get_by_text("does likeness decide")).to_be_visible(timeout=LONG)
    settled(page)
    for key, steps in (("ArrowLeft", (2, 1)), ("ArrowRight", (2, 3, 4, 5))):
        for step in steps:
            page.keyboard.press(key)
            expect(page).to_have_url(re.compile(rf"step={ALL_STEPS[step]}\b"), timeout=LONG)
            settled(page)
    page.reload()
    expect(page.get_by_text("Another encoder")).to_be_visible(timeout=LONG)


def test_eight_rows_are_those_of_python(page):
    page.goto("/learn?step=tau")
    expect(page.get_by_text("does likeness decide")).to_be_visible(timeout=LONG)
    guess(page, "No")
    expect(page.locator(".eight")).to_be_visible(timeout=LONG)
    slider = page.get_by_label("τ, the temperature")
    for _ in range(2):
        tau = float(page.locator(".lesson output").inner_text())
        seen, _ = eight_at(tau)
        assert figures(page, "shares") == pytest.approx([seen.own, seen.others], abs=2e-3)
        for _ in range(30):
            slider.press("PageDown")


def test_on_a_projector_letters_are_large(page):
    page.set_viewport_size(SMALL)
    page.goto("/learn?step=near&projector=1")
    axis = page.locator(".two .axis span").first
    expect(axis).to_be_visible(timeout=LONG)
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    assert axis.evaluate(size) >= 18
    assert page.locator(".two text").first.evaluate(size) >= 18
    page.goto("/learn?step=lab&projector=1")
    expect(page.locator(".lab[data-letters]")).to_be_visible(timeout=LONG)
    assert int(re.match(r"(\d+)px", page.locator(".lab").get_attribute("data-letters"))[1]) >= 18


def test_the_lab_is_python_and_sends_nothing_while_it_runs(page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    page.set_viewport_size(SMALL)
    open_lab(page, "&tau=0.5&seed=3")
    fresh(page, "learn")
    last = page.locator(".lab tbody tr").last.bounding_box()
    assert last["y"] + last["height"] < SMALL["height"]  # where the point is made
    press(page, "Step", 3)
    held_to_python(page, Toy(3), 0.5)
    three = lab(page, "learned")
    settled(page)
    before = len(sent)
    press(page, "Run")
    expect(page.locator(".lab .count")).to_have_text(re.compile("step ([6-9][0-9]|[0-9]{3})"), timeout=LONG)
    press(page, "Pause")
    expect(page.locator(".lab .verdict")).to_contain_text(re.compile(r"and so it is\. E: \S?0\.0"))  # however late Pause was
    stood = lab(page, "step")
    page.wait_for_timeout(200)
    assert lab(page, "step") == stood
    assert len(sent) == before
    held_to_python(page, Toy(3), 0.5)
    press(page, "Reset")
    assert not np.any(lab(page, "learned"))
    press(page, "Step", 3)
    assert lab(page, "learned") == three
    for name, value in (("kind", "paired"), ("width", "30"), ("seed", "7")):
        page.locator(f".lab .{name}").select_option(value)
        settled(page)
    expect(page).to_have_url(re.compile("kind=paired.*width=30.*seed=7"))
    expect(page.locator('.lab[data-step="3"]')).to_be_visible(timeout=LONG)
    held_to_python(page, Toy(7, paired=True, width=30.0), 0.5)
    page.locator(".lab .tau").press("ArrowRight")  # moves the slider, not the lesson
    expect(page).to_have_url(re.compile(r"step=lab.*tau=0\.5\d"))
    held_to_python(page, Toy(7, paired=True, width=30.0), float(page.locator(".lab .at").input_value()))


def test_a_tau_beside_the_labs_slider_can_be_typed_and_one_outside_of_the_range_is_refused(page):
    open_lab(page, "&tau=50")
    typed = page.locator(".lab .at")
    expect(typed).to_have_value("50", timeout=LONG)
    typed.fill("0.001")
    typed.press("Enter")
    expect(page).to_have_url(re.compile("tau=0.001"), timeout=LONG)
    press(page, "Step", 3)
    held_to_python(page, Toy(0), 0.001)
    typed.fill("0")
    typed.press("Enter")
    expect(page.locator(".lab .refused")).to_have_text("τ must be a number from 0.001 to 1000, got 0; it stays at 0.001.")
    expect(typed).to_have_value("0.001")
