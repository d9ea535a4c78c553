"""The lesson in a real chromium: six steps by address and by key; the lab runs, and its figures are those of Python."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rpo.teaching.toy import Method, Toy, train_toy
from tests.browser.pictures import fresh

pytestmark = [pytest.mark.browser, pytest.mark.weights]
LONG = 120_000
SAYS = ("DPO makes 3 of them", "not who is lifted", "does likeness decide", "A one-sided batch", "Not shown.", "Not established")


def lab(page: Page, name: str):
    return json.loads(page.locator(".lab").get_attribute(f"data-{name}"))


def settled(page: Page):
    """Wait until nothing runs, and for half a second: a key pressed while a fresh server's first page comes up may be lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)
    page.wait_for_timeout(500)


def press(page: Page, name: str, times: int = 1):
    for _ in range(times):
        page.locator(".lab").get_by_role("button", name=name).click()


def held_to_python(page: Page, toy: Toy, tau: float):
    """Margins of every prompt by every method, and the cosines of the steps, to 1e-9."""
    steps = lab(page, "step")
    runs = [train_toy(toy, method, tau, steps) for method in Method]
    assert np.allclose(lab(page, "learned"), [run.margins[-1] for run in runs], rtol=0, atol=1e-9)
    assert np.allclose(lab(page, "cosines"), [run.cosines[-1] for run in runs], rtol=0, atol=1e-9)


def test_six_steps_by_address_and_by_key(page):
    outside = []
    page.on("request", lambda one: outside.append(one.url) if "//localhost" not in one.url and "http" in one.url[:5] else None)
    page.goto("/learn?step=3")
    expect(page.get_by_text(SAYS[2])).to_be_visible(timeout=LONG)
    settled(page)
    for key, steps in (("ArrowLeft", (2, 1)), ("ArrowRight", (2, 3, 4, 5, 6))):
        for step in steps:
            page.keyboard.press(key)
            expect(page).to_have_url(re.compile(rf"step={step}\b"), timeout=LONG)  # what was drawn before stays until a run ends
            expect(page.get_by_text(SAYS[step - 1])).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="5 Try it").click()
    expect(page.locator(".lab[data-step]")).to_be_visible(timeout=LONG)
    assert outside == []


def test_the_lab_is_python_and_sends_nothing_while_it_runs(page):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
    page.goto("/learn?step=5&tau=0.5&seed=3")
    expect(page.locator(".lab[data-step]")).to_be_visible(timeout=LONG)
    fresh(page, "learn")
    press(page, "Step", 3)
    held_to_python(page, Toy(3), 0.5)
    three = lab(page, "learned")
    settled(page)
    before = len(sent)
    press(page, "Run")
    expect(page.locator(".lab .count")).to_have_text(re.compile("step [3-9][0-9]"), timeout=LONG)
    press(page, "Pause")
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
    expect(page).to_have_url(re.compile(r"step=5.*tau=0\.5\d"))
    held_to_python(page, Toy(7, paired=True, width=30.0), float(page.locator(".lab .at").input_value()))
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".lab[data-step]")).to_be_visible(timeout=LONG)
    press(other, "Step", 3)
    assert lab(other, "learned") == lab(page, "learned")


def test_a_tau_beside_the_labs_slider_can_be_typed_and_one_outside_of_the_range_is_refused(page):
    page.goto("/learn?step=5&tau=50")
    typed = page.locator(".lab .at")
    expect(typed).to_have_value("50", timeout=LONG)
    typed.fill("0.001")
    typed.press("Enter")
    expect(page).to_have_url(re.compile("tau=0.001"), timeout=LONG)
    for _ in range(3):
        page.get_by_role("button", name="Step", exact=True).click()
    held_to_python(page, Toy(0), 0.001)
    typed.fill("0")
    typed.press("Enter")
    expect(page.locator(".lab .refused")).to_have_text("τ must be a number from 0.001 to 1000, got 0; it stays at 0.001.")
    expect(typed).to_have_value("0.001")
