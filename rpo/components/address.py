"""What writes a page's address in the browser without a new entry of its history, which Streamlit's own way would add."""

from pathlib import Path

JS = Path(__file__).with_name("address.js").read_text(encoding="utf-8")
