"""The texts of the point under the pointer: its prompt and answers, fetched by their row, so that a map of any size has them."""

from pathlib import Path
from urllib.parse import urlencode

JS = "\n".join(Path(__file__).with_name(f"{name}.js").read_text(encoding="utf-8") for name in ("over_chart", "hover"))


def hover_on(chart: str, address: str, source: str) -> dict[str, str]:
    """What `hover.js` listens to: the chart of that key; the texts of its row n are at `address`/n, of these data."""
    return {"chart": chart, "address": address, "query": urlencode({"data": source})}
