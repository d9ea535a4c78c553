"""Judge: a language model reads the panel's pairs in both orders, for as much money as was agreed."""

import streamlit as st

from pages.parts.judge.ask import archive, ask, most, secrets_of
from pages.shared import deep_link, example, here, pickers
from pages.shared.job_progress import by_itself
from pages.shared.plain import plain, trouble
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.jobs import Status
from rpo.judging import (
    LARGEST_UPLOAD,
    Imported,
    Judging,
    Known,
    Orders,
    both_orders,
    command,
    judgings,
    model_outputs,
    orders,
    take_in,
    troubles,
)
from rpo.voting import Ballots, Options, Panel

WORDS = {
    Status.DONE: "all asked",
    Status.LOST: "its process died: go on",
    Status.FAILED: "ended early",
    Status.STOPPED: "stopped",
    Status.NEW: "not begun",
}


@by_itself(1.0)
def at_work(panel: Panel) -> None:
    """The judgings that are at work; once none is, the whole page is drawn anew."""
    active = [(one, one.state) for one in judgings(panel.id) if one.state.active]
    if not active:
        st.rerun()
    for one, state in active:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.progress(state.progress, f"**{plain(one.plan.judge.name)}**: {plain(state.message)} of ${one.plan.cap:.4f}")
        right.button("Stop", key=f"stop-{one.name}", on_click=one.stop, width="stretch")


def over(one: Judging) -> None:
    """A judging that is at rest: how it ended, and going on with it."""
    state, spent = one.state, one.spent
    unseen = f", of it ${spent.open:.4f} set aside for calls whose end nobody saw" if spent.open else ""
    ended, money = WORDS.get(state.status, state.status), f"${spent.total:.4f} of ${one.plan.cap:.4f} spent{unseen}"
    with st.container(border=True):
        st.markdown(f"**{plain(one.plan.judge.name)}**: {plain(ended)}. {plain(money)}.")
        if state.status is not Status.DONE:
            trouble(state.message or "Not all was asked.", st.warning)
            go_on(one)


def go_on(one: Judging) -> None:
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    cap = most(left, one.plan.cap, f"again-{one.name}")
    if right.button("Go on", key=f"go-{one.name}", icon=":material/play_arrow:"):
        one.raise_cap(cap)
        one.start(secrets_of(one.plan.judge))
        st.rerun()


def itself(panel: Panel) -> None:
    """What each judge's two orders show of it; whose answers won is for Results."""
    ruled = both_orders(archive(), list(Ballots.here().comparisons(panel.id).values()))
    if not ruled:
        return
    st.subheader("Do they follow the answers, or the places?")
    rows = [row(judge, orders(found)) for judge, found in ruled.items()]
    st.dataframe(rows, hide_index=True, alt="Verdicts of each judge in both orders")
    once = " Imported annotations hold one order: a verdict counts as it is." if any(map(imported, ruled)) else ""
    st.caption(
        "Each pair is asked in both orders; a win counts only if both agree, else it is a tie. Flips: the orders name different "
        f"winners. First place: 50 % is no lean. Refusals, malformed and cut replies are no votes.{once}"
    )
    where = {"icon": ":material/leaderboard:", "query_params": {"panel": panel.id}}
    st.page_link("results.py", label="Beside the raters, in Results", **where)


def imported(judge: Known) -> bool:
    return isinstance(judge, Imported)


def row(judge: Known, found: Orders) -> dict[str, str | int]:
    flips, first = found.flips, found.first
    return {
        "judge": judge.name,
        "pairs ruled": f"{found.ruled} of {found.pairs}",
        "flips": f"{flips.value:.0%} of {flips.n} ({flips.low:.0%} – {flips.high:.0%})" if flips.n else "unknown",
        "first place": f"{first.value:.0%} ({first.low:.0%} – {first.high:.0%})" if first.pairs else "unknown",
        "refused": found.refused,
        "malformed": found.malformed,
        "cut": found.too_long,
        "not asked": found.missing,
    }


def alpaca(panel: Panel) -> None:
    with st.expander("AlpacaEval: answers out, annotations in", icon=":material/swap_vert:"):
        pairs = list(Ballots.here().comparisons(panel.id).values())
        with st.container(horizontal=True):
            for label, author in (("--model_outputs", panel.candidate), ("--reference_outputs", panel.baseline)):
                name = f"{label[2:]}-{panel.id}.json"
                st.download_button(f"Download {label[2:]}", model_outputs(pairs, author, panel.name), name, on_click="ignore")
        st.code(command(panel.id))
        label = "Its annotations.json: a judge's word on the same pairs, in one order; weighted preferences keep their numbers"
        file = st.file_uploader(label, type=["json"], max_upload_size=LARGEST_UPLOAD)
        if file is not None:
            annotations(file.name, file.getvalue())


def annotations(name: str, content: bytes) -> None:
    with st.container(horizontal=True):
        alone = st.button("Take them in", type="primary")
        panel = st.button("Take them in, and make a panel of their pairs for people")
    if not (alone or panel):
        return
    taken = take_in(archive(), name, content)
    st.success(f"{quantity(taken.rows, 'annotation')} by {plain(', '.join(taken.judges))}, {taken.new} of them new.")
    if panel:
        deep_link.carry("panel", Ballots.here().make_panel(name, taken.pairs, options=Options(prompts=len(taken.pairs))))
        st.rerun()


here.owner_only()
st.title("Model judge")
st.markdown("A language model reads the same pairs as your raters, in both orders, for as much money as you allow.")
try:
    without = "No panel yet. Make one from a run's answers; then people and judges can read the same pairs."
    panel = pickers.panel(pickers.panels(without))
    example.about_votes(panel)
    there = judgings(panel.id)
    for broken in troubles():
        trouble(broken, st.warning)
    with st.expander("Ask a judge", expanded=not there, icon=":material/gavel:"):
        ask(panel)
    if any(one.state.active for one in there):
        at_work(panel)
    for one in {one.plan.judge: one for one in reversed(there)}.values():  # the latest of each judge
        if not one.state.active:
            over(one)
    itself(panel)
    alpaca(panel)
except RpoError as error:
    trouble(error)
