"""Why, how and when a side wins, on the page Results: by raters' words, by what answers have, by kinds of prompts."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.shared.plain import plain, trouble
from pages.shared.session import Session
from rpo import reading
from rpo.glossary import quantity
from rpo.reading import Exploration, GroupFound, Grouping, ReadPair, SideRate, SidesApart, TraitDifference, WinsFound
from rpo.statistics import Looks
from rpo.voting import Panel

REASON = (Grouping.TAG, Grouping.WORD)


def exploring(panel: Panel, pairs: Sequence[ReadPair], look: Looks) -> None:
    pattern = st.text_input("Your own regular expression", placeholder=r"(?i)for example|\d+ %", key=Session.expression.key)
    with st.spinner("Looking through all answers"):
        found = reading.explore(pairs, panel.candidate, look, pattern)
    if found.refused:
        trouble(found.refused)
    beyond_chance(found)
    how(found)
    why(found)
    when(found)


def beyond_chance(found: Exploration) -> None:
    """What is left after the correction, and what it is worth: said once."""
    beyond = f"after Holm's correction over all {quantity(found.tests, 'test')} shown here"
    left = "".join(f"\n- {plain(words)}" for words in found.stand_out)
    st.markdown(f"**Beyond chance {beyond}:**{left}" if left else f"**Nothing here is beyond chance {beyond}.**")
    st.caption("Exploratory: looked for after the votes were seen. It suggests what to test on new prompts and shows no cause.")


def how(found: Exploration) -> None:
    st.markdown("**How** the answers differ, and how often the side that has more of it wins")
    st.dataframe([of_sides(one) for one in found.how], hide_index=True, alt="What differs between the sides' answers")
    none = f" No answer has: {', '.join(map(plain, found.absent))}." if found.absent else ""
    said = "Means, or shares of answers, with 95 % intervals over prompts."
    st.caption(f"{said} Refusals and questions are guessed by simple English rules.{none}")


def of_sides(one: TraitDifference) -> dict[str, Any]:
    return {
        "answers have": one.trait,
        "candidate": of_side(one.candidate, one.counted),
        "baseline": of_side(one.baseline, one.counted),
        "difference": of_difference(one.apart, one.counted),
        "p, Holm": p_words(one.apart.holm),
        "the side with more wins": rate(one.wins),
        "on prompts": one.wins.n,
        "p, Holm, of winning": p_words(one.wins.holm),
    }


def of_difference(one: SidesApart, counted: bool) -> str:
    times, form, unit = (1, "+.1f", "") if counted else (100, "+.0f", " points")
    value, low, high = (f"{times * end:{form}}".replace("-", "−") for end in (one.value, one.low, one.high))
    return f"{value}{unit} ({low} to {high})" if one.low == one.low else f"{value}{unit}"


def of_side(one: SideRate, counted: bool) -> str:
    if one.low != one.low:
        return f"{one.value:.1f}" if counted else f"{one.value:.0%}"
    if counted:
        return f"{one.value:.1f} ({one.low:.1f} to {one.high:.1f})"
    return f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%})"


def p_words(p: float) -> str:
    return "" if p != p else "< 0.001" if p < 0.001 else f"{p:.3f}"


def rate(one: WinsFound) -> str:
    return f"{one.value:.0%} ({one.low:.0%} to {one.high:.0%})" if one.n else ""


def why(found: Exploration) -> None:
    st.markdown("**Why**, by the tags and the words that raters gave as reasons")
    if not found.why:
        st.caption("No tag, and no word of a reason, was given on three prompts or more: nothing to compare.")
        return
    groups(found.why, "The candidate's win rate by tag and by word of reasons")


def when(found: Exploration) -> None:
    st.markdown("**When**, by slice, topic and likeness to the prompts that were trained on")
    if found.when.groups:
        groups(found.when.groups, "The candidate's win rate by slice, topic and likeness to the training prompts")
    if found.when.missing:
        st.caption(plain(found.when.missing))


def groups(found: Sequence[GroupFound], alt: str) -> None:
    st.dataframe([of_group(one) for one in found], hide_index=True, alt=alt)


def of_group(one: GroupFound) -> dict[str, Any]:
    about = {"by": str(one.grouping), "which": one.name, "candidate wins": rate(one.wins)}
    return {**about, "prompts": one.wins.n, "p, Holm": p_words(one.wins.holm)}
