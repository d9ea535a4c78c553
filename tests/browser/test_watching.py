"""A run that is watched in a real browser: the reader's zoom stays when a step arrives, and a stop is said at once."""

import pytest
from playwright.sync_api import expect

from rpo import jobs, storage
from rpo.jsonl import append_line
from rpo.runs import Run
from rpo.spec import RunSpec

pytestmark = pytest.mark.browser
SEEN = """() => { const chart = document.querySelector('.st-key-curves .js-plotly-plot');
  return { x: chart._fullLayout.xaxis.range, y: chart._fullLayout.yaxis.range, last: Math.max(...chart._fullData[0].x) }; }"""


def step(run, number):
    append_line(run.folder / "metrics.jsonl", {"step": number, "loss": 1 / number, "margin": number, "accuracy": 0.5})


def test_a_zoom_stays_while_steps_arrive(page, served_home, monkeypatch):
    monkeypatch.setenv("RPO_HOME", str(served_home))
    run = Run(storage.folder("runs", "20260102-030405-rpo-paired-zoom"))
    storage.write_json(run.folder / "spec.json", RunSpec(steps=9).as_dict())
    for number in range(1, 7):
        step(run, number)
    with jobs.work(run.folder) as report:
        report(0.6, "step 6 of 9")
        report.write()
        page.goto(f"/watch?run={run.name}")
        plot = page.locator(".st-key-curves .js-plotly-plot .nsewdrag").first
        plot.scroll_into_view_if_needed()
        page.wait_for_timeout(1500)
        box = plot.bounding_box()
        page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
        page.mouse.up()
        page.wait_for_timeout(1000)
        zoomed = page.evaluate(SEEN)
        assert zoomed["x"][0] > 1
        step(run, 7)
        page.wait_for_function("document.querySelector('.st-key-curves .js-plotly-plot')?._fullData?.[0].x.length === 7")
        assert page.evaluate(SEEN) == {**zoomed, "last": 7}
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("stopping after this step…")).to_be_visible()
    expect(page.get_by_text("finished").first).to_be_visible()
