"""Judge: a language model reads the panel's pairs in both orders, for as much money as was agreed."""

import os

import streamlit as st

from pages.shared import here
from pages.shared.plain import plain, trouble
from rpo.errors import RpoError
from rpo.judging import (
    ABOUT,
    DIALOGUE,
    LARGEST,
    SUMMARY,
    Archive,
    Askable,
    Endpoint,
    Imported,
    Instruction,
    Judging,
    Known,
    Orders,
    Plan,
    Rule,
    begin,
    command,
    estimate,
    heard,
    judgings,
    model_outputs,
    orders,
    questions,
    take_in,
    troubles,
)
from rpo.voting import Ballots, Options, Panel

FIRST = Endpoint("https://api.openai.com/v1", "gpt-4.1-mini", price_in=0.4, price_out=1.6)  # prices of 2025
PRICE = "From the server's price list; 0 for a server of your own. Estimate and cap go by it"
WHERE = (
    "An OpenAI-compatible server: this machine's, such as http://localhost:8080/v1, or one that RPO_JUDGE_URLS allows; one of "
    "Azure's kind with its ?api-version=…"
)
KINDS = ("a model behind an endpoint", "a rule, without a key")
WORDS = {
    "done": "all asked",
    "lost": "its process died: go on",
    "failed": "ended early",
    "stopped": "stopped",
    "new": "not begun",
}


def choose(panels: tuple[Panel, ...]) -> Panel:
    known = {panel.id: panel for panel in panels}
    asked = st.query_params.get("panel", "")
    chosen = st.selectbox("Panel", list(known), list(known).index(asked) if asked in known else 0, lambda key: known[key].name)
    st.query_params["panel"] = chosen
    return known[chosen]


def archive() -> Archive:
    return Archive(Ballots.here().database)


def secret(name: str) -> str:
    """A key from Streamlit's secrets; the environment's is found by the process itself."""
    try:
        return str(st.secrets.get(name, ""))
    except FileNotFoundError:
        return ""


def instruction() -> Instruction:
    """What the judge looks for: ours, or one that was used before, edited at will."""
    used = [judge.instruction for judge in archive().judges() if isinstance(judge, Endpoint)]
    known = {f"{one.name} ({one.version})": one for one in (DIALOGUE, SUMMARY, *used)}
    left, right = st.columns([1, 3])
    chosen = known[left.selectbox("Instruction", list(known), help="Any change of the text makes a version of its own")]
    text = right.text_area("What the judge looks for", chosen.text, height=130, key=f"text-{chosen.version}")
    edited = Instruction(chosen.name, text.strip())
    left.caption(f"Version {edited.version}. Around it stands a form that keeps the answers apart and asks for JSON.")
    return edited


def endpoint() -> Endpoint:
    last = next((judge for judge in archive().judges() if isinstance(judge, Endpoint)), FIRST)
    a, b, c = st.columns([3, 2, 2])
    url = a.text_input("Base URL", last.base_url, help=WHERE)
    model = b.text_input("Model", last.model)
    name = c.text_input("The key's variable", last.key_name, help="The key itself is never stored or shown")
    found = "Found" if os.environ.get(name) or secret(name) else "Not set (fine for a server of your own)"
    c.caption(f"{found} in the environment or Streamlit's secrets")
    wanted = instruction()
    d, e, f, g = st.columns(4)
    price_in = d.number_input("$ a million tokens in", 0.0, value=last.price_in, step=0.1, help=PRICE)
    price_out = e.number_input("$ a million tokens out", 0.0, value=last.price_out, step=0.1, help=PRICE)
    most = f.number_input("Tokens of a reply, at most", 16, 4000, last.max_tokens)
    patience = g.number_input("Seconds to wait for one", 1, 600, int(last.timeout))
    return Endpoint(url.strip(), model.strip(), wanted, 0.0, most, name.strip(), price_in, price_out, float(patience))


def rule() -> Rule:
    st.info(ABOUT, icon=":material/rule:")
    return Rule()


def ask(panel: Panel) -> None:
    kind = st.segmented_control("Who judges", KINDS, default=KINDS[0], required=True)
    try:
        judge: Askable = endpoint() if kind == KINDS[0] else rule()
        judge.ready()
    except RpoError as error:
        trouble(error)
        return
    asked = questions(Ballots.here().comparisons(panel.id).values())
    left, right = st.columns(2)
    workers = left.number_input("Calls at a time", 1, 64, 8)
    plan = estimate(judge, asked, workers)
    cap = right.number_input(
        "Never more than, in $", 0.0, value=round(plan.cap, 4), step=0.5, format="%.4f", key=f"cap-{hash(judge)}"
    )
    known = f", {plan.known} of them known and free" if plan.known else ""
    cost = f"about **${plan.dollars:.4f}**" if plan.cap else "**free** by these prices, so the cap holds nothing back"
    st.markdown(f"**{plan.calls} calls** ({len(asked) // 2} pairs in both orders{known}), {cost}.")
    if st.button("Ask the judge", type="primary", disabled=plan.known == plan.calls):
        judging = begin(Plan(panel.id, judge, cap, workers))
        judging.start(secrets_of(judge))
        st.rerun()


def secrets_of(judge: Askable) -> dict[str, str]:
    value = secret(judge.key_name) if isinstance(judge, Endpoint) else ""
    return {judge.key_name: value} if value and isinstance(judge, Endpoint) else {}


@st.fragment(run_every=1.0)
def follow(panel: Panel) -> None:
    """The judgings that are at work; once none is, the whole page is drawn anew."""
    try:
        active = [(one, one.state) for one in judgings(panel.id) if one.state.active]
    except RpoError as error:  # it runs by itself, so the page's own words come too early
        trouble(error)
        return
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
        if state.status == "done":
            return
        trouble(state.message or "Not all was asked.", st.warning)
        left, right = st.columns([1, 3], vertical_alignment="bottom")
        cap = left.number_input(
            "Never more than, in $", 0.0, value=one.plan.cap, step=0.5, format="%.4f", key=f"again-{one.name}"
        )
        if right.button("Go on", key=f"go-{one.name}", icon=":material/play_arrow:"):
            one.raise_cap(cap)
            one.start(secrets_of(one.plan.judge))
            st.rerun()


def itself(panel: Panel) -> None:
    """What each judge's two orders tell of it; whose answers won is for Results."""
    ruled = heard(archive(), list(Ballots.here().comparisons(panel.id).values()))
    if not ruled:
        return
    st.subheader("Do they follow the answers, or the places?")
    st.dataframe([row(judge, orders(found)) for judge, found in ruled.items()], hide_index=True)
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
        file = st.file_uploader(label, type=["json"], max_upload_size=LARGEST)
        if file is not None:
            annotations(file.name, file.getvalue())


def annotations(name: str, content: bytes) -> None:
    with st.container(horizontal=True):
        alone = st.button("Take them in", type="primary")
        panel = st.button("Take them in, and make a panel of their pairs for people")
    if not (alone or panel):
        return
    taken = take_in(archive(), name, content)
    st.success(f"{taken.rows} annotations by {plain(', '.join(taken.judges))}, {taken.new} of them new.")
    if panel:
        st.query_params["panel"] = Ballots.here().make_panel(name, taken.pairs, options=Options(prompts=len(taken.pairs)))
        st.rerun()


here.owner_only()
st.title("Judge")
st.markdown("A language model reads the same pairs as your raters, in both orders, for as much money as you allow.")
try:
    panels = Ballots.here().panels()
    if not panels:
        st.info("No panel yet. Make one from a run's answers; then people and judges can read the same pairs.")
        st.page_link("convene.py", label="Panels", icon=":material/groups:")
        st.stop()
    panel = choose(panels)
    there = judgings(panel.id)
    for broken in troubles():
        trouble(broken, st.warning)
    with st.expander("Ask a judge", expanded=not there, icon=":material/gavel:"):
        ask(panel)
    if any(one.state.active for one in there):
        follow(panel)
    for one in {one.plan.judge: one for one in reversed(there)}.values():  # the latest of each judge
        if not one.state.active:
            over(one)
    itself(panel)
    alpaca(panel)
except RpoError as error:
    trouble(error)
