"""The plane and the matrix in a real JupyterLab: dragged, read and set by code, in both themes."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, until_healthy
from tests.leaner import LEAN
from tests.security.conftest import free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not importlib.util.find_spec("jupyterlab"), reason='no JupyterLab here (pip install "rpo[test]")'),
]
SAY = "print(w.tau, w.own_share, w.likeness, w.picked)"
CELLS = [
    "import numpy as np, rpo\nw = rpo.show(np.random.default_rng(0).normal(size=(8, 24)))\nw",
    SAY,
    f"w.tau = 0.25\nw.picked = (2, 5)\n{SAY}",
]
QUIET = {"notification": {"fetchNews": "false", "checkForUpdates": False}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own with one notebook of `CELLS`; its URL."""
    port, tmp_path = free_port(), tmp_path_factory.mktemp("lab")
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_WORKSPACES_DIR", "IPYTHONDIR")
    homes = {name: str(tmp_path / name.lower()) for name in (*places, "JUPYTERLAB_SETTINGS_DIR")}
    for name, content in QUIET.items():
        file = tmp_path / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    write(tmp_path / "work" / "batch.ipynb", CELLS)
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    named = [f"--ServerApp.port={port}", f"--ServerApp.root_dir={tmp_path / 'work'}"]
    command = [sys.executable, "-m", "jupyterlab", *options, *named]
    env = {**os.environ, **homes, "PYTHONPATH": os.pathsep.join([LEAN, str(ROOT)])}
    with (tmp_path / "lab.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log, env=env)
    try:
        until_healthy(f"http://localhost:{port}/api", process)
        yield f"http://localhost:{port}/doc/tree/batch.ipynb"
    finally:
        process.terminate()
        process.wait(30)


def write(path, sources):
    """A notebook of code cells."""
    path.parent.mkdir(parents=True)
    cells = [
        {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for n, source in enumerate(sources)
    ]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture(scope="module")
def notebook(chromium, lab):
    """The notebook, opened once: to load JupyterLab and to start a kernel takes longest."""
    context = chromium.new_context()
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(lab)
    expect(page.locator(".jp-CodeCell")).to_have_count(len(CELLS))
    expect(page.get_by_text("| Idle")).to_be_visible()  # before, keys are not heard
    yield page
    context.close()


@pytest.fixture
def page(notebook):
    """The notebook in its usual size, without what it showed before."""
    notebook.set_viewport_size({"width": 1280, "height": 900})
    notebook.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    expect(notebook.locator(".tau")).to_have_count(0)
    return notebook


def run(page: Page, cell: int) -> str:
    """Run a cell; what it prints."""
    code = page.locator(".jp-CodeCell").nth(cell)
    count = code.locator(".jp-InputPrompt")
    before = count.inner_text()
    code.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(count).not_to_have_text(before)
    expect(count).to_have_text(re.compile(r"\[\d+\]:"))
    printed = code.locator(".jp-OutputArea-output pre")
    return printed.inner_text().strip() if SAY in CELLS[cell] else ""


def brightness(page: Page) -> tuple[float, float]:
    """How bright the notebook's paper is, and the brightest of the plane's axes: they are drawn anew where the theme changes."""
    paper = page.locator(".jp-Notebook").evaluate("one => getComputedStyle(one).backgroundColor.match(/[0-9.]+/g).slice(0, 3)")
    ink = page.locator(".tau .plane").evaluate(
        """(canvas) => {
          const dense = canvas.width / canvas.clientWidth, box = [0, 0, 38 * dense, canvas.height]; // the numbers of own share
          const found = Array.from(canvas.getContext("2d").getImageData(...box).data);
          const seen = found.filter((_, n) => n % 4 === 0 && found[n + 3] > 150);
          return seen.reduce((sum, one) => sum + one, 0) / seen.length;
        }"""
    )
    return sum(map(float, paper)) / 3, ink


def test_in_a_narrow_window_all_parts_are_whole(page):
    run(page, 0)
    page.set_viewport_size({"width": 700, "height": 1300})
    expect(page.locator(".tau[data-frame]")).to_be_visible()
    page.wait_for_timeout(300)
    room = page.locator(".jp-OutputArea .jp-OutputArea-output").bounding_box()
    for part in (".plane", ".matrix", ".bars", ".controls", ".figures", ".detail", ".reset"):
        box = page.locator(f".tau {part}").bounding_box()
        assert room["x"] <= box["x"] < box["x"] + box["width"] <= room["x"] + room["width"] + 1, (part, box, room)


def test_a_drag_comes_back_as_values_and_what_code_sets_moves_the_hand(page):
    run(page, 0)
    tau = page.locator(".tau")
    expect(page.locator(".tau[data-frame]")).to_be_visible()
    paper, ink = brightness(page)
    assert paper > 200 > 100 > ink
    corner = page.locator(".tau .plane").bounding_box()
    page.mouse.move(corner["x"] + 270, corner["y"] + 22)
    page.mouse.down()
    page.mouse.move(corner["x"] + 89, corner["y"] + 141, steps=6)  # 2 of 7 others, half for the own pair
    page.mouse.up()
    page.locator(".tau .matrix").click(position={"x": 130, "y": 20})
    expect(tau.locator(".mode")).to_contain_text("own share 0.5, likeness 2 of 7")
    assert run(page, 1) == "None 0.5 2.0 (0, 3)"
    page.locator(".tau .plane").press("ArrowUp")
    expect(tau).to_have_attribute("data-own", "0.51")
    page.locator(".tau .plane").press("x")  # cuts a cell where the notebook hears it
    expect(page.locator(".jp-CodeCell")).to_have_count(len(CELLS))
    assert run(page, 1) == "None 0.51 2.0 (0, 3)"
    said = run(page, 2).split(maxsplit=3)
    assert (said[0], said[3]) == ("0.25", "(2, 5)")
    expect(tau.locator(".mode")).to_contain_text("τ = 0.25")
    expect(tau.locator(".detail small").nth(1)).to_have_text("to: prompt 6")
    assert float(tau.get_by_label("α, typed").input_value()) == pytest.approx(float(said[1]), abs=6e-4)
    assert float(tau.get_by_label("k, typed").input_value()) == pytest.approx(float(said[2]), abs=6e-3)
    tau.evaluate("one => { one.style.cssText = 'width: 900px; height: 700px; overflow: hidden' }")  # no other size draws it anew
    page.wait_for_timeout(300)
    page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})")
    expect(page.locator("body[data-jp-theme-light=false]")).to_be_attached()
    page.wait_for_timeout(300)  # two frames
    paper, ink = brightness(page)
    assert paper < 50 < 150 < ink
