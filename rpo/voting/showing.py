"""Foreign text on a page: what models wrote and what a link carries, made harmless and legible.

Answers are shown as plain wrapped text, never as Markdown or HTML, so nothing in them can fetch, link, colour or run. What is
left are characters that fool the eye: controls, and marks that reverse the direction of what follows. Not a filter of content.
"""

import unicodedata

PAUSE = 0.5  # seconds the buttons rest after a vote, so that a double click cannot judge the next pair
SWAPPERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
KEPT = frozenset("\n\t")


def readable(text: str) -> str:
    """The text with one kind of line end, without blank edges, its invisible controls shown as �."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(letter if _honest(letter) else "\ufffd" for letter in lines) or "(empty)"


def quoted(value: str) -> str:
    """A short form of a foreign value for an error message, which pages render as Markdown: letters, digits, spaces and -_. only."""
    tame = "".join(letter if letter.isalnum() or letter in " -_." else "·" for letter in value[:40])
    return f"'{tame}…'" if len(value) > 40 else f"'{tame}'"


def _honest(letter: str) -> bool:
    return letter in KEPT or (letter not in SWAPPERS and unicodedata.category(letter) not in ("Cc", "Cs"))
