r"""Formulas of an answer, $…$, $$…$$, \(…\) and \[…\], as MathML made here: rules for markdown-it. No script draws them.

The elements come from latex2mathml and are written out again one by one: its own writing undoes the escapes of a formula's texts.
An element or attribute that is not listed, a command that it does not know, and whatever it stumbles over leave the formula as
the text that it was.
"""

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST_FORMULA = 2000  # characters of a formula; what is longer stays text
DEEPEST = 30  # braces and environments within one another
DEFINES = re.compile(r"\\(?:(?:new|renew|provide)command|[gex]?def|let|DeclareMathOperator|require|href)(?![a-z])")
DELIMITERS = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}  # the longer first
TEX_MARKS = re.compile(r"[{}]|\\(?:begin|end|left|right)(?![a-zA-Z])|\\.", re.DOTALL)
DISPLAY_DELIMITERS = ("$$", r"\[")
ELEMENTS = {
    *("math", "mrow", "mi", "mn", "mo", "ms", "mspace", "mtext", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder"),
    *("mover", "munderover", "mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mstyle"),
    "menclose",
}
MATHML_PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
LENGTH = r"[\w.+ %-]{1,60}"
ATTRIBUTES = {
    "display": r"inline|block",
    "mathvariant": r"[a-z-]+",
    "columnalign": r"(left|right|center)( (left|right|center))*",
    "displaystyle|scriptlevel|stretchy|fence|form|separator|symmetric|accent|accentunder|movablelimits|largeop": r"[\w-]+",
    "notation": r"[\w ]+",
    "linethickness|rspace|lspace|width|height|depth|voffset|minsize|maxsize": LENGTH,
    "rowspacing|columnspacing|columnlines|rowlines": LENGTH,
}


def formulas(reader: MarkdownIt) -> None:
    """Teach a markdown reader formulas; what it cannot make a formula of it reads as before."""
    reader.inline.ruler.before("escape", "formula", _within_text)
    reader.block.ruler.before("fence", "formula", _of_its_own, {"alt": ["paragraph", "blockquote", "list"]})
    reader.add_render_rule("formula", lambda _, tokens, number, *more: tokens[number].content)


def in_text(text: str) -> str:
    """The text as HTML that shows its letters as they are, and its formulas as MathML."""
    parts, start = [], 0
    for found in re.finditer(r"\$|\\[(\[]", text):
        formula = _formula_at(text, found.start(), len(text)) if found.start() >= start else None
        html = mathml(*formula[:2]) if formula else None
        if formula and html:
            parts += [escape(text[start : found.start()]), html]
            start = formula[2]
    return "".join([*parts, escape(text[start:])])


@lru_cache(maxsize=1024)
def mathml(latex: str, wide: bool = False) -> str | None:
    """The formula as MathML, None where it stays text."""
    if not latex.strip() or len(latex) > LONGEST_FORMULA or DEFINES.search(latex) or not _nested(latex):
        return None
    from latex2mathml.converter import Converter

    try:
        found = Converter(display="block" if wide else "inline").convert_to_element(latex)
        return "".join(_written(found))
    except Exception:  # noqa: BLE001 - any error of its parser on any model's text: that is no formula, and stays as it is
        return None


def _written(element: Element) -> list[str]:
    """An element and all in it as HTML; refused where one is not listed, or a text holds a command that nobody knew."""
    text, tail = unescape(element.text or ""), unescape(element.tail or "")
    if element.tag not in ELEMENTS or "\\" in text + tail or (len(element) and text.strip()) or tail.strip():
        raise ValueError(f"a formula must be of known elements and letters, got {element.tag}")
    if len(element) != MATHML_PARTS.get(element.tag, len(element)):
        raise ValueError(f"{element.tag} must have {MATHML_PARTS[element.tag]} parts, got {len(element)}")
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items() if _allowed(name, value))
    return [
        f"<{element.tag}{attributes}>",
        escape(text),
        *(part for one in element for part in _written(one)),
        f"</{element.tag}>",
    ]


def _allowed(name: str, value: str) -> bool:
    return any(re.fullmatch(names, name) and re.fullmatch(values, value) for names, values in ATTRIBUTES.items())


def _nested(latex: str) -> bool:
    """Whether braces and environments close as they were opened, and lie in one another at most `DEEPEST` deep."""
    depth = 0
    for found in TEX_MARKS.finditer(latex):
        depth += (found[0] in ("{", r"\begin", r"\left")) - (found[0] in ("}", r"\end", r"\right"))
        if not 0 <= depth <= DEEPEST:
            return False
    return depth == 0


def _within_text(state: StateInline, silent: bool) -> bool:
    found = _formula_at(state.src, state.pos, state.posMax)
    if found is None:
        return False
    latex, wide, end = found
    html = mathml(latex, wide)
    if html is None:
        return False
    if not silent:
        state.push("formula", "", 0).content = html
    state.pos = end
    return True


def _formula_at(text: str, start: int, most: int) -> tuple[str, bool, int] | None:
    """The formula that begins here, whether it stands by itself, and where it ends.

    Between single dollars the rules of pandoc: no space inside them, and no digit after, so that prices are none.
    """
    opening = next((mark for mark in DELIMITERS if text.startswith(mark, start, most)), None)
    if opening is None or (opening[0] == "$" and start and text[start - 1] in "\\$"):
        return None
    inner, closing = start + len(opening), DELIMITERS[opening]
    end = text.find(closing, inner, min(most, inner + LONGEST_FORMULA + len(closing)))
    while end > 0 and closing == "$" and text[end - 1] == "\\":
        end = text.find(closing, end + 1, most)
    if end < 0:
        return None
    latex, after = text[inner:end], text[end + len(closing) : end + len(closing) + 1]
    if opening == "$" and (latex != latex.strip() or not latex or after.isdigit() or "\n\n" in latex):
        return None
    return latex, opening in DISPLAY_DELIMITERS, end + len(closing)


def _of_its_own(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    r"""A block from a line that begins with $$ or \[ to one that ends with its mark: what lies between is no list, no heading."""
    if state.is_code_block(first):
        return False
    lines: list[str] = []
    for line in range(first, last):
        if state.isEmpty(line) or (line > first and state.sCount[line] < state.blkIndent):
            return False
        lines.append(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip())
        opening = lines[0][:2]
        if opening not in DISPLAY_DELIMITERS:
            return False
        whole = "\n".join(lines)
        if len(whole) >= 4 and whole.endswith(DELIMITERS[opening]) and DELIMITERS[opening] not in whole[2:-2]:
            return _put(state, first, line, whole[2:-2], silent)
    return False


def _put(state: StateBlock, first: int, line: int, latex: str, silent: bool) -> bool:
    html = mathml(latex, True)
    if html is None:
        return False
    if not silent:
        state.line = line + 1
        token = state.push("formula", "", 0)
        token.content, token.map, token.block = f"<p>{html}</p>\n", [first, line + 1], True
    return True
