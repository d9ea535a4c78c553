"""The Human Evaluation Datasheet (HEDS) of a panel, filled as far as the panel knows.

Sections and numbers of questions are those of Shimorina and Belz (2022, HumEval); the wording is our own and short. It is a list
to copy answers from into the form of version 3.0 (Belz and Thomson, arXiv 2412.07940), not the file that this form saves. What
only the authors know is an answer of None, and is named once more at the end.
"""

import json
from dataclasses import asdict, dataclass

from rpo.glossary import quantity
from rpo.reporting.findings import Findings
from rpo.reporting.methods import (
    HOW_SCORED,
    agreed,
    checks,
    practised,
    task,
    tested,
    what_was_compared,
    who_judged,
    without_raters,
)

FORM = "HEDS, questions numbered as in Shimorina and Belz 2022; for the form of version 3.0 (arXiv 2412.07940)"


@dataclass(frozen=True)
class Item:
    """A question of the datasheet; `answer` is None where only the authors know it."""

    section: str
    number: str
    question: str
    answer: str | int | None


def datasheet(found: Findings) -> tuple[Item, ...]:
    """All questions in the form's order."""
    parts = {
        "1 Paper and resources": resources(),
        "2 Evaluated systems": systems(found),
        "3.1 Sample": sample(found),
        "3.2 Evaluators": evaluators(found),
        "3.3 Experimental design": design(found),
        "4 Quality criterion": criterion(found),
        "5 Ethics": ethics(),
    }
    return tuple(Item(section, *one) for section, items in parts.items() for one in items)


def heds_json(found: Findings) -> str:
    """The datasheet as JSON: form, panel, items, and the numbers that the authors must still answer."""
    items = datasheet(found)
    record = {"form": FORM, "panel": found.panel.name, "example": found.panel.example, "items": [asdict(one) for one in items]}
    record["authors must answer"] = [f"{one.number} {one.question}" for one in items if one.answer is None]
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


SheetLine = tuple[str, str, str | int | None]


def resources() -> list[SheetLine]:
    """Section 1."""
    return [
        ("1.1", "Link to the paper that reports the experiment", None),
        ("1.2", "Link to the resources used: outputs, interface, data", None),
        ("1.3", "Name, affiliation and address of who completes this sheet", None),
    ]


def systems(found: Findings) -> list[SheetLine]:
    """Section 2; the panel knows names alone."""
    return [
        ("2.1", "Type of input", "text: a prompt, or a dialogue up to the turn that is answered"),
        ("2.2", "Type of output", "text: the answer"),
        ("2.3", f"Task of the systems “{found.candidate}” and “{found.baseline}”", None),
        ("2.4", "Language of inputs", None),
        ("2.5", "Language of outputs", None),
    ]


def sample(found: Findings) -> list[SheetLine]:
    """Section 3.1."""
    return [
        ("3.1.1", "Number of outputs evaluated of each system", found.score.prompts - found.score.unrated),
        ("3.1.2", "How outputs were selected", " ".join(filter(None, (what_was_compared(found), without_raters(found))))),
        ("3.1.3", "Statistical power of the sample", None),
    ]


def evaluators(found: Findings) -> list[SheetLine]:
    """Section 3.2; rules that vote are no evaluators."""
    people = 0 if found.panel.example else found.score.raters
    return [
        ("3.2.1", "Number of evaluators", people),
        ("3.2.2", "Kind of evaluators: experts or not, paid or not, known to the authors, authors", None),
        ("3.2.3", "How evaluators were recruited", None),
        ("3.2.4", "Training or practice before the experiment", practised(found).strip() or None),
        ("3.2.5", "Other characteristics of the evaluators", None),
    ]


def design(found: Findings) -> list[SheetLine]:
    """Section 3.3."""
    quality = checks(found) or "No pair was shown twice; the share of votes for the left side is looked at."
    free = "Each at their own pace, in one sitting or several; earlier votes can be looked at and changed."
    return [
        ("3.3.1", "Preregistration", None),
        ("3.3.2", "How responses were collected", f"In the web page “Vote” of rpo. {who_judged(found)}"),
        ("3.3.3", "Quality assurance", quality),
        ("3.3.4", "What evaluators see", task(found)),
        ("3.3.5", "When and how fast evaluators work", None if found.panel.example else free),
        ("3.3.6", "Whether evaluators can ask questions or give feedback", None),
        ("3.3.7", "Conditions in which evaluators work", None),
        ("3.3.8", "How these conditions vary", None),
    ]


def criterion(found: Findings) -> list[SheetLine]:
    """Section 4: the one criterion of a panel is its question."""
    again = found.together.consistent
    within = f"{again.k} of {quantity(again.n, 'repeated pair')} got the same verdict" if again.n else "not measured"
    between = agreed(found) or f"Between evaluators: {found.agreement.note}."
    return [
        ("4.1.1", "Type of quality: correctness, goodness, feature", None),
        ("4.1.2", "Aspect: form, content, both", None),
        ("4.1.3", "In its own right, or relative to input or an external frame", "relative to the input"),
        ("4.2.1", "Objective or subjective", "objective: fixed rules" if found.panel.example else "subjective"),
        ("4.2.2", "Absolute or relative", "relative: two answers side by side"),
        ("4.2.3", "Intrinsic or extrinsic", "intrinsic"),
        ("4.3.1", "Name of the criterion", None),
        ("4.3.2", "Definition given to evaluators", found.panel.rubric or None),
        ("4.3.3", "Size of the scale", 3),
        ("4.3.4", "Values of the scale", "left is better, tie, right is better; a tie may be marked “both bad”"),
        ("4.3.5", "How the scale is presented", "multiple choice: buttons and keys"),
        ("4.3.6", "Task, where there is no scale", "not applicable"),
        ("4.3.7", "Question shown with each pair, verbatim", found.panel.rubric or None),
        ("4.3.8", "Form of response", "relative quality estimation"),
        ("4.3.9", "How responses are aggregated to scores", HOW_SCORED),
        ("4.3.10", "How effect size and significance are determined", tested(found)),
        ("4.3.11", "Agreement between evaluators, and of each with themselves", f"{between} Within: {within}."),
    ]


def ethics() -> list[SheetLine]:
    """Section 5."""
    return [
        ("5.1", "Approval by an ethics committee", None),
        ("5.2", "Personal data in outputs or responses, and their protection", None),
        ("5.3", "Special categories of personal data", None),
        ("5.4", "Impact assessments", None),
    ]
