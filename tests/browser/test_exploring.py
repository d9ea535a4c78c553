"""The prompt map in a real browser: what only a browser can show, such as a click, a lasso, links that follow a zoom, a theme."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SIZE
from tests.browser.test_journey import LONG, settle, shoot

pytestmark = [pytest.mark.browser, pytest.mark.weights]
POINTS = "._fullData.filter((trace) => trace.type !== 'contour')"
PLOT = "document.querySelector('.st-key-map .js-plotly-plot')"


def points_on(page: Page):
    """The rows that the map shows, as plotly holds them."""
    return sorted(page.evaluate(f"() => {PLOT}{POINTS}.flatMap((trace) => Array.from(trace.customdata))"))


def view_of(page: Page):
    return page.evaluate(f"() => [...{PLOT}._fullLayout.xaxis.range, ...{PLOT}._fullLayout.yaxis.range]")


def lines(page: Page):
    return page.locator(".prompt-links line")


def click_the_middle(page: Page, place: int = 0):
    """Click the prompt nearest to the middle of what is seen, or the one that comes after so many nearer ones."""
    at = page.evaluate(
        f"""() => {{
            const plot = {PLOT}, box = plot.getBoundingClientRect(), {{xaxis: x, yaxis: y}} = plot._fullLayout;
            const seen = plot{POINTS}.flatMap((trace) => Array.from(trace.x, (_, n) => [x.l2p(trace.x[n]), y.l2p(trace.y[n])]));
            const far = ([a, b]) => Math.hypot(a - x._length / 2, b - y._length / 2);
            const [a, b] = seen.sort((one, other) => far(one) - far(other))[{place}];
            return {{x: box.left + x._offset + a, y: box.top + y._offset + b}};
        }}"""
    )
    page.mouse.move(at["x"] - 2, at["y"])
    page.mouse.move(at["x"], at["y"], steps=3)
    page.wait_for_timeout(300)
    page.mouse.click(at["x"], at["y"])


def lasso(page: Page):
    """Round the middle of the map."""
    page.locator(".st-key-map .js-plotly-plot").hover()
    page.locator("[data-title='Lasso Select']").first.click()
    box = page.locator(".st-key-map .nsewdrag").first.bounding_box()
    corners = [(0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6), (0.3, 0.3)]
    for number, (x, y) in enumerate(corners):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def choose(page: Page, label: str, option: str):
    page.get_by_role("combobox", name=re.compile(label)).first.click()
    page.get_by_role("option", name=option, exact=True).first.click()
    settle(page)


def open_map(page: Page) -> dict[str, float]:
    """Show the map; returns where its points were before the app had come."""
    page.goto("/explore", wait_until="commit")
    stood = page.locator("#first-points svg").bounding_box()
    expect(page.get_by_text("UMAP of all-minilm-l6-v2")).to_be_visible(timeout=LONG)
    settle(page)
    page.wait_for_timeout(1000)
    return stood or {}


def pick_a_point(page: Page):
    """Links appear, and the zoom that was there stays; for the first one the map makes room for the drawer."""
    click_the_middle(page)
    expect(page.get_by_text("Nearest prompts")).to_be_visible(timeout=LONG)
    page.locator("[data-title='Zoom in']").first.click()
    page.wait_for_timeout(600)
    before, address = view_of(page), page.url
    click_the_middle(page, 1)
    expect(page).not_to_have_url(address)
    expect(lines(page)).to_have_count(10)
    expect(page.locator(".prompt-links circle")).to_have_count(1)
    settle(page)
    assert view_of(page) == before
    read = page.locator(".st-key-prompt [data-testid=stText]").first  # Arabic begins at the right, English at the left
    assert read.evaluate("one => getComputedStyle(one).unicodeBidi") == "plaintext"
    widths = [float(line.get_attribute("stroke-width")) for line in lines(page).all()]
    slide = page.get_by_label("τ of the weights")
    slide.fill(slide.get_attribute("min"))
    expect(lines(page).last).not_to_have_attribute("stroke-width", str(widths[-1]))
    settle(page)
    assert float(lines(page).last.get_attribute("stroke-width")) < widths[-1]
    assert slide.get_attribute("aria-valuetext") == "0.01"  # still, after the page was drawn anew
    page.locator(".st-key-map .js-plotly-plot").hover()
    expect(page.locator(".hover-text")).to_contain_text("chosen")
    assert view_of(page) == before


def names_on(page: Page):
    return page.locator(".group-names text").all_text_contents()


def names_come_with_the_zoom(page: Page):
    """Slices from afar, no two over one another; finer topics where one looks closer."""
    page.set_viewport_size({"width": 1000, "height": 640})  # not all find room
    page.wait_for_timeout(600)
    afar = names_on(page)
    boxes = [one.bounding_box() for one in page.locator(".group-names text").all()]
    assert len(afar) > 8
    assert "pets" in afar
    assert not any(
        one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
        and one["y"] + 3 < other["y"] + other["height"] and other["y"] + 3 < one["y"] + one["height"]
        for place, one in enumerate(boxes) for other in boxes[:place]
    )  # fmt: skip
    for _ in range(2):
        page.locator("[data-title='Zoom in']").first.click()
        page.wait_for_timeout(400)
    assert set(names_on(page)) - set(afar)
    page.locator("[data-title='Reset axes']").first.click()
    page.wait_for_timeout(400)
    assert names_on(page) == afar
    page.set_viewport_size(SIZE)
    page.wait_for_timeout(600)


def find_by_meaning(page: Page):
    page.get_by_label("Find prompts").fill("my loaf stays flat")
    page.get_by_label("Find prompts").press("Enter")
    expect(page.get_by_text(re.compile("^No prompt and no slice contains"))).to_be_visible(timeout=LONG)
    page.get_by_text("meaning", exact=True).click()
    expect(page.get_by_text("The nearest 10 of 260 prompts to your text")).to_be_visible(timeout=LONG)


def take_a_lasso_to_tune(page: Page):
    """Another colour leaves the points, the lasso and the links where they are."""
    lasso(page)
    button = page.get_by_role("button", name=re.compile(r"Use these \d+ prompts in Tune"))
    expect(button).to_be_visible()
    count = int(re.search(r"\d+", button.inner_text()).group())
    choose(page, "Colour by", "topic")
    page.wait_for_timeout(1000)
    assert points_on(page) == list(range(260))
    assert count > 10
    assert page.evaluate(f"() => {PLOT}{POINTS}.reduce((sum, trace) => sum + trace.selectedpoints.length, 0)") == count
    expect(lines(page)).to_have_count(10)
    shoot(page, "explore-lasso")
    button.click()
    expect(page.get_by_role("heading", name="Tune", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text(f"Look at these {count} prompts together (M = {count})")).to_be_visible(timeout=LONG)


def look_at_the_health_in_the_dark(page: Page):
    page.set_viewport_size({"width": 1280, "height": 1700})
    page.emulate_media(color_scheme="dark")
    open_map(page)
    choose(page, "Colour by", "density")
    assert points_on(page) == list(range(260))
    shoot(page, "explore-dark")
    page.locator(".st-key-menu").get_by_role("link", name="Health", exact=True).click()
    expect(page.get_by_text("Good for contrasts")).to_be_visible(timeout=LONG)
    shoot(page, "health-dark")


def test_back_is_one_press_a_page(page):
    """Each page completes its own address, which is no step of the visitor's."""
    menu = page.locator(".st-key-menu")
    open_map(page)
    begun = page.evaluate("history.length")
    for title in ("Health", "Data", "Tune"):
        menu.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=LONG)
        expect(page).to_have_url(re.compile(f"/{title.lower()}\\?"))
    assert page.evaluate("history.length") == begun + 3
    for title in ("Data", "Health", "Explore"):
        page.go_back()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=LONG)


def stood_in(page: Page, first: dict[str, float]):
    """What was there before the app, and before the chart, lay exactly where the chart is, and no longer shows."""
    assert page.locator("#first-points").count() == 0
    assert first == pytest.approx(page.locator(".st-key-map .nsewdrag").first.bounding_box(), abs=1)
    picture = page.locator(".first-points")
    chart = page.locator(".st-key-map .nsewdrag").first
    drawn, stood = (one.evaluate("one => Object.values(one.getBoundingClientRect().toJSON())") for one in (chart, picture))
    assert stood == pytest.approx(drawn, abs=1)
    assert picture.evaluate("one => one.naturalWidth > 0 && getComputedStyle(one).visibility") == "hidden"


def test_the_map_as_a_visitor_uses_it(page):
    stood_in(page, open_map(page))
    assert points_on(page) == list(range(260))
    names_come_with_the_zoom(page)
    pick_a_point(page)
    shoot(page, "explore-links")
    find_by_meaning(page)
    take_a_lasso_to_tune(page)
    look_at_the_health_in_the_dark(page)
