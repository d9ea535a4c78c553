"""The tau instrument in a real chromium: dragged, typed, pinned, shared by its address, in both themes."""

import re

import numpy as np
import pytest
import torch
from playwright.sync_api import Page, expect

from rpo import embeddings, preferences, tuning, weights
from rpo.contrast import ContrastMatrix, weights_of_cosines
from rpo.preferences import View
from rpo.spec import Batching

pytestmark = [pytest.mark.browser, pytest.mark.weights]
LONG = 120_000


def ready(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".tau[data-frame]")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("effective contrasts of")).to_be_visible(timeout=LONG)


def figure(page: Page, name: str) -> str:
    return page.locator(".tau dl div").filter(has_text=name).locator("dd").inner_text()


def tau_of(page: Page) -> float:
    return float(page.locator(".tau").get_attribute("data-tau"))


def type_tau(page: Page, tau: float) -> None:
    page.get_by_label("τ, typed").fill(str(tau))
    page.get_by_label("τ, typed").press("Enter")
    expect(page.get_by_text(f"At τ = {tau:g}, M = ")).to_be_visible(timeout=LONG)


def contrast_of_colours(page: Page, scheme: str) -> float:
    """How much the instrument's ink stands out from the page (WCAG), checked to be the right way round."""
    rgb = "(one, name) => getComputedStyle(one)[name].match(/[\\d.]+/g).slice(0, 3).map(Number)"
    colours = page.locator(".tau").evaluate(rgb, "color"), page.locator(".stApp").evaluate(rgb, "backgroundColor")
    ink, paper = (sum(c * (v / 255) ** 2.2 for c, v in zip((0.2126, 0.7152, 0.0722), one, strict=True)) for one in colours)
    assert (paper > ink) == (scheme == "light")
    return (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)


def test_dragging_sends_nothing_and_letting_go_does(page):
    page.emulate_media(color_scheme="light")
    ready(page, "/tune?tau=0.5&M=8")
    assert contrast_of_colours(page, "light") > 7
    slider, before = page.locator(".tau .slider"), figure(page, "Effective contrasts")
    said = page.get_by_text("At τ = 0.5, M = 8")
    place = slider.bounding_box()
    y = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + place["width"] * 0.566, y)
    page.mouse.down()
    for part in np.linspace(0.566, 0.3, 12):
        page.mouse.move(place["x"] + place["width"] * part, y)
    expect(page.locator(".tau dl div").first.locator("dd")).not_to_have_text(before)
    assert tau_of(page) < 0.12
    expect(said).to_be_visible()  # the server has not been told
    page.mouse.up()
    expect(page.get_by_text(f"At τ = {tau_of(page):g}, M = 8")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile(f"tau={tau_of(page):g}"))
    left = page.locator(".tau").get_attribute("data-tau")
    slider.press("ArrowRight")
    expect(page.locator(".tau")).not_to_have_attribute("data-tau", left)  # drawn with the next frame
    expect(page.get_by_text(f"At τ = {tau_of(page):g}, M = 8")).to_be_visible(timeout=LONG)
    assert slider.get_attribute("aria-valuetext") == f"tau {tau_of(page):g}"
    assert "arrow keys move the pinned cell" in page.locator(".tau .matrix").get_attribute("aria-label")
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(said).to_be_visible(timeout=LONG)
    assert figure(page, "Effective contrasts") == before


def test_the_browser_and_python_see_the_same_margins(page):
    from rpo.teaching.toy import Toy
    from rpo.tuning.choice import toy_sample

    sample, cosines = toy_sample(Toy(), trained=True)
    page.emulate_media(color_scheme="dark")
    ready(page, "/tune?tau=0.3&beta=1")
    assert contrast_of_colours(page, "dark") > 7
    page.get_by_role("combobox", name="Data", exact=True).click()
    page.get_by_role("option", name="toy").click()
    expect(page.get_by_text("the toy:")).to_be_visible(timeout=LONG)
    page.get_by_role("combobox", name="The loss sees").click()
    page.get_by_role("option", name="after 60 steps").click()
    matrix = page.locator(".tau .matrix")
    expect(page.locator(".tau dl div").filter(has_text="Saturation")).to_be_visible(timeout=LONG)
    matrix.press("ArrowRight")
    matrix.press("ArrowDown")
    expect(page.locator(".tau .told p").first).to_have_text(sample.chosen[1])
    ratios = (torch.tensor(side) for side in (sample.chosen_ratios, sample.rejected_ratios))
    plain = ContrastMatrix.of(weights_of_cosines(torch.tensor(cosines).float(), 0.3), *ratios, 0.3, 1.0)
    told = dict(zip(*(page.locator(f".tau .told td:nth-child({column})").all_inner_texts() for column in (1, 2)), strict=True))
    assert float(told["weight"]) == pytest.approx(plain.weights[1, 0].item(), abs=1e-4)
    assert float(told["margin, nats"]) == pytest.approx(plain.margins[1, 0].item(), abs=0.006)
    assert float(told["loss"]) == pytest.approx(plain.losses[1, 0].item(), abs=1e-4)
    page.locator(".tau .shows").select_option("margin")
    matrix.press("Escape")
    expect(page.get_by_text("Point at a cell to read both prompts")).to_be_visible()


def test_an_address_opens_the_same_batch_and_the_pin_says_whose(page, real_weights):
    ready(page, "/tune?tau=0.2&M=8&seed=3&batches=neighbourhood")
    sample = tuning.first_batch(
        preferences.load("embedded"), 8, 3, Batching.NEIGHBOURHOOD,
        embeddings.embed(preferences.load("embedded").prompts, weights.ENCODER),
    )  # fmt: skip
    place = page.locator(".tau .matrix").bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.94, place["y"] + place["height"] * 0.06)
    told = page.locator(".tau .told p")
    expect(told.nth(0)).to_have_text(sample.chosen[0])
    expect(told.nth(1)).to_have_text(sample.rejected[7])
    page.locator(".tau .order").select_option("alike")
    page.locator(".tau .mass").select_option("0.9")
    expect(page.locator(".tau dl")).to_contain_text("90 % of a row in")
    page.mouse.move(0, 0)
    expect(told.nth(1)).to_have_text(sample.rejected[7])  # the pin stays with its cell
    cosines, nothing = tuning.cosines(sample, preferences.load("embedded"), weights.ENCODER, View.LAST_TURN), torch.zeros(8)
    for tau in (0.03, 4.0, 0.35):
        type_tau(page, tau)
        plain = ContrastMatrix.of(weights_of_cosines(torch.tensor(cosines), tau), nothing, nothing, tau, 0.1)
        assert float(figure(page, "Effective contrasts").split()[0]) == pytest.approx(
            plain.effective_contrasts.mean().item(), abs=0.006
        )
        assert int(figure(page, "Diagonal share").split()[0]) == round(100 * plain.diagonal_share)
        assert float(figure(page, "Gradient against DPO").split()[1]) == pytest.approx(plain.gradient_scale, rel=5e-3)
    expect(page).to_have_url(re.compile("tau=0.35"))
    expect(told.nth(1)).to_have_text(sample.rejected[7])
    other = page.context.new_page()
    ready(other, page.url)
    assert tau_of(other) == 0.35
    assert figure(other, "Effective contrasts") == figure(page, "Effective contrasts")


def test_what_lies_beside_the_slider_can_be_typed_and_what_lies_outside_of_the_range_is_refused_in_words(page):
    ready(page, "/tune?tau=50&M=8")
    assert tau_of(page) == 50
    type_tau(page, 0.0042)
    expect(page).to_have_url(re.compile("tau=0.0042"))
    for outside in ("5000", "0.0009", "-1"):
        page.get_by_label("τ, typed").fill(outside)
        page.get_by_label("τ, typed").press("Enter")
        refused = f"τ must be a number from 0.001 to 1000, got {outside}; it stays at 0.0042."
        expect(page.locator(".tau .refused")).to_have_text(refused)
        assert tau_of(page) == 0.0042
    type_tau(page, 1000)
    expect(page.locator(".tau .refused")).to_be_hidden()
