"""A new panel on the page Panels: whose answers, which raters, and what it can show before anyone votes."""

import streamlit as st

from pages.parts.panels.across import across_prompts, drawn
from pages.parts.panels.for_raters import for_raters
from pages.parts.panels.for_whom import plan_for
from pages.parts.panels.with_judge import with_judge
from pages.shared import deep_link, kept, pickers
from pages.shared.plain import plain, trouble
from pages.shared.session import session
from rpo import runs, statistics
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.voting import RUBRIC, Ballots, Comparison, Options, comparisons_from_file, comparisons_from_rows, names_in

MARGIN = (
    "What you would accept as no loss, in points of the score. It is kept with the panel and cannot be changed later, so Results "
    "may say “not worse by more than 5 points” even where neither side is ahead. 0: no such statement."
)
TWICE = "Shown again, swapped: does a rater agree with themselves?"
Made = tuple[str, list[Comparison]]
"""What the answers are from, and the pairs."""


def pick_run(label: str, key: str) -> runs.Run | None:
    known = {run.name: run for run in runs.all_runs() if runs.answered(run)}
    if not known:
        st.info("No run of yours has written answers yet. Train one, or add a file of answers.")
        st.page_link("train.py", label="Train", icon=":material/model_training:")
        return None
    return known[pickers.run(label, {name: run.title for name, run in known.items()}, session.panel_run, key=key)]


def from_run() -> Made | None:
    run = pick_run("Run", "run")
    if run is None:
        return None
    pairs, model = runs.answer_pairs(run), run.spec.model
    st.caption(f"{quantity(len(pairs), 'held-out prompt')} with answers of {plain(model)} before and after.")
    return run.title, comparisons_from_rows([one.row for one in pairs], f"{model} (baseline)", run.name)


def from_two() -> Made | None:
    left, right = st.columns(2)
    with left:
        first = pick_run("Baseline: a run", "first-run")
    with right:
        second = pick_run("Candidate: another run", "second-run")
    if first is None or second is None:
        return None
    if first.name == second.name:
        st.info("Pick two different runs.")
        return None
    both = runs.pairs_of_two(first, second)
    st.caption(f"{quantity(len(both), 'held-out prompt')} that both have answered.")
    made = comparisons_from_rows([one.row for one in both], first.name, second.name)
    return f"{second.title} against {first.title}", made


def from_file() -> Made | None:
    file = st.file_uploader("JSONL with prompt, baseline, candidate and, if you like, slice", type=["jsonl"])
    return None if file is None else (file.name, comparisons_from_file(file.name, file.getvalue()))


SOURCES = {"a run against its baseline": from_run, "two runs": from_two, "a file": from_file}


def new_panel(expanded: bool) -> None:
    with st.expander("New panel", expanded=expanded, icon=":material/add:"):
        answers = kept.choice(st.segmented_control, "Answers from", "answers", list(SOURCES), required=True)
        try:
            made = SOURCES[answers]()
            if made and made[1]:
                settle(*made)
        except RpoError as error:  # of what the panel would be made; the panels that there are stay
            trouble(error)


def settle(source: str, comparisons: list[Comparison]) -> None:
    st.caption(f"From {source}")
    name = kept.text(st, "Title, as raters see it", "title", f"Round {rounds() + 1}")
    rubric = kept.text(st, "What raters look for", "rubric", RUBRIC)
    options = for_raters(choices(len(comparisons)), comparisons)
    asked = across_prompts()
    judged = sum(not one.verdict for one in comparisons)
    planned(min(options.prompts, judged), options)
    if judged < len(comparisons):
        of = f"of {quantity(len(comparisons), 'pair')}"
        need = quantity(len(comparisons) - judged, f"{of} needs", f"{of} need")
        st.caption(f"{need} no rater: identical, or an answer is empty.")
    if st.button(f"Make a panel of {quantity(min(options.prompts, len(comparisons)), 'pair')}", type="primary"):
        questions = drawn(asked, comparisons)
        opened(Ballots.here().make_panel(name, comparisons, rubric, options, questions))


def opened(panel: str) -> None:
    """Show the panel that there is now."""
    deep_link.carry("panel", panel)
    del session.panel_run
    st.rerun()


def rounds() -> int:
    """How many panels there are besides an example."""
    return sum(not one.example for one in Ballots.here().panels())


def choices(there: int) -> Options:
    a, b, c = st.columns(3)
    count = kept.number(
        a, "Pairs", "pairs", (1, there), min(200, there), help="Drawn from all there are, each slice by its share"
    )
    people = kept.text(b, "Raters, by name", "raters", placeholder="Ann, Ben, Cleo", help="Empty: whoever says a name")
    names = names_in(people)
    each = "All of them, or fewer: then pairs are dealt out evenly"
    overlap = c.number_input("Raters a pair", 1, max(1, len(names)), max(1, len(names)), disabled=not names, help=each)
    d, e, f, g = st.columns(4)
    repeats = kept.number(d, "Hidden repeats", "repeats", (0, 20), min(5, there), help=TWICE)
    tags = kept.text(e, "Tags raters may set", "tags", placeholder="wrong, unsafe, too long")
    sealed = kept.flag(f, "Sealed until all have finished", "sealed", True)
    points = kept.number(g, "Not worse by more than … points", "margin", (0, 25), 5, help=MARGIN)
    return Options(count, 0, names, overlap if names else None, sealed, repeats, names_in(tags), points / 100 or None)


def planned(pairs: int, options: Options) -> None:
    """What this panel can show, before anyone votes."""
    if pairs == 0:
        return
    votes = options.overlap or max(1, len(options.raters))
    ties = st.slider("Share of ties you expect", 0.0, 0.6, 0.2, 0.05)
    plan = plan_for(pairs, votes, ties, len(options.raters))
    found = (
        "" if plan.rate != plan.rate else f"A true win rate of {plan.rate:.0%} among decided prompts is found in 4 panels of 5. "
    )
    st.info(f"{found}{plan.rule}", icon=":material/balance:")
    if options.margin:
        need = quantity(statistics.prompts_for_margin(options.margin, votes, ties), "prompt")
        shown = f"“not worse by more than {quantity(round(100 * options.margin), 'point')}”"
        st.caption(f"If both are equally good, {need} would show {shown} in 4 panels of 5, looked at once.")
    with_judge(pairs, votes, ties)
