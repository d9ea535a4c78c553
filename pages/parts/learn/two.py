"""The first three steps of the page Learn: two real answers, a second prompt, and the formula of what was seen."""

import math
from functools import partial

import streamlit as st

from pages.parts.learn.stage import Scene, chart, follow, more
from pages.parts.learn.tuned import offer_two
from pages.shared.session import session
from rpo.contrast import first_push
from rpo.teaching import lesson
from rpo.teaching.steps import LessonStep


def pair_words() -> None:
    """What a pair is."""
    st.caption(
        "*Chosen* and *rejected* are the two sides of a preference. A data set for DPO (Direct Preference Optimization) is a "
        "list of such pairs, and DPO looks at one prompt at a time. Press **Next**: another prompt is in the same batch."
    )


def near_words() -> None:
    """What the lines mean, and where to go on."""
    left, right = st.columns([2, 7], vertical_alignment="center")
    with left:
        offer_two("near")
    right.caption(
        "Ticks: eight real prompts, where the encoder all-MiniLM-L6-v2 places them. A *batch* is what one training step sees. "
        "DPO compares along the orange lines, RPO (Relative Preference Optimization) along the indigo ones too."
    )


def formula(_free: bool) -> None:
    """The pieces, with the numbers that were on the screen."""
    for words, maths in pieces():
        left, right = st.columns([6, 5], vertical_alignment="center", gap="medium")
        if not session.projector:
            left.markdown(words)
        (st if session.projector else right).latex(maths)


def pieces() -> list[tuple[str, str]]:
    """Each piece in words and in LaTeX."""
    return [
        (LIKENESS, rf"\cos(A, B) = {session.shown.cosine:g}, \qquad \cos(A, A) = 1"),
        *weights_of_row(),
        (MARGIN, r"d_{AB} = c_A - r_B, \qquad c = \log\frac{\pi(\text{chosen})}{\pi_{\mathrm{ref}}(\text{chosen})}"),
        (LOSS, r"\operatorname*{mean}_{i \le M,\; j \le N}\; -\log\sigma\big(\beta\, W_{ij}\,(c_i - r_j)\big)"),
    ]


def weights_of_row() -> list[tuple[str, str]]:
    """From the cosines of A's row to its weights."""
    shown, tau = session.shown, f"{session.shown.tau:g}"
    own, across = (e_to(one / shown.tau) for one in (1, shown.cosine))
    falls = rf"e^{{\cos/\tau}}: \quad e^{{{shown.cosine:g}/{tau}}} = {across}, \quad e^{{1/{tau}}} = {own}"
    row = rf"W_{{AB}} = \frac{{{across}}}{{{own}+{across}}} = {shown.across:.2f}, \; W_{{AA}} = {shown.own:.2f}"
    return [(FALLS, falls), (ROW, row)]


def e_to(power: float) -> str:
    """Write e to this power in LaTeX, also where it is as large as at a τ of 0.001."""
    log = power / math.log(10)
    if abs(log) < 4:
        return f"{math.exp(power):.4g}"
    return rf"{10 ** (log % 1):.2f} \cdot 10^{{{math.floor(log)}}}"


LIKENESS = "**1. How alike?** An *encoder* turns a prompt into a vector. The cosine of two vectors is 1 for the same prompt."
FALLS = "**2. How fast does it fall?** That says **τ**, the temperature. Small τ: only the nearest count."
ROW = (
    "**3. Shared out.** Each of the **M** chosen answers is a row, each of the **N** rejected ones a column; here M = N = 2. The "
    "weights of a row sum to 1."
)
MARGIN = (
    "**4. What is compared.** c and r say how much likelier the trained model finds an answer than the model at the start, as a "
    "natural logarithm: its unit is the **nat** (+0.69 nats is twice as likely). c is of a chosen, r of a rejected answer."
)
LOSS = (
    "**5. Together.** RPO's loss is the mean over all M × N contrasts; σ is the logistic function, β says how strongly margins "
    "count. DPO has i = j alone, at weight 1."
)


def formula_words() -> None:
    """What the first step does; the matrix of three prompts in figures."""
    if session.projector:
        st.markdown("\n\n".join(words for words, _ in pieces()))
        return
    more("A whole matrix in figures: three made-up prompts, M = N = 3", matrix)


def matrix() -> None:
    """Weights and margins of three prompts, and whom the first step moves."""
    seen = lesson.three(session.shown.tau)
    left, right = st.columns(2, gap="large")
    with left:
        chart(lesson.lesson_cells_figure(seen.weights, "Weights W: each row sums to 1"), "weights", "Contrast weights of a batch")
    with right:
        cells = lesson.lesson_cells_figure(seen.margins, "Margins c − r, in nats", form="+.1f")
        chart(cells, "all-margins", "Margins of a batch; all cells are used")
    up, down = first_push(seen.weights, lesson.LESSON_BETA)
    lowered = ", ".join(f"{one:.2f}" for one in (down / up).tolist())
    st.markdown(
        "The first step lifts every chosen answer by the same force, whatever the weights. It lowers the rejected ones by the "
        f"sum of their column: {lowered} times that. **At first the matrix decides who is pushed down, not who is lifted.**"
    )


PAIR = Scene(partial(follow, LessonStep.PAIR), pair_words, room=375)
NEAR = Scene(partial(follow, LessonStep.NEAR), near_words, early=True, room=431)
FORMULA = Scene(formula, formula_words)
