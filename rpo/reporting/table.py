"""The table of a write-up: LaTeX for the package booktabs, and for people's texts in UTF-8, which LaTeX reads since 2018.

All prompts, each slice with Holm's correction, each judge; each rater, numbered, as a paper names none. Names of authors and
slices are what people typed: `escaped` makes them text.
"""

import re
from math import isnan

from rpo.glossary import quantity
from rpo.reporting.findings import Findings, JudgeFound
from rpo.reporting.numbers import p_words
from rpo.statistics import Coefficient, Looks, RaterStats, Share, Standings

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",
    "]": "{]}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "*": "{*}",
    "τ": r"$\tau$",
    "β": r"$\beta$",
    "α": r"$\alpha$",
    "λ": r"$\lambda$",
    "−": r"$-$",
}
LIGATURE = re.compile("([-,])(?=\\1)")  # two of them would become one other sign
NAME_COLUMN = r"p{0.28\linewidth}"  # what the five columns of numbers leave of a page of 345 pt; longer names go on below
NEEDS = "% In the preamble: \\usepackage{booktabs} and \\usepackage[T1]{fontenc}; for names that are not Latin take LuaLaTeX"


def escaped(text: str) -> str:
    """A text as LaTeX prints it, letter by letter, on one line; what cannot be printed is left out."""
    flat = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return LIGATURE.sub(r"\1{}", "".join(SPECIAL.get(letter, letter) for letter in flat))


def table_of(found: Findings) -> str:
    """The whole table, to be put into a paper."""
    slices = group("Slices", [standing_row(one.slice, one, found.end.look, slices=True) for one in found.slices])
    judges = group("Judges, not counted above (one look)", [judge_row(one) for one in found.judges])
    lines = [
        NEEDS,
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{caption(found)}}}",
        rf"\begin{{tabular}}{{{NAME_COLUMN}rrrrl}}",
        r"\toprule",
        r" & prompts & votes & score (\%) & 95\,\% & $p$ \\",
        r"\midrule",
        standing_row("All prompts", found.score, found.end.look),
        *slices,
        *judges,
        r"\bottomrule",
        r"\end{tabular}",
        *rater_lines(found),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def caption(found: Findings) -> str:
    """What the table shows, without which its numbers cannot be read."""
    who = quantity(found.score.raters, "fixed rule" if found.panel.example else "rater")
    holm = r" $p$ of slices is corrected after Holm, their intervals are not." if found.slices else ""
    always = " Intervals and $p$ of votes are valid at every look." if found.end.look is Looks.ALWAYS else ""
    return (
        f"Share of wins of {escaped(found.candidate)} over {escaped(found.baseline)} by {who}, ties counted half, "
        rf"averaged over prompts. Above 50\,\% favours {escaped(found.candidate)}.{holm}{always}"
    )


def group(title: str, rows: list[str]) -> list[str]:
    """Rows under a heading; nothing where there are none."""
    return [r"\midrule", rf"\multicolumn{{6}}{{l}}{{\emph{{{title}}}}} \\", *rows] if rows else []


def standing_row(name: str, one: Standings, look: Looks, *, slices: bool = False) -> str:
    """A score with the interval and the p that the panel goes by."""
    found = one.reading(look)
    p = p_words(found.holm if slices else found.p).removeprefix("p").removeprefix(" = ").strip()
    cells = (f"{one.prompts}", f"{one.votes}", f"{one.score * 100:.1f}", ends(found.interval.low, found.interval.high))
    return rf"{escaped(name)} & {' & '.join(cells)} & ${p}$ \\"


def judge_row(one: JudgeFound) -> str:
    """A judge's own score, for one look."""
    return standing_row(one.judge.name, one.score, Looks.ONCE)


def ends(low: float, high: float) -> str:
    """Two ends of a share in percent."""
    return "--" if isnan(low) else f"{low * 100:.1f}--{high * 100:.1f}"


def rater_lines(found: Findings) -> list[str]:
    """A second tabular: each rater's votes, left, repeats; and under it how far they agree."""
    head = r" & votes & left & same again & both bad \\"
    who = [one.rater if found.panel.example else f"Rater {number}" for number, one in enumerate(found.each, 1)]
    rows = [rater_row(name, one) for name, one in zip(who, found.each, strict=True)]
    figures = found.agreement
    words = [
        f"{name} {signed(one.value)} (95\\,\\%: {signed(one.low)} to {signed(one.high)})"
        for name, one in coefficients(found)
        if one.known
    ]
    agree = (
        rf"Agreement on {quantity(figures.prompts, 'prompt')}: {', '.join(words)}."
        if words
        else "Agreement between raters is not known."
    )
    lines = [r"\par\medskip", r"\begin{tabular}{lrrrr}", r"\toprule", head, r"\midrule", *rows]
    return [*lines, r"\bottomrule", r"\end{tabular}", rf"\par\smallskip {agree}"]


def signed(value: float) -> str:
    """A coefficient in mathematics, where a minus is one."""
    return f"${value:.2f}$"


def coefficients(found: Findings) -> tuple[tuple[str, Coefficient], ...]:
    """The three figures of agreement by name."""
    one = found.agreement
    return ("share of equal verdicts", one.percent), (r"Krippendorff's $\alpha$", one.alpha), ("Gwet's AC1", one.ac1)


def rater_row(name: str, one: RaterStats) -> str:
    """What one rater did."""
    cells = (f"{one.votes}", k_of_n(one.left), k_of_n(one.consistent), k_of_n(one.both_bad))
    return rf"{escaped(name)} & {' & '.join(cells)} \\"


def k_of_n(one: Share) -> str:
    """How many of how many."""
    return f"{one.k}/{one.n}" if one.n else "--"
