"""Two answers side by side for a rater: equal heights, scrolling together; no author in it, and nothing that runs or fetches.

A page hands the texts and the data to a Components v2 component. Not the buttons: those are the page's.
"""

from pathlib import Path

from rpo.home import digest
from rpo.voting.rendering import as_html

HTML, CSS, JS = (Path(__file__).with_name(f"pair.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))


def pair_data(left: str, right: str) -> dict[str, object]:
    """Both answers as harmless HTML, and a key that changes with them."""
    return {"answers": [as_html(left), as_html(right)], "key": digest(left, right)}
