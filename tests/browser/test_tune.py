"""Tune's plane and matrix in a real chromium: dragged, typed, pinned, shared by their address, in both themes."""

import json
import re

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
    expect(page.get_by_text(re.compile("effective (others|contrasts) of"))).to_be_visible(timeout=LONG)


def figure(page: Page, name: str) -> str:
    return page.locator(".tau dl div").filter(has_text=name).locator("dd").first.inner_text()


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


def point_of(page: Page) -> dict:
    return json.loads(page.locator(".tau").get_attribute("data-point"))


def drag(page: Page, *places: tuple[float, float], let_go: bool = True) -> None:
    """Press at the first place of the plane (own px from its top left corner), move to each, let go."""
    page.locator(".tau .plane").scroll_into_view_if_needed()
    corner = page.locator(".tau .plane").bounding_box()
    for number, (x, y) in enumerate(places):
        page.mouse.move(corner["x"] + x, corner["y"] + y, steps=6 if number else 1)
        if not number:
            page.mouse.down()
    if let_go:
        page.mouse.up()


def test_along_the_curve_a_drag_is_tau_and_off_it_two_dials_and_the_server_hears_of_the_release(page):
    page.emulate_media(color_scheme="light")
    ready(page, "/tune?tau=0.5&M=8")
    assert contrast_of_colours(page, "light") > 7
    before, said = figure(page, "Own share"), page.get_by_text("At τ = 0.5, M = 8")
    drag(page, (200, 21), (270, 22), let_go=False)  # the curve begins along the upper edge
    expect(page.locator(".tau dl div").first.locator("dd").first).not_to_have_text(before)
    assert point_of(page)["weighting"] == "contrast"
    assert 0.01 < tau_of(page) < 0.2
    expect(page.locator(".tau .mode")).to_contain_text("One softmax, as in the paper: τ")
    expect(said).to_be_visible()  # the server knows nothing of it yet
    page.mouse.up()
    expect(page.get_by_text(f"At τ = {tau_of(page):g}, M = 8")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile(f"tau={tau_of(page):g}"))
    drag(page, (270, 22), (89, 141))  # 2 of 7 others, half for the own pair
    expect(page.locator(".tau .mode")).to_contain_text("Two dials: own share 0.5, likeness 2 of 7")
    expect(page.get_by_text("At own share 0.5, likeness 2 of 7, M = 8")).to_be_visible(timeout=LONG)
    expect(page).to_have_url(re.compile("alpha=0.5&k=2"))
    expect(page.locator(".tau .meaning")).to_contain_text(
        "50 % to the own answer, the rest spread over 2.0 of 7 others: selective"
    )
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(said).to_be_visible(timeout=LONG)
    assert figure(page, "Own share") == before


def test_keys_and_numbers_move_the_point(page):
    ready(page, "/tune?alpha=0.5&k=3&M=8")
    plane = page.locator(".tau .plane")
    steps = [("ArrowUp", 0.51, 3), ("Shift+ArrowDown", 0.41, 3), ("ArrowRight", 0.41, 3.1), ("Home", 0.41, 1), ("End", 0.41, 0)]
    for key, own, likeness in (*steps, ("PageUp", 0.51, 0)):
        plane.press(key)
        expect(page.locator(".tau")).to_have_attribute("data-own", f"{own:g}")
        expect(page.locator(".tau")).to_have_attribute("data-likeness", f"{likeness:g}")
    assert "likeness 7 of 7. 51 % to the own answer" in plane.get_attribute("aria-valuetext")
    page.get_by_label("k, typed").fill("2.5")
    page.get_by_label("k, typed").press("Enter")
    expect(page.get_by_text("At own share 0.51, likeness 2.5 of 7, M = 8")).to_be_visible(timeout=LONG)
    page.get_by_label("α, typed").fill("1.5")
    page.get_by_label("α, typed").press("Enter")
    expect(page.locator(".tau .refused")).to_have_text("α must be a number from 0 to 1, got 1.5; it stays at 0.51.")
    type_tau(page, 0.25)
    assert point_of(page)["weighting"] == "contrast"
    other = page.context.new_page()
    ready(other, "/tune?alpha=0.51&k=2.5&M=8")
    assert (point_of(other)["own_share"], point_of(other)["likeness"]) == (0.51, 2.5)


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        ((1280, 720), (".slider", ".plane", ".figures", ".matrix", ".bars", ".goal", ".controls")),
        ((853, 480), (".slider",)),  # 1280 × 720 at 150 %
    ],
)
def test_what_is_dragged_and_what_follows_stand_on_the_first_screen(page, size, parts):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    ready(page, "/tune?tau=0.5&M=8")  # with the hints, which a first visit has
    for part in parts:
        box = page.locator(f".tau {part}").bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= size[0], (part, box)
        assert box["y"] + box["height"] <= size[1], (part, box)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= size[0]
    page.locator(".tau .slider").press("ArrowLeft")
    expect(page.locator(".tau")).to_have_attribute("data-tau", re.compile(r"^0\.4[5-9]"))


def test_the_goal_is_dragged_and_the_mean_of_the_batch_follows(page):
    ready(page, "/tune?tau=0.5&M=8&goal=3")
    goal = page.locator(".tau .goal")
    box, step = goal.bounding_box(), page.locator(".tau .bars").bounding_box()["width"] / 7
    page.mouse.move(box["x"] + 10, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 10 + step, box["y"] + 60, steps=4)
    page.mouse.up()
    wanted = float(goal.get_attribute("aria-valuenow"))
    assert 3.5 < wanted < 4.3
    goal.press("Shift+ArrowLeft")
    expect(page).to_have_url(re.compile(f"goal={wanted - 1:g}"))
    assert float(figure(page, "Effective others").split()[0]) == pytest.approx(wanted - 1, abs=0.006)
    expect(page.get_by_text(f"At τ = {tau_of(page):g}, M = 8")).to_be_visible(timeout=LONG)
    seen = page.locator(".tau").evaluate("(one) => ['tau', 'rows', 'point'].map((name) => one.dataset[name])")
    page.reload()
    expect(page.locator(".tau[data-frame]")).to_be_visible(timeout=LONG)
    assert page.locator(".tau").evaluate("(one) => ['tau', 'rows', 'point'].map((name) => one.dataset[name])") == seen
    assert goal.get_attribute("aria-valuenow") == f"{wanted - 1:g}"


def test_settings_that_wait_in_their_popover_open_with_what_the_address_says(page):
    rows = ",".join(map(str, range(20)))
    ready(page, f"/tune?tau=0.2&M=4&seed=7&beta=0.25&rows={rows}")
    page.get_by_role("button", name="Train on these 20 prompts").click()
    expect(page.locator(".tau[data-rows='4']")).to_be_visible(timeout=LONG)
    page.locator(".st-key-settings button").click()
    for label, value in (("β", "0.25"), ("Batch (seed)", "7")):
        expect(page.get_by_role("spinbutton", name=label)).to_have_value(value)
    expect(page.get_by_role("combobox", name="M (contrast size)")).to_have_value("4")
    expect(page).to_have_url(re.compile("M=4.*seed=7&beta=0.25.*picked=train"))


def test_the_browser_and_python_see_the_same_margins(page):
    from rpo.teaching.toy import Toy
    from rpo.tuning.choice import toy_sample

    sample, cosines = toy_sample(Toy(), trained=True)
    page.emulate_media(color_scheme="dark")
    ready(page, "/tune?tau=0.3&beta=1")
    assert contrast_of_colours(page, "dark") > 7
    page.locator(".st-key-settings button").click()
    page.get_by_role("combobox", name="Data", exact=True).click()
    page.get_by_role("option", name="toy").click()
    expect(page.get_by_text("the toy:")).to_be_visible(timeout=LONG)
    page.get_by_role("combobox", name="Log-ratios from").click()
    page.get_by_role("option", name="after 60 steps").click()
    page.locator(".st-key-settings button").click()
    expect(page.get_by_role("combobox", name="Data", exact=True)).to_have_count(0)
    matrix = page.locator(".tau .matrix")
    expect(page.locator(".tau dl div").filter(has_text="Saturation")).to_be_visible(timeout=LONG)
    matrix.press("ArrowRight")
    matrix.press("ArrowDown")
    expect(page.locator(".tau .detail p:not(.says)").first).to_have_text(sample.chosen_answers[1])
    expect(page.locator(".tau .detail small").first).to_have_text(f"to: {sample.chosen[1]}")
    ratios = (torch.tensor(side) for side in (sample.chosen_ratios, sample.rejected_ratios))
    plain = ContrastMatrix.of(weights_of_cosines(torch.tensor(cosines).float(), 0.3), *ratios, 0.3, 1.0)
    cells = (page.locator(f".tau .detail td:nth-child({column})").all_inner_texts() for column in (1, 2))
    detail = dict(zip(*cells, strict=True))
    assert float(detail["weight"]) == pytest.approx(plain.weights[1, 0].item(), abs=1e-4)
    assert float(detail["margin, nats"]) == pytest.approx(plain.margins[1, 0].item(), abs=0.006)
    assert float(detail["loss"]) == pytest.approx(plain.losses[1, 0].item(), abs=1e-4)
    page.locator(".tau .shows").select_option("margin")
    matrix.press("Escape")
    page.mouse.move(0, 0)
    expect(page.get_by_text("Point at a cell to read the two answers")).to_be_visible()


def test_an_address_opens_the_same_batch_and_the_pin_says_whose(page, real_weights):
    ready(page, "/tune?tau=0.2&M=8&seed=3&batches=neighbourhood")
    sample = tuning.first_batch(
        preferences.load("embedded"), 8, 3, Batching.NEIGHBOURHOOD,
        embeddings.embed(preferences.load("embedded").prompts, weights.ENCODER),
    )  # fmt: skip
    place = page.locator(".tau .matrix").bounding_box()
    page.mouse.click(place["x"] + place["width"] * 0.94, place["y"] + place["height"] * 0.06)
    detail = page.locator(".tau .detail p:not(.says)")
    expect(detail.nth(0)).to_have_text(" ".join(sample.chosen_answers[0].split()))
    expect(detail.nth(1)).to_have_text(" ".join(sample.rejected_answers[7].split()))
    expect(page.locator(".tau .detail small").nth(1)).to_have_text(f"to: {sample.rejected[7]}")
    page.locator(".tau .order").select_option("alike")
    page.locator(".tau .mass").select_option("0.9")
    expect(page.locator(".tau dl")).to_contain_text("90 % of a row in")
    page.mouse.move(0, 0)
    expect(detail.nth(1)).to_have_text(" ".join(sample.rejected_answers[7].split()))  # the pin stays with its cell
    cosines = tuning.cosines(sample, preferences.load("embedded"), weights.ENCODER, View.LAST_TURN)
    for tau in (0.03, 4.0, 0.35):
        type_tau(page, tau)
        plain = tuning.shares_at(tuning.Point(tau=tau), cosines, True)
        assert float(figure(page, "Effective others").split()[0]) == pytest.approx(plain.others, abs=0.006)
        assert float(figure(page, "Own share").split()[0]) == pytest.approx(100 * plain.own, abs=0.51)
        near = re.search(r"by their weight: (-?[0-9.]+)\.$", page.locator(".tau .sums").inner_text())[1]
        assert float(near) == pytest.approx(plain.cosine, abs=6e-4)
    expect(page).to_have_url(re.compile("tau=0.35"))
    expect(detail.nth(1)).to_have_text(" ".join(sample.rejected_answers[7].split()))
    other = page.context.new_page()
    ready(other, page.url)
    assert tau_of(other) == 0.35
    assert figure(other, "Effective others") == figure(page, "Effective others")


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


def rated() -> str:
    """Pairs whose scores contradict many contrasts, and each its own pair, which is never marked.

    Their prompts are the embedded data's, whose vectors and map come with the package.
    """
    rows = [
        {"prompt": prompt, "chosen": f"yes {n}", "rejected": f"no {n}", "rating_chosen": n % 5, "rating_rejected": 1 + n % 5}
        for n, prompt in enumerate(preferences.load("embedded").prompts)
    ]
    preferences.add("rated.jsonl", "\n".join(map(json.dumps, rows)).encode())
    return "rated.jsonl"


def pink(page: Page) -> int:
    """Pixels of the matrix that are more red than anything of its colours: the marks of contradicted cells."""
    return page.locator(".tau .matrix").evaluate(
        "(one) => { const { data } = one.getContext('2d').getImageData(0, 0, one.width, one.height); let n = 0;"
        "for (let k = 0; k < data.length; k += 4) n += data[k] > 120 && data[k + 1] < 110; return n; }"
    )


def test_cells_that_scores_contradict_are_marked_and_their_weight_follows_the_hand(page, served_home, monkeypatch):
    monkeypatch.setenv("RPO_HOME", str(served_home))
    ready(page, f"/tune?tau=0.5&M=8&data={rated()}")
    share = figure(page, "Contradicted")
    expect(page.get_by_text(f"{share.split('%')[0]}% of the others' weight lies on contradicted pairs")).to_be_visible()
    expect(page.locator(".tau .axis")).to_contain_text("Pink: contradicted by rating")
    assert pink(page) > 100
    matrix = page.locator(".tau .matrix")
    said = []
    for key in (*["ArrowRight"] * 8, "ArrowDown", *["ArrowLeft"] * 7):  # along the first row, and back along the second
        matrix.press(key)
        page.wait_for_timeout(200)  # drawn with the next frame
        said.append(page.locator(".tau .detail").inner_text())
    found = [re.search(r"scores\s*(\d) and (\d)(: contradicted)?", text).groups() for text in said]
    own = [found.pop(place) for place in (14, 0)]
    assert [(int(good) < int(bad), word) for good, bad, word in own] == [(True, None)] * 2
    assert all((int(good) < int(bad)) == bool(word) for good, bad, word in found)
    assert {bool(word) for *_, word in found} == {True, False}
    type_tau(page, 0.02)
    assert figure(page, "Contradicted") != share
    page.goto(f"/tune?tau=0.5&M=32&data={rated()}")
    expect(page.locator(".tau[data-rows='32']")).to_be_visible(timeout=LONG)
    assert pink(page) > 100
    ready(page, "/tune?tau=0.5&M=8")
    assert pink(page) == 0
    expect(page.locator(".tau dl")).not_to_contain_text("Contradicted")
