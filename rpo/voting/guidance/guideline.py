"""The guideline of a panel: markdown by its organiser, which raters open while they vote. How it is shown: see `components`."""

from rpo.errors import RpoError

LONGEST_GUIDELINE = 20_000  # characters


def check_guideline(text: str) -> None:
    """An `RpoError` for a guideline that nobody reads while voting."""
    if len(text) > LONGEST_GUIDELINE:
        raise RpoError(f"a guideline must have at most {LONGEST_GUIDELINE:,} characters, got {len(text):,}; shorten it")
