"""A model's answer as HTML that can neither run nor fetch anything in a rater's browser.

Markdown by markdown-it-py (CommonMark with tables), with raw HTML shown as text, and without images, links and LaTeX: an answer
may show what an address says, never lead there. Not a general sanitiser: it makes HTML from text, it does not clean HTML.
"""

from functools import cache

from markdown_it import MarkdownIt

FORBIDDEN = ("image", "link", "autolink", "reference", "html_inline", "html_block", "entity")


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 30}).enable("table").disable(list(FORBIDDEN))


def as_html(text: str) -> str:
    """The text's headings, lists, tables, code and emphasis as HTML; everything else stands there as it was written."""
    return _reader().render(text)
