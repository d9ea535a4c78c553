"""Another encoder beside this one on the page Tune: the same batch as each of them sees it"""

from typing import Any

import streamlit as st

from pages.parts.tune.batch import Look
from pages.parts.tune.visit import show
from pages.shared.plain import plain
from pages.shared.session import session
from rpo import embeddings, preferences, tuning
from rpo.charts.contrast import matrix_figure
from rpo.contrast import ContrastMatrix
from rpo.preferences import View
from rpo.tuning import Point, Sample, Tuning

LINE = 120  # characters of a prompt that an encoder cuts


def encoders(seen: Look, choice: Tuning, contrast: ContrastMatrix) -> None:
    first, second = (choice.encoder, choice.view), other_encoder(choice)
    if same_for(seen.sample, first, second):
        st.caption("Name another encoder: this one reads the same of these prompts, so both pictures would be one.")
        beside(*first, seen.cosines, seen.sample, contrast, "beside-0")
        return
    cosines = tuning.cosines(seen.sample, preferences.load(choice.source), *second)
    compared(seen, cosines, plain(", ".join(second)))
    for at, (place, side) in enumerate(zip(st.columns(2), ((*first, seen.cosines), (*second, cosines)), strict=True)):
        with place:
            beside(*side, seen.sample, contrast, f"beside-{at}")


def other_encoder(choice: Tuning) -> tuple[str, View]:
    """The second encoder, and what it reads."""
    left, right = st.columns([4, 2])
    asked, display = "A Hugging Face id or a local folder", session.display
    named = left.text_input("The second encoder", display.beside, placeholder=asked, key="other", help=asked)
    reads = right.selectbox("The second encoder reads", list(View), list(View).index(display.beside_reads), key="other-reads")
    show(beside=named.strip(), beside_reads=reads)
    return named.strip() or choice.encoder, reads


def same_for(sample: Sample, one: tuple[str, View], other: tuple[str, View]) -> bool:
    """Whether both encoders are one, and read the same of each prompt."""
    prompts = {*sample.chosen, *sample.rejected}
    return one[0] == other[0] and all(one[1].of(prompt) == other[1].of(prompt) for prompt in prompts)


def beside(name: str, view: View, cosines: Any, sample: Sample, contrast: ContrastMatrix, key: str) -> None:
    st.markdown(f"**{plain(name)}**, {view}")
    weighed = tuning.contrast_of(sample, cosines, session.point, contrast.beta)
    st.plotly_chart(matrix_figure(weighed, sample.chosen, sample.rejected), key=key, alt="Weights of the batch by this encoder")
    st.caption(read(cosines, sample.paired))
    cut(name, view, sample)


def compared(first: Look, second: Any, name: str) -> None:
    paired, point = first.sample.paired, session.point
    shared = tuning.encoder_agreement(first.cosines, second, paired)
    st.markdown(f"They share **{shared:.0%}** of each row's nearest answers. {same_point(first, second, name, paired, point)}")


def same_point(first: Look, second: Any, name: str, paired: bool, point: Point) -> str:
    """What gives the other encoder the point that stands on the left."""
    if not point.by_tau:
        return "Dials mean the same for both: own share and effective others are equal, only which others differ."
    found = tuning.same_point(first.cosines, second, point, paired)
    if found.reached:
        return f"For the point of τ = {point.tau:g} on the left, {name} needs **τ = {found.tau:.3g}**."
    return f"No τ gives {name} the point of τ = {point.tau:g} on the left; the nearest is τ = {found.tau:.3g}."


def read(cosines: Any, paired: bool) -> str:
    """What these cosines come to at the point."""
    found = tuning.shares_at(session.point, cosines, paired)
    return f"{tuning.in_figures(found, cosines.shape[1] - paired)}; their mean cosine is {found.cosine:.3f}".capitalize()


def cut(name: str, view: View, sample: Sample) -> None:
    asked = list(dict.fromkeys((*sample.chosen, *sample.rejected)))
    longer = [view.of(prompt) for prompt, over in zip(asked, embeddings.cut(asked, name, view), strict=True) if over]
    st.caption(f"Prompts it cuts: {len(longer)} of {len(asked)}.")
    if longer:
        with st.expander("Which"):
            for text in longer[:20]:
                st.text(preferences.brief(text, LINE))
