"""The first rooms of the journey with a file of a visitor's own: the dialogues of HH-RLHF."""

import gzip
import re
from itertools import islice

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT
from tests.browser.test_journey import LONG, explore, tune

pytestmark = [pytest.mark.browser, pytest.mark.weights]
HH = ROOT.parent / "shared" / "data" / "hh_harmless_test.jsonl.gz"


@pytest.mark.skipif(not HH.exists(), reason=f"the HH file is not here ({HH.name}, beside the checkout in shared/data)")
def test_on_hh_dialogues(page, tmp_path):
    some = tmp_path / "hh_some.jsonl.gz"
    with gzip.open(HH, "rb") as dialogues:
        some.write_bytes(gzip.compress(b"".join(islice(dialogues, 80, 120))))  # one cannot be used
    page.goto("/")
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    page.get_by_role("button", name="Add data").click()
    page.locator("input[type=file]").set_input_files(some)
    page.get_by_role("button", name="Add this file").click()
    expect(page.get_by_text(re.compile("pairs on 39 prompts"))).to_be_visible(timeout=LONG)
    explore(page, "hh")
    tune(page, "hh")
