"""A data set's report as lines for a terminal."""

from collections.abc import Iterator

from rpo.charts.reading import printable, reading_lines
from rpo.glossary import quantity
from rpo.preferences import brief
from rpo.spec import RunSpec
from rpo.tokens import DataReport

LETTERS_PRINTED = 2000  # letters of a turn that are printed


def report_lines(found: DataReport) -> str:
    """All of the report; what the data's author wrote cannot steer the terminal."""
    return "\n".join([*map(printable, _counts(found)), "", *map(printable, _row(found)), *_tokens(found)])


def control_tokens(found: DataReport) -> list[str]:
    """What a person should know of control tokens in the prompts, in sentences."""
    of = f"of {quantity(found.prompts, 'prompt')}"
    own = "the model's own control tokens already and"
    ready = quantity(found.ready, f"{of} holds {own} is taken as it is.", f"{of} hold {own} are taken as they are.")
    have = quantity(found.quoting, f"{of} has such tokens within its text", f"{of} have such tokens within their text")
    quoting = f"{have}: the model reads them as control tokens."
    return [*([ready] if found.ready else []), *([quoting] if found.quoting else [])]


def balance(found: DataReport) -> str:
    """How many answers were liked, or what is missing to train on, in a sentence; "" where nothing needs to be said."""
    none = "" if found.train else " No row is left to train on."
    if found.liked is None:
        return none.strip()
    liked, others = quantity(found.liked, "answer is", "answers are"), quantity(found.rows - found.liked, "is", "are")
    return f"{liked} liked, {others} not.{none}"


def length_lines(found: DataReport) -> str:
    """What a run's default lengths cut, and which would not, in sentences."""
    if found.cuts is None:
        return ""
    spec = RunSpec()
    more = found.cuts.proposed(spec)
    advice = f" {more[0].upper()}{more[1:]} would cut at most 5 %." if more else ""
    given = f"A run starts with {spec.prompt_tokens} prompt and {spec.answer_tokens} answer tokens."
    return f"{given} {found.cuts.words}{advice}"


def _counts(found: DataReport) -> Iterator[str]:
    yield f"{found.name}: {f'read as {found.form}' if found.form else 'read'}"
    yield " ".join(filter(None, [found.counts, balance(found)]))
    for rule in found.left_out:
        yield f"  {rule.count:,} left out: {rule.rule} ({'line' if rule.count == 1 else 'lines'} {rule.places})"
    if found.unused:
        yield f"Columns that are not used: {', '.join(found.unused)}"
    if found.unused_texts:
        yield f"Of these hold text: {', '.join(found.unused_texts)}"
    yield from (f"Note: {note}" for note in found.notes)


def _row(found: DataReport) -> Iterator[str]:
    shown = found.example
    yield f"Row {shown.number:,} of {found.rows:,} ({shown.split})"
    for name, text in [*((str(turn.role), turn.text) for turn in shown.turns), *shown.answers]:
        yield f"{name}:"
        yield "\n".join(f"  {line}" for line in brief(text, LETTERS_PRINTED).split("\n"))


def _tokens(found: DataReport) -> Iterator[str]:
    yield ""
    if found.reading is not None:
        yield printable(f"As {found.model} reads it:")
        yield from map(reading_lines, (found.reading.prompt, *found.reading.answers))
    if found.lacking:
        yield printable(f"Not shown in tokens: {found.lacking}")
    yield from control_tokens(found)
    if found.cuts is not None:
        yield length_lines(found)
