"""Two answers beside each other as harmless HTML, with the words marked that only one of them has.

Both are rendered first (`rendering`), then compared word by word in what a reader sees: a mark stands around letters only, so no
heading, list or formula is taken apart. Marks differ by the kind of their line and not by colour alone.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html import escape

from rpo.components.rendering import as_html
from rpo.courses import BeforeAfter, Written

TAG = re.compile(r"(<[^>]*>)")  # `as_html` escapes every < and > of a text and of an attribute
WORD = re.compile(r"\s+|[^\s]+")
ALIKE = 0.25  # share of words in common below which marks would cover nearly everything, and are left out
MOST_WORK = 2_000_000  # pairs of equal words: a second or two; two answers of 4,000 English words have about 200,000
CLOSED = ("math", "pre")  # within these nothing is marked
CHANGES_STYLE = """<style>
.changes { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5rem; font-size: .925rem; line-height: 1.45 }
.changes h3, .changes .asked { grid-column: 1 / -1; margin: 0; padding: .55rem 0 .2rem; font-size: 1rem; font-weight: 600 }
.changes .asked { white-space: pre-wrap; unicode-bidi: plaintext; text-align: start; overflow-wrap: anywhere }
.changes .asked:not(:first-child) { border-top: 1px solid rgba(128, 128, 150, .35); margin-top: .55rem }
.changes .side { min-width: 0 }
.changes .answer { max-height: 15rem; overflow: auto; overflow-wrap: anywhere }
.changes .answer > :first-child { margin-top: 0 } .changes p, .changes li { margin: 0 0 .4rem }
.changes .answer :is(h1, h2, h3, h4) { font-size: 1rem; margin: .3rem 0; padding: 0 }
.changes td, .changes th { border: 1px solid rgba(128, 128, 150, .4); padding: .1rem .4rem; unicode-bidi: plaintext }
.changes small { display: block; opacity: .75; font-size: .8rem }
.changes del { text-decoration: underline dotted 2px; text-underline-offset: 3px; background: rgba(230, 140, 20, .16) }
.changes ins { text-decoration: underline solid 2px; text-underline-offset: 3px; background: rgba(60, 110, 240, .14) }
.changes .missing { opacity: .75; font-style: italic }
@media (max-width: 640px) { .changes { grid-template-columns: 1fr } }
</style>"""


@dataclass(frozen=True)
class Piece:
    """A tag, white space, or a word of a rendered answer; only a word can be marked."""

    html: str
    word: bool


def changes_html(shown: Sequence[BeforeAfter], waiting: tuple[str, str]) -> str:
    """Prompts with their two answers; `waiting` says in the place of each why it is not there yet."""
    return f'{CHANGES_STYLE}<div class="changes">{"".join(_pair(one, waiting) for one in shown)}</div>'


def marked(before: str, after: str, tags: tuple[str, str] = ("del", "ins")) -> tuple[str, str, bool]:
    """Both texts as HTML, the words marked that the other lacks, each by its tag; and whether they are.

    They are not where hardly a word is shared, nor where the same few words come so often that the search would take too long.
    """
    first, second = _pieces(as_html(before)), _pieces(as_html(after))
    words = [[piece.html for piece in pieces if piece.word] for pieces in (first, second)]
    found = SequenceMatcher(None, *words, autojunk=False)
    if _work(*words) > MOST_WORK or found.ratio() < ALIKE:
        return as_html(before), as_html(after), False
    gone, new = set[int](), set[int]()
    for kind, start, end, begin, stop in found.get_opcodes():
        if kind != "equal":
            gone |= set(range(start, end))
            new |= set(range(begin, stop))
    return _html(first, gone, tags[0]), _html(second, new, tags[1]), True


def _work(first: Sequence[str], second: Sequence[str]) -> int:
    """How many pairs of equal words there are, which the search looks at."""
    counts = Counter(second)
    return sum(many * counts[word] for word, many in Counter(first).items())


def _pair(one: BeforeAfter, waiting: tuple[str, str]) -> str:
    before, after = (written.text if written else "" for written in (one.before, one.after))
    first, second, alike = marked(before, after) if one.before and one.after else (as_html(before), as_html(after), True)
    note = "" if alike else "<small>Hardly a word is the same, so none is marked.</small>"
    cells = (_answer("Before", one.before, first, waiting[0]), _answer("After", one.after, second, waiting[1], note))
    return f'<div class="asked">{escape(one.prompt)}</div>{"".join(cells)}'


def _answer(when: str, written: Written | None, html: str, missing: str, note: str = "") -> str:
    if written is None:
        return f'<div class="answer"><small>{when}</small><p class="missing">{escape(missing)}</p></div>'
    head = f"{when}, at step {written.step}" if written.step else f"{when} the first step"
    cut = "<small>Cut here by the limit of tokens.</small>" if written.cut else ""
    body = html or '<p class="missing">an empty answer</p>'
    seen = f'<div class="answer" tabindex="0" aria-label="{head}"><small>{head}</small>{body}</div>'
    return f'<div class="side">{seen}{cut}{note}</div>'


def _pieces(html: str) -> list[Piece]:
    """Tags, spaces and words in order; the inside of formulas and code is one piece each and never marked."""
    found, closed = list[Piece](), ""
    for part in TAG.split(html):
        name = re.match(r"</?(\w+)", part)
        if name:
            found.append(Piece(part, word=False))
            if name[1] in CLOSED and closed in ("", name[1]):
                closed = "" if part.startswith("</") else name[1]
        else:
            found += [Piece(text, word=not closed and not text.isspace()) for text in WORD.findall(part)]
    return found


def _html(pieces: Sequence[Piece], marks: set[int], tag: str) -> str:
    """The pieces again, each marked word in a tag of its own; words that follow each other share one with the space between."""
    parts, number = list[str](), 0
    for piece in pieces:
        named = piece.word and number in marks
        parts.append(f"<{tag}>{piece.html}</{tag}>" if named else piece.html)
        number += piece.word
    return re.sub(rf"</{tag}>(\s+)<{tag}>", r"\1", "".join(parts))
