"""Learn: a lesson of ten minutes in six steps; in the fifth three methods train while you watch."""

from collections.abc import Callable

import streamlit as st
from streamlit.components import v2

from pages.parts.learn.tau import likeness
from pages.shared import deep_link, here
from pages.shared.plain import trouble
from pages.shared.session import Session, session
from rpo.components import lab
from rpo.contrast import first_push, gradient_of_size, own_weight, rpo_loss
from rpo.glossary import quantity
from rpo.teaching import lesson
from rpo.teaching.paper import HH, LLAMA, REPORTED, Difference, Reported, least_z, prompts_needed, reported_differences

TAU, M = 0.5, 8  # where the reader cannot turn them: the paper's for pairs
MANY = len(lesson.LESSON_PROMPTS)


def dpo() -> None:
    left, right = st.columns(2, gap="large")
    left.markdown(
        "People saw two answers to one prompt and preferred one. **DPO compares these two answers**: training shall make the "
        "chosen one likelier, against the rejected one, than it is for the model we start from, the *reference*."
    )
    left.latex(
        r"-\log\sigma\big(\beta\,(c_i - r_i)\big),\quad c_i=\log\frac{\pi(y^w_i\mid x_i)}{\pi_{\mathrm{ref}}(y^w_i\mid x_i)}"
    )
    left.markdown(lesson.NOTATION)
    margins = lesson.three(TAU).margins
    right.plotly_chart(
        lesson.lesson_cells_figure(margins, "Margins c − r, in nats", own_only=True, form="+.1f"),
        key="margins",
        alt="Margins of a batch; only its diagonal is used",
    )
    st.info(
        f"{MANY} prompts hold {MANY * MANY} comparisons of a chosen with a rejected answer; DPO makes {MANY} of them. "
        f"Its loss here is {lesson.dpo_of_three():.3f}. A prompt with a single answer gives it nothing."
    )


def matrix() -> None:
    st.markdown(
        "**RPO makes all comparisons**, also across prompts, each weighted by how alike its two prompts are. An *encoder* "
        "turns prompts into vectors; a softmax over each row turns their cosines into weights."
    )
    st.latex(
        r"\operatorname*{mean}_{i,\,j}\,-\log\sigma\big(\beta\,W_{ij}(c_i-r_j)\big),\quad W_{ij}\propto e^{-(1-\cos_{ij})/\tau}"
    )
    seen = lesson.three(TAU)
    left, right = st.columns(2, gap="large")
    left.plotly_chart(
        lesson.lesson_cells_figure(seen.weights, f"Weights at τ = {TAU:g}: each row sums to 1"),
        key="weights",
        alt="Contrast weights of a batch",
    )
    right.plotly_chart(
        lesson.lesson_cells_figure(seen.margins, "Margins: all are used now", form="+.1f"),
        key="all-margins",
        alt="Margins of a batch; all cells are used",
    )
    up, down = first_push(seen.weights, lesson.LESSON_BETA)
    lowered = ", ".join(f"{one:.2f}" for one in (down / up).tolist())
    st.info(
        "The first step lifts every chosen answer by the same force, whatever the weights. It lowers the rejected ones by the "
        f"sum of their column: {lowered} times that. **At first the matrix decides who is pushed down, not who is lifted.**"
    )


def temperature() -> None:
    likeness()
    with st.expander("How small is small? τ means nothing without M and the encoder"):
        size_and_encoder()


def size_and_encoder() -> None:
    left, right = st.columns(2, gap="large")
    tau = left.select_slider("τ, the temperature of the weights", lesson.LESSON_TAUS, TAU, key="lesson-tau")
    seen = lesson.three(tau)
    left.plotly_chart(
        lesson.lesson_cells_figure(seen.weights, f"Weights at τ = {tau:g}"),
        key="at-tau",
        alt="Contrast weights of a batch at this τ",
    )
    right.markdown("A small τ leaves each answer to its own pair, a large one weighs all alike.")
    right.plotly_chart(lesson.own_figure(tau), key="own", alt="Weight of the own rejected answer over τ, a line for each M")
    cases = "; ".join(f"M {size}, cosine {cosine:g}: **{own_weight(tau, size, cosine):.0%}**" for size, cosine in lesson.CASES)
    st.info(
        f"τ = {tau:g} alone says nothing. What it leaves to the own answer depends on M, the prompts in a batch, and on the "
        f"cosine at which the encoder puts unrelated prompts. {cases}. **Name τ, M and the encoder together, always.**"
    )
    cold, hot = lesson.ends_of_three()
    st.caption(
        f"The loss of the three is {float(seen.losses.mean()):.4f} now. As τ → 0 it becomes {cold:.4f}: DPO's divided by N, "
        f"plus a constant, so DPO's direction. As τ → ∞ it becomes {hot:.4f}: uniform weights."
    )


def limits() -> None:
    for row in ((weak_encoder, batch_size), (one_sided, across_prompts)):
        for place, part in zip(st.columns(2), row, strict=True):
            with place.container(border=True, height="stretch"):
                part()


def weak_encoder() -> None:
    good, dull = (own_weight(TAU, M, cosine) for cosine in (lesson.TELLING_FLOOR, lesson.DULL_FLOOR))
    st.markdown("**A weak encoder**")
    st.markdown(
        f"Say it puts unrelated prompts at cosine {lesson.DULL_FLOOR:g}, not {lesson.TELLING_FLOOR:g}. With M = {M} and "
        f"τ = {TAU:g} the own answer then keeps {dull:.0%}, not {good:.0%}; uniform weights give {1 / M:.1%}. The matrix is "
        "hardly more than uniform."
    )
    st.page_link("explore.py", label="Explore judges your encoder", icon=":material/scatter_plot:")


def batch_size() -> None:
    sizes = ", ".join(f"× {gradient_of_size(size, TAU):.2g} at M = {size}" for size in (2, 4, 16, 64))
    st.markdown("**A tiny batch, or a huge one**")
    st.markdown(
        "With M = 1 RPO is DPO. With few prompts a related one is seldom among them. With many the gradient shrinks against "
        f"DPO's: {sizes} (random vectors, before training). Adam hides this; clipping and plain SGD do not."
    )
    st.page_link("tune.py", label="Tune shows your batches", icon=":material/tune:")


def one_sided() -> None:
    st.markdown("**A one-sided batch**")
    st.markdown("Single answers may come all liked or all disliked. There is nothing to hold them against, and the loss refuses:")
    seen = lesson.three(TAU)
    try:
        rpo_loss(seen.margins[0], seen.margins[0, :0], seen.weights[:, :0], lesson.LESSON_BETA)
    except ValueError as error:
        st.code(str(error), language=None, wrap_lines=True)
    st.markdown("Batches for unpaired data are therefore composed of both sides.")


def across_prompts() -> None:
    st.markdown("**Rewards across prompts: Z(x)**")
    st.markdown(
        "β times a log-ratio is a reward minus β log Z(x), a constant of its prompt. Within a prompt it cancels: DPO never "
        f"meets it. Between prompts it does not. Say every answer to an easy prompt pleases {lesson.easier():g} more:"
    )
    st.table(lesson.rewards_table(), alt="Rewards and margins of a pair")
    st.caption("For pairs Train offers *centred margins*, free of such constants.")


@st.fragment
def try_it() -> None:
    st.markdown(
        "Eight prompts on a half circle; the encoder sees their angles, and the policy shares parameters between near ones. "
        "**B, E and H have no data. What do they learn from their neighbours?** Press Run, then turn τ."
    )
    settings = session.lab_settings
    deep_link.become({"step": str(session.learn), **settings})
    component = v2.component("lab", html=lab.HTML, css=lab.CSS, js=lab.JS)
    component(key=Session.lab.key, data=lab.lab_data(settings), on_settings_change=turned)
    for place, text in zip(st.columns(2, gap="large"), (lesson.WHAT_IS_SHOWN, lesson.NOT_SHOWN), strict=True):
        place.markdown(text)


def turned() -> None:
    session.lab_settings = lab.settings_of(session.lab["settings"])


def paper() -> None:
    best, *others = (one for one in REPORTED if one.data == HH)
    found = reported_differences(best, others)
    left, right = st.columns([6, 5], gap="large")
    left.markdown(
        f"Win rates that [the paper](https://arxiv.org/abs/2402.10958) prints: GPT-4's verdicts on {quantity(best.n, 'prompt')}."
    )
    left.plotly_chart(lesson.reported_figure(REPORTED), key="paper", alt="Win rates that the paper reports")
    right.markdown("The paper has no intervals and no tests. These are ours: Wilson's, and a z-test of two proportions.")
    right.table(lesson.tests_table(found), alt="Our tests of the paper's differences")
    leads = ", ".join(f"{name} {wins / best.n:+.2%} (z at least {least_z(wins):.2f})" for name, wins in LLAMA.items())
    right.caption(f"{best.method} against DPO with other models: {leads}, whatever the two rates were.")
    st.info(established(best, next(one for one in others if one.method == "DPO"), found))
    st.caption(
        "One seed each, one judge: the intervals cover other prompts, not other runs. All methods answered the same prompts, "
        "so a paired test would be sharper; the single verdicts were not published."
    )


def established(best: Reported, dpo: Reported, found: list[Difference]) -> str:
    sure, p = " and ".join(one.other for one in found if one.holm < 0.05), next(one.p for one in found if one.other == dpo.method)
    return (
        f"**Established** at 5 % after Holm's correction: {best.method} beats {sure or 'none'}. **Not established**: that it "
        f"beats DPO (p = {p:.2f}). To find {100 * (best.rate - dpo.rate):.1f} points in four studies of five takes "
        f"{quantity(prompts_needed(best, dpo), 'prompt')} a method."
    )


STEPS = {"DPO": dpo, "The matrix": matrix, "τ": temperature, "Where it breaks": limits, "Try it": try_it, "The paper": paper}


def first_visit() -> None:
    """The step and the lab's settings that the address asks for; from then on the session knows better."""
    step = deep_link.asked("step")
    begun = int(step) if step.isdecimal() and 1 <= int(step) <= len(STEPS) else 1
    words = deep_link.everything()
    if not session.learn and (wrong := lab.refused_settings(words)):
        trouble(wrong, st.warning)
    session.begin({Session.learn.key: begun, Session.lab_settings.key: lab.settings_of(words)})


def go(step: int) -> None:
    session.learn = step


def choose() -> Callable[[], None]:
    now = session.learn
    chosen = list(STEPS.values())[now - 1]
    with st.container(horizontal=True):
        for step, name in enumerate(STEPS, 1):
            kind = "primary" if step == now else "secondary"
            st.button(f"{step} {name}", key=f"step-{step}", type=kind, on_click=go, args=(step,))
        st.space("stretch")
        st.button("Back", key="back", shortcut="left", on_click=go, args=(now - 1,), disabled=now == 1)
        st.button("Next", key="next", shortcut="right", on_click=go, args=(now + 1,), disabled=now == len(STEPS))
    if chosen is not try_it:  # which adds its settings
        deep_link.become({"step": str(now)})
    return chosen


here.owner_only()
st.title("Learn")
first_visit()
choose()()
