"""The teacher's sheet: one page to print, with what to ask at each step, what the class should see, and the minutes."""

from html import escape

from rpo.glossary import quantity
from rpo.teaching.guesses import KEEP
from rpo.teaching.steps import ALL_STEPS, TAUGHT, in_menu

SHEET_STYLE = (
    "@page { size: A4; margin: 14mm } body { font: 10.5pt/1.4 sans-serif; max-width: 180mm; margin: auto } "
    "h1 { font-size: 16pt; margin: 0 0 2mm } table { border-collapse: collapse; width: 100% } p, li { margin: 1mm 0 } "
    "td, th { border-bottom: 1px solid #999; padding: 1.6mm 2mm; text-align: left; vertical-align: top } "
    "th:first-child, td:first-child { white-space: nowrap }"
)


def minutes_in_class() -> str:
    """How long the whole lesson takes in a class."""
    return quantity(sum(one.minutes for one in TAUGHT.values()), "minute")


def sheet() -> str:
    """The sheet as an HTML page of its own."""
    rows = "".join(
        f"<tr><td>{escape(in_menu(step))}</td><td>{TAUGHT[step].minutes}</td><td>{escape(TAUGHT[step].ask)}</td>"
        f"<td>{escape(TAUGHT[step].see)}</td></tr>"
        for step in ALL_STEPS
    )
    keep = "".join(f"<li>{escape(one)}</li>" for one in KEEP)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Learn: teacher\'s sheet</title><style>{SHEET_STYLE}</style>'
        f"<h1>Learn: RPO and DPO, teacher's sheet</h1><p>About {minutes_in_class()} in a class; alone about ten. Open "
        "<em>Learn</em>, then <em>Teach</em> and <em>Projector</em>: large letters, one picture a step, the text on a click. Ask "
        "before you click: each picture appears after a guess. The arrow keys go on and back.</p>"
        f"<table><tr><th>Step</th><th>Min</th><th>Ask</th><th>They should see</th></tr>{rows}</table>"
        f"<p>Three sentences to keep:</p><ol>{keep}</ol><p>Everything shown is computed from the formula or trained on the spot; "
        "the prompts and answers are real ones of the data that come with rpo. Nothing here shows that RPO gives better models "
        "than DPO.</p></html>"
    )
