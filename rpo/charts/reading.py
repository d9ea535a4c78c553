"""A prompt or an answer in a model's tokens, drawn so that each token, each blank and each line break can be seen.

As HTML for a page, where a mark for white space differs from a letter by its colour; and as lines for a terminal, where a letter
that could be taken for a mark, or could steer the terminal, is written as its code. What is drawn is text that anybody
wrote: in HTML every letter of it is escaped.
"""

import html

from rpo.glossary import quantity
from rpo.tokens.reading import Part, TokenPiece

WHITE = {" ": "·", "\t": "→", "\n": "↵", "\r": "␍"}
BEGIN, END_MARK, BETWEEN = "⟦", "⟧", "│"  # around a control token, and between tokens, in a terminal
VISIBLE_MARKS = {*WHITE.values(), BEGIN, END_MARK, BETWEEN}
STYLE = """<style>
.tokens { font-size: .875rem; line-height: 1.75; overflow-wrap: anywhere; margin-bottom: .75rem }
.tokens header { font-weight: 600 }
.tokens span { border-radius: 3px; padding: .1em 0; background: rgba(128, 128, 150, .12) }
.tokens span:nth-of-type(even) { background: rgba(128, 128, 150, .26) }
.tokens i { font-style: normal; opacity: .5 }
.tokens span.control { background: rgba(99, 102, 241, .3); font-family: monospace; font-size: .8rem; padding: .15em .2em }
.tokens mark { background: rgba(245, 158, 11, .3); color: inherit; border-radius: 3px; padding: .1em .4em }
</style>"""


def reading_html(parts: tuple[Part, ...]) -> str:
    """The parts as harmless HTML with its style."""
    return STYLE + "".join(_part_html(part) for part in parts)


def reading_lines(part: Part) -> str:
    """The part for a terminal: its head, then its tokens with a bar between them, control tokens in ⟦ ⟧."""
    drawn = [_letters(piece) for piece in part.pieces]
    if part.cut:
        drawn.insert(part.cut_after, f"[{cut_words(part)}]")
    lines = BETWEEN.join(drawn).replace("\n" + BETWEEN, "\n").removesuffix("\n")
    return f"{printable(head(part))}\n" + "\n".join(f"  {line}" for line in lines.split("\n"))


def head(part: Part) -> str:
    """What a part is, how long, and with what it ends."""
    end = f", ends with {part.end}" if part.end else ""
    return f"{part.name}: {quantity(part.tokens, 'token')}{end}"


def cut_words(part: Part) -> str:
    """How many tokens are cut here, in words."""
    return f"{quantity(part.cut, 'token is', 'tokens are')} cut here"


def printable(text: str) -> str:
    """The text for a terminal: what is neither a letter nor white space, and could steer it, as its code."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else _code(letter) for letter in text)


def _part_html(part: Part) -> str:
    drawn = [_piece_html(piece) for piece in part.pieces]
    if part.cut:
        drawn.insert(part.cut_after, f"<mark>{cut_words(part)}</mark>")
    return f'<div class="tokens"><header>{html.escape(head(part))}</header>{"<wbr>".join(drawn)}</div>'


def _piece_html(piece: TokenPiece) -> str:
    kind = ' class="control"' if piece.control else ""
    return f"<span{kind}>{''.join(map(_letter_html, piece.text))}</span>"


def _letter_html(letter: str) -> str:
    if letter in WHITE:
        return f"<i>{WHITE[letter]}</i>" + ("<br>" if letter == "\n" else "")
    return html.escape(letter) if letter.isprintable() else f"<i>U+{ord(letter):04X}</i>"


def _letters(piece: TokenPiece) -> str:
    text = "".join(_letter(letter) for letter in piece.text)
    return f"{BEGIN}{text}{END_MARK}" if piece.control else text


def _letter(letter: str) -> str:
    if letter in WHITE:
        return WHITE[letter] + ("\n" if letter == "\n" else "")
    return _code(letter) if letter in VISIBLE_MARKS or not letter.isprintable() else letter


def _code(letter: str) -> str:
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
