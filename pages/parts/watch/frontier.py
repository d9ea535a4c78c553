"""Runs on the page Watch, held against each other: what they learned against how far they went, and all at one KL."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.plain import plain
from rpo import courses
from rpo.charts.sweep import frontier_figure
from rpo.courses import AtEqualKl, Course, EqualKl
from rpo.glossary import meaning, quantity
from rpo.runs import Run


def frontier(shown: Sequence[Run]) -> None:
    found = courses.courses_of(shown)
    if not any(one.reached for one in found):
        return
    st.subheader("What was learned for how far it went", help=meaning("KL"))
    equal = courses.equal_kl(found)
    st.plotly_chart(
        frontier_figure(found, equal.kl),
        key="frontier",
        alt="Accuracy against KL to the reference, a point an evaluation, a line a run",
    )
    st.caption(_about(found))
    _at_equal_kl(equal)


def _about(found: Sequence[Course]) -> str:
    counts = sorted({one.n for one in found if one.n})
    n = " to ".join(f"{count:,}" for count in dict.fromkeys((counts[0], counts[-1])))
    known = any(one.known for one in found)
    what = "Each evaluation is a point, each setting a colour; a dotted line joins a run's points. Higher at equal KL is better."
    scale = "Log-ratios are without β, so that runs with another β stand on one axis."
    intervals = "Bars and hover texts: 95 % intervals for other held-out pairs, not for other seeds." if known else ""
    return f"{quantity(len(found), 'run')}; held-out rows a point: n = {n}. {what} {scale} {intervals}"


def _at_equal_kl(equal: EqualKl) -> None:
    if not equal.readings:
        st.info(plain(equal.words))
        return
    st.markdown(f"**At equal KL: {equal.kl:.3f} nats a token**, the largest that all these runs reached (dashed)")
    st.dataframe([_row(one) for one in equal.readings], hide_index=True, alt="The runs at equal KL")
    st.caption(plain(f"In brackets: 95 % intervals. Each run is read on a line between the two steps. {equal.words}"))


def _row(one: AtEqualKl) -> dict[str, object]:
    return {
        "run": f"{one.course.setting}, seed {one.course.seed}",
        "accuracy": _with(one.accuracy, one.accuracy_ends, ".3f"),
        "log-ratio difference, nats": _with(one.distance, one.distance_ends, ".2f"),
        "between steps": f"{one.after} and {one.before}" if one.after != one.before else f"at {one.before}",
        "KL reached": f"{one.course.reached:.3f}",
        "held-out": one.course.n,
    }


def _with(mean: float, ends: tuple[float, float], form: str) -> str:
    return f"{mean:{form}}" if ends[0] != ends[0] else f"{mean:{form}} ({ends[0]:{form}} to {ends[1]:{form}})"
