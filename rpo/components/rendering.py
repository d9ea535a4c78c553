"""A model's answer as HTML that can neither run nor fetch anything in a rater's browser.

Markdown by markdown-it-py (CommonMark with tables), with raw HTML shown as text, without images and links, formulas as MathML: an
answer may show what an address says, never lead there. Each block finds its own direction, left to right or right to left.
Not a general sanitiser: it makes HTML from text, it does not clean HTML.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rpo.components.formulas import formulas

FORBIDDEN = ("image", "link", "autolink", "reference", "html_inline", "html_block", "entity")
DIRECTED = ("paragraph_open", "heading_open", "list_item_open", "table_open")  # a cell's direction is set by the style sheet


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": 30}).enable("table")
    formulas(reader)
    return reader.disable(list(FORBIDDEN))


@lru_cache(maxsize=512)
def as_html(text: str) -> str:
    """The text's headings, lists, tables, code, formulas and emphasis as HTML; everything else stands there as it was written."""
    reader = _reader()
    tokens = reader.parse(text)
    _direct(tokens)
    return reader.renderer.render(tokens, reader.options, {})


def _direct(tokens: Sequence[Token]) -> None:
    """Let each block find its direction by its own first letters.

    Not the paragraphs of a list item: a block does not look into one with a direction of its own, and the item's bullet would not
    follow.
    """
    items = 0
    for token in tokens:
        items += (token.type == "list_item_open") - (token.type == "list_item_close")
        if token.type in DIRECTED and not (items and token.type == "paragraph_open"):
            token.attrSet("dir", "auto")
