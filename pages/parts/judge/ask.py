"""Asking a judge on the page Judge: which one, what it looks for, and what it may cost."""

import os
from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.shared.kept import lasting
from pages.shared.plain import trouble
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.judging import (
    ABOUT_THE_RULE,
    DIALOGUE_INSTRUCTION,
    SUMMARY_INSTRUCTION,
    Askable,
    Endpoint,
    Instruction,
    JudgementCache,
    JudgingCost,
    Plan,
    RuleJudge,
    begin,
    judging_cost,
    questions,
)
from rpo.voting import Ballots, Panel

FIRST = Endpoint("https://api.openai.com/v1", "gpt-4.1-mini", price_in=0.4, price_out=1.6)  # prices of 2025
PRICE = "From the server's price list; 0 for a server of your own. Estimate and cap go by it"
WHERE = (
    "An OpenAI-compatible server: this machine's, such as http://localhost:8080/v1, or one that RPO_JUDGE_URLS allows; one of "
    "Azure's kind with its ?api-version=…"
)


def archive() -> JudgementCache:
    """What judges have said so far."""
    return JudgementCache(Ballots.here().database)


def secret(name: str) -> str:
    """A key from Streamlit's secrets; the environment's is found by the process itself."""
    try:
        return str(st.secrets.get(name, ""))
    except FileNotFoundError:
        return ""


def instruction() -> Instruction:
    """What the judge looks for: ours, or one that was used before, edited at will."""
    used = [judge.instruction for judge in archive().judges() if isinstance(judge, Endpoint)]
    known = {f"{one.name} ({one.version})": one for one in (DIALOGUE_INSTRUCTION, SUMMARY_INSTRUCTION, *used)}
    left, right = st.columns([1, 3])
    chosen = known[left.selectbox("Instruction", list(known), help="Any change of the text makes a version of its own")]
    text = right.text_area("What the judge looks for", chosen.text, height=130, key=f"text-{chosen.version}")
    edited = Instruction(chosen.name, text.strip())
    left.caption(f"Version {edited.version}. Around it stands a form that keeps the answers apart and asks for JSON.")
    return edited


def endpoint() -> Endpoint:
    last = next((judge for judge in archive().judges() if isinstance(judge, Endpoint)), FIRST)
    a, b, c = st.columns([3, 2, 2])
    url = a.text_input("Base URL", last.base_url, help=WHERE, **lasting("url"))
    model = b.text_input("Model", last.model, **lasting("model"))
    name = c.text_input("The key's variable", last.key_name, help="The key itself is never stored or shown", **lasting("key"))
    found = "Found" if os.environ.get(name) or secret(name) else "Not set (fine for a server of your own)"
    c.caption(f"{found} in the environment or Streamlit's secrets")
    wanted = instruction()
    d, e, f, g = st.columns(4)
    price_in = d.number_input("$ a million tokens in", 0.0, value=last.price_in, step=0.1, help=PRICE, **lasting("in"))
    price_out = e.number_input("$ a million tokens out", 0.0, value=last.price_out, step=0.1, help=PRICE, **lasting("out"))
    most = int(f.number_input("Tokens of a reply, at most", 16, 4000, last.max_tokens, **lasting("tokens")))
    patience = g.number_input("Seconds to wait for one", 1, 600, int(last.timeout), **lasting("seconds"))
    return Endpoint(url.strip(), model.strip(), wanted, 0.0, most, name.strip(), price_in, price_out, float(patience))


def rule() -> RuleJudge:
    st.info(ABOUT_THE_RULE, icon=":material/rule:")
    return RuleJudge()


KEYLESS = "a rule, without a key"
KINDS: dict[str, Callable[[], Askable]] = {"a model behind an endpoint": endpoint, KEYLESS: rule}


def ask(panel: Panel) -> None:
    """Choose a judge, see what it would cost, and begin; on the example the one that needs nothing stands first."""
    first = KEYLESS if panel.example else next(iter(KINDS))
    kind = st.segmented_control("Who judges", list(KINDS), default=first, required=True, **lasting(f"judge {panel.example}"))
    try:
        judge = KINDS[kind]()
        judge.ready()
    except RpoError as error:
        trouble(error)
    else:
        offer(panel, judge)


def offer(panel: Panel, judge: Askable) -> None:
    asked = questions(Ballots.here().comparisons(panel.id).values())
    left, right = st.columns(2)
    workers = int(left.number_input("Calls at a time", 1, 64, 8, **lasting("calls")))
    found = judging_cost(judge, asked, workers)
    cap = most(right, round(found.cap, 4), f"cap-{hash(judge)}")
    st.markdown(costs(found, len(asked) // 2))
    if st.button("Ask the judge", type="primary", disabled=found.known == found.calls):
        begin(Plan(panel.id, judge, cap, workers)).start(secrets_of(judge))
        st.rerun()


def most(place: Any, dollars: float, key: str) -> float:
    """What a judging may cost."""
    return place.number_input("Never more than, in $", 0.0, value=dollars, step=0.5, format="%.4f", key=key)


def costs(found: JudgingCost, pairs: int) -> str:
    known = f", {found.known} of them known and free" if found.known else ""
    cost = f"about **${found.dollars:.4f}**" if found.cap else "**free** by these prices, so the cap holds nothing back"
    return f"**{quantity(found.calls, 'call')}** ({quantity(pairs, 'pair')} in both orders{known}), {cost}."


def secrets_of(judge: Askable) -> dict[str, str]:
    """A key that the process of a judging cannot find by itself."""
    value = secret(judge.key_name) if isinstance(judge, Endpoint) else ""
    return {judge.key_name: value} if value and isinstance(judge, Endpoint) else {}
