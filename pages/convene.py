"""Panels: who judges what: make a panel, say what it can show, invite, follow, take the votes along."""

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from pages.shared import here
from pages.shared.plain import plain, trouble
from rpo import runs, tuning
from rpo.errors import RpoError
from rpo.hosts import LOOPBACK, name_of, public_url
from rpo.preferences import Kind
from rpo.statistics import Look, power
from rpo.voting import (
    RUBRIC,
    Ballots,
    Comparison,
    Options,
    Panel,
    comparisons_from_file,
    comparisons_from_rows,
    export,
    origin,
    to_shelf,
)
from rpo.voting.access import Who

SOURCES = ("a run against its baseline", "two runs", "a file")
KINDS = {"pairs (prompt, chosen, rejected)": Kind.PAIRED, "single answers (prompt, completion, label)": Kind.UNPAIRED}

Made = tuple[str, list[Comparison]]


def pick_run(label: str, key: str) -> runs.Run | None:
    known = {run.name: run for run in runs.all_runs() if runs.answered(run)}
    if not known:
        st.info("No run has written answers yet. Train one, or add a file of answers.")
        st.page_link("train.py", label="Train", icon=":material/model_training:")
        return None
    asked = st.session_state.get("panel_run", "")
    name = st.selectbox(
        label, list(known), list(known).index(asked) if asked in known else 0, lambda one: known[one].title, key=key
    )
    return known[name]


def from_run() -> Made | None:
    run = pick_run("Run", "run")
    if run is None:
        return None
    pairs, model = runs.pairs(run), run.spec.model
    st.caption(f"{len(pairs)} held-out prompts with answers of {plain(model)} before and after.")
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
    wrote = {one.prompt: one for one in runs.pairs(first)}
    both = [one for one in runs.pairs(second) if one.prompt in wrote]
    st.caption(f"{len(both)} held-out prompts that both have answered.")
    rows = [one.beside(wrote[one.prompt]).row for one in both]
    return f"{second.title} against {first.title}", comparisons_from_rows(rows, first.name, second.name)


def from_file() -> Made | None:
    file = st.file_uploader("JSONL with prompt, baseline, candidate and, if you like, slice", type=["jsonl"])
    return None if file is None else (file.name, comparisons_from_file(file.name, file.getvalue()))


def new_panel(expanded: bool) -> None:
    with st.expander("New panel", expanded=expanded, icon=":material/add:"):
        answers = st.segmented_control("Answers from", SOURCES, default=SOURCES[0], required=True)
        try:
            made = {SOURCES[0]: from_run, SOURCES[1]: from_two, SOURCES[2]: from_file}[answers]()
            if made and made[1]:
                settle(*made)
        except RpoError as error:  # of what the panel would be made; the panels that there are stay
            trouble(error)


def settle(source: str, comparisons: list[Comparison]) -> None:
    st.caption(f"From {source}")
    name = st.text_input("Title, as raters see it", f"Round {len(Ballots.here().panels()) + 1}")
    rubric = st.text_input("What raters look for", RUBRIC)
    options = choices(len(comparisons))
    judged = [one for one in comparisons if not one.verdict]
    planned(min(options.prompts, len(judged)), options)
    if len(judged) < len(comparisons):
        st.caption(
            f"{len(comparisons) - len(judged)} of {len(comparisons)} pairs need no rater: identical, or an answer is empty."
        )
    pairs = min(options.prompts, len(comparisons))
    if st.button(f"Make a panel of {pairs} pairs", type="primary"):
        st.query_params["panel"] = Ballots.here().make_panel(name, comparisons, rubric, options)
        st.session_state.pop("panel_run", None)
        st.rerun()


def choices(there: int) -> Options:
    a, b, c = st.columns(3)
    count = a.number_input("Pairs", 1, there, min(200, there), help="Drawn from all there are, each slice by its share")
    people = b.text_input("Raters, by name", placeholder="Ann, Ben, Cleo", help="Empty: whoever says a name")
    names = tuple(named(people))
    each = "All of them, or fewer: then pairs are dealt out evenly"
    overlap = c.number_input("Raters a pair", 1, max(1, len(names)), max(1, len(names)), disabled=not names, help=each)
    d, e, f = st.columns(3)
    repeats = d.number_input(
        "Hidden repeats", 0, 20, min(5, there), help="Shown again, swapped: does a rater agree with themselves?"
    )
    tags = e.text_input("Tags raters may set", placeholder="wrong, unsafe, too long")
    sealed = f.toggle("Sealed until all have finished", value=True)
    offered = tuple(one.strip() for one in tags.split(",") if one.strip())
    return Options(count, 0, names, overlap if names else None, sealed, repeats, offered)


def named(text: str) -> list[str]:
    """Names with commas between them, each once."""
    return list(dict.fromkeys(" ".join(one.split()) for one in text.split(",") if one.strip()))


def planned(pairs: int, options: Options) -> None:
    """What this panel can show, before anyone votes."""
    if pairs == 0:
        return
    votes = options.overlap or max(1, len(options.raters))
    ties = st.slider("Share of ties you expect", 0.0, 0.6, 0.2, 0.05)
    plan = power(pairs, votes, ties=ties, raters=votes, look=Look.ONCE if options.raters else Look.ALWAYS)
    found = (
        "" if plan.rate != plan.rate else f"A true win rate of {plan.rate:.0%} among decided prompts is found in 4 panels of 5. "
    )
    st.info(f"{found}{plan.rule}", icon=":material/balance:")


def choose(panels: tuple[Panel, ...]) -> Panel:
    known = {panel.id: panel for panel in panels}
    asked = st.query_params.get("panel", "")
    chosen = st.selectbox("Panel", list(known), list(known).index(asked) if asked in known else 0, lambda key: known[key].name)
    st.query_params["panel"] = chosen
    return known[chosen]


def about(panel: Panel) -> None:
    drawn = f"{panel.comparisons} of {panel.pool} pairs, " if panel.pool > panel.comparisons else f"{panel.comparisons} pairs, "
    least, most = panel.twice
    shown = f"{least if least == most else f'{least} or {most}'} shown twice to each rater. " if most else ""
    named = runs.titles()
    authors = " against ".join(f"**{plain(named.get(one, one))}**" for one in (panel.candidate, panel.baseline))
    st.markdown(f"{authors}: {drawn}{shown}“{plain(panel.rubric or RUBRIC)}”")
    with st.container(horizontal=True):
        st.page_link("vote.py", label="Vote", icon=":material/how_to_vote:", query_params={"panel": panel.id})
        st.page_link("results.py", label="Results", icon=":material/leaderboard:", query_params={"panel": panel.id})


def people(panel: Panel) -> None:
    st.subheader("Raters")
    for name, (done, total) in Ballots.here().turnout(panel.id).items():
        st.progress(done / total if total else 1.0, f"{plain(name)}: {done} of {total}")
    with st.expander("Invite by link", icon=":material/link:"):
        invite(panel)
    if panel.raters:
        with st.expander("Someone drops out", icon=":material/swap_horiz:"):
            replace(panel)


def replace(panel: Panel) -> None:
    st.caption("Votes stay; the pairs without one go to somebody new, who needs a link of their own. End the old link.")
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    gone = left.selectbox("Drops out", panel.raters)
    name = middle.text_input("Takes over", max_chars=40)
    if right.button("Hand over", disabled=not name.strip(), width="stretch"):
        count = Ballots.here().hand_over(panel.id, gone, name)
        st.toast(f"{count} pairs now wait for {plain(name)}")
        st.rerun()


def invite(panel: Panel) -> None:
    st.caption("A link opens the voting page alone, for one rater. It is shown once; new links can be given and old ones ended.")
    if here.visitor().who is Who.ALONE:
        first_invitation()
        return
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    names = wanted(panel, left)
    days = middle.number_input("Ends after days", 1, 365, None, placeholder="never")
    single = st.checkbox("For one browser: the first that opens the link. Without this it works on every device of the rater")
    label = "Make a link" if len(names) < 2 else f"Make {len(names)} links"
    if right.button(label, disabled=not names, width="stretch", key="make-links"):
        links(Ballots.here().invitations.invite_all(panel.id, names, days, single))
    invited(panel)


def wanted(panel: Panel, place: Any) -> list[str]:
    """Who is to be invited: of a panel with named raters those without an open link, if nobody says otherwise."""
    if not panel.raters:
        return named(place.text_input("Raters' names", placeholder="Ann, Ben, Cleo"))
    there = {one.rater for one in Ballots.here().invitations.of(panel.id) if one.open}
    return place.multiselect("Raters", panel.raters, [name for name in panel.raters if name not in there])


def links(tokens: dict[str, str]) -> None:
    """One text with a line a rater, which one click copies."""
    root = address()
    st.code("\n".join(f"{name}: {root}/invite/{token}" for name, token in tokens.items()), language=None, wrap_lines=True)
    st.caption("Copy them all now: they cannot be shown again.")


def first_invitation() -> None:
    """Before somebody else can come in, this browser is made the owner's: being on this machine then proves nothing any more."""
    st.info(
        "Until now whoever sits at this machine opens every page. From the first invitation on, the app asks who is here. This "
        "browser will be yours; another one becomes yours by the link that is printed when the app starts, or by a secret (`rpo "
        "owner`)."
    )
    if st.button("Make this browser the owner's", type="primary"):
        here.go(f"/enter?token={here.access().ticket()}&to=/convene")


def address() -> str:
    """Where raters reach this app."""
    public = public_url()
    root = public or "/".join(str(st.context.url).split("/")[:3])
    if name_of(urlsplit(root).netloc) in LOOPBACK:
        st.warning("This address works on this machine alone. Start the app with `rpo --host` and `--public-url` for others.")
    return root


def invited(panel: Panel) -> None:
    for one in Ballots.here().invitations.of(panel.id):
        ends = "" if one.expires is None else f" until {datetime.fromtimestamp(one.expires):%d %b %Y}"
        state = f"open{ends}{', one browser' if one.single else ''}" if one.open else "ended"
        place = st.container(horizontal=True, vertical_alignment="center")
        place.text(f"{one.rater}: {state}")
        if one.open:
            key = f"revoke-{one.rater}-{one.created}"
            place.button("End", key=key, on_click=Ballots.here().invitations.revoke, args=(panel.id, one.rater))


def unrated(panel: Panel) -> None:
    found = Ballots.here().unrated(panel.id)
    if found:
        with st.expander(f"Scored without a rater: {len(found)}"):
            rows = [{"verdict": str(one.verdict), "prompt": one.prompt, "slice": one.slice} for one in found]
            st.dataframe(rows, hide_index=True)


def along(panel: Panel) -> None:
    """The votes as data for the next run."""
    st.subheader("Votes as preferences")
    kind = KINDS[st.radio("As", list(KINDS), horizontal=True)]
    st.caption("A prompt's majority decides; where it is equal the prompt is left out. Where they come from goes along.")
    if origin(Ballots.here(), panel.id).decided == 0:
        st.info("There is no prompt yet on which most raters agree. Vote first.")
        return
    with st.container(horizontal=True):
        for suffix in (".jsonl", ".parquet"):
            written = partial(export, Ballots.here(), panel.id, kind, suffix)
            st.download_button(f"Download {suffix[1:].upper()}", written, f"votes-{panel.id}{suffix}", on_click="ignore")
        if st.button("Use as data for the next run", type="primary"):
            name = f"votes-{panel.id}-{kind}.jsonl"
            draft = tuning.draft_on(name, to_shelf(Ballots.here(), panel.id, name, kind))
            st.session_state["draft"], st.session_state["draft_words"] = draft.fields, draft.words
            st.switch_page("train.py")


here.owner_only()
st.title("Panels")
st.markdown("Who judges which answers, blind. Make a panel, invite, follow how far they are, take the votes along as data.")
try:
    every = Ballots.here().panels()
    new_panel(expanded=not every or "panel_run" in st.session_state)
    if every:
        panel = choose(every)
        about(panel)
        people(panel)
        unrated(panel)
        along(panel)
except RpoError as error:
    trouble(error)
