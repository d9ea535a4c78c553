"""A count of one is written as one, on every page and in every report and error."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from rpo.glossary import quantity, these

ROOT = Path(__file__).parent.parent
NOUNS = (
    "answers|annotations|authors|batches|bytes|calls|cases|cells|characters|columns|comparisons|contrasts|couples"
    "|degrees|dialogues|epochs|examples|fields|figures|files|jobs|judges|judgings|letters|lines|links|maps|messages"
    "|minutes|models|neighbours|notes|ones|others|pairs|panels|parts|people|places|points|positions|preferences"
    "|processes|prompts|questions|raters|records|replies|rivals|rows|runs|samples|scores|seconds|seeds|sessions"
    "|settings|sides|slices|splits|steps|threads|tokens|topics|turns|values|vectors|verdicts|votes|voters|weights|wins"
    "|words"
)
UNCOUNTED = r"a|all|an|and|as|at|be|for|from|gives|had|has|have|holds?|in|is|lacks|must|no|of|on|or|sends|such|the|to|was|with"
BETWEEN = rf"(?:(?!(?:{UNCOUNTED})\b)[a-z-]+ ){{0,2}}"  # words between a number and its noun
COUNTED = re.compile(rf"[*)”’]{{0,2}} {BETWEEN}({NOUNS})\b")
SOMEWHERE = re.compile(rf"\}}{COUNTED.pattern}")  # in the text of a file, which is quicker than to parse it
WRAPPED = re.compile(r'"\s*\n\s*f?"')
NEVER_ONE = {
    ("rpo/charts/colour_by.py", "split"): "the name of a split",
    ("rpo/charts/report.py", "spec.answer_tokens"): "the default of a spec",
    ("rpo/preferences/dialogue.py", "len(text)"): "more than a whole screen of them",
    ("rpo/preferences/sources.py", "len(name)"): "more than a name that is shown whole",
    ("rpo/preferences/files/unpacking.py", "asked['rows']"): "the limit on rows",
    ("rpo/judging/runner.py", "row"): "at least `LOST` of them",
    ("rpo/runs/diagnostics.py", "most"): "above 2 there",
    ("rpo/components/formulas.py", "MATHML_PARTS[element.tag]"): "2 or 3",
    ("rpo/voting/database/copies.py", "page"): "the page of a SQLite file, 512 bytes or more",
    ("rpo/voting/database/backup.py", "to"): "the name of a file",
    ("rpo/weights.py", "wheel.size"): "the size of a package",
    ("pages/train.py", "spec.objective"): "what contrasts none",
    ("pages/parts/tune/closer.py", "choice.batching"): "how batches are composed",
    ("rpo/spec.py", "self.weighting"): "what makes the weights",
    ("rpo/commands/walk.py", "figures['contrast_size'] - 1"): "seven, as M is 8",
    ("rpo/runs/listed/label.py", "most"): "80, and 2000",
    ("rpo/tuning/outlook.py", "choice.batching"): "how batches are composed",
    ("rpo/tokens/cuts.py", "' and '.join(words)"): "proposed lengths, which are longer than 1 token",
}
"""Values before a plural noun that are never 1, by file and expression, and why."""


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (quantity(0, "row"), "0 rows"),
        (quantity(1, "row"), "1 row"),
        (quantity(2, "row"), "2 rows"),
        (quantity(1200, "row"), "1,200 rows"),
        (quantity(1, "process", "processes"), "1 process"),
        (quantity(3, "process", "processes"), "3 processes"),
        (quantity(1, "of 3 prompts has", "of 3 prompts have"), "1 of 3 prompts has"),
        (quantity(0, "of 3 prompts has", "of 3 prompts have"), "0 of 3 prompts have"),
        (these(1, "prompt"), "this prompt"),
        (these(1200, "prompt"), "these 1,200 prompts"),
    ],
)
def test_a_count_and_its_noun(written, expected):
    assert written == expected


def always_several(value: ast.FormattedValue) -> bool:
    """Whether this shows decimals, names a constant or is written by `quantity` already."""
    shown = ast.unparse(value.format_spec) if value.format_spec else ""
    names = [node.id for node in ast.walk(value.value) if isinstance(node, ast.Name)]
    constant = (isinstance(value.value, ast.Attribute) and value.value.attr.isupper()) or "".join(names).isupper()
    return bool(re.search(r"\.[1-9]|%|e'", shown)) or constant or "quantity" in names


def counted(source: str) -> list[tuple[str, str]]:
    """Each value of an f-string before a plural noun, as the expression and the noun."""
    if not SOMEWHERE.search(WRAPPED.sub("", source)):
        return []
    strings = [node.values for node in ast.walk(ast.parse(source)) if isinstance(node, ast.JoinedStr)]
    return [
        (ast.unparse(value.value), noun[1])
        for values in strings
        for value, text in pairwise(values)
        if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant)
        if (noun := COUNTED.match(str(text.value))) and not always_several(value)
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('f"{len(rows)} rows"', 1),
        ('f"**{count:,} held-out prompts**"', 1),
        ('f"**{count:,}** prompts"', 1),
        ('f"{count} more rows "\nf"are left out"', 1),
        ('f"{width:.0f} points"', 1),
        ('f"{width:.2f} points"', 0),
        ('f"{share:.0%} votes"', 0),
        ('f"{LIMIT} rows"', 0),
        ('f"{limits.ROWS:,} rows"', 0),
        ('f"{name} has rows"', 0),
        ('f"{count} of the rows"', 0),
        ("f\"{quantity(count, 'row')} of them\"", 0),
    ],
)
def test_the_scan_sees(line, found):
    assert len(counted(f"print({line})")) == found


def test_a_number_that_can_be_one_stands_before_its_noun_by_quantity():
    files = {str(path.relative_to(ROOT)): path for room in ("rpo", "pages") for path in (ROOT / room).rglob("*.py")}
    found = {(name, *one) for name, path in files.items() for one in counted(path.read_text())}
    assert {one for one in found if one[:2] not in NEVER_ONE} == set()
    assert set(NEVER_ONE) <= {one[:2] for one in found}, "nothing needs this exception any more"


def test_scripts_write_one_as_one():
    """A template of JavaScript that counts has the s of the plural in an expression of its own."""
    template = re.compile(rf"\$\{{[^}}]*\}} {BETWEEN}(?:{NOUNS})\b")
    scripts = list((ROOT / "rpo" / "components").glob("*.js"))
    assert {(path.name, found) for path in scripts for found in template.findall(path.read_text())} == set()
