"""Health: how far an embedding can be trusted to say which prompts are alike, in a sentence and in figures."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared import deep_link, here, hub, pickers
from pages.shared.job_progress import follow_map
from pages.shared.plain import plain, trouble
from pages.shared.prompt_list import table
from pages.shared.session import session
from rpo import embeddings, preferences
from rpo.charts.health import cosines_figure
from rpo.embeddings import Grade, Health, Scene
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import View

WAITING = "It is measured once the nearest prompts of every prompt are found: "
TONES = {Grade.GOOD: st.success, Grade.FAIR: st.warning, Grade.POOR: st.error}


@dataclass(frozen=True)
class Choice:
    """Whose health: the data, the encoder, and what it reads of a prompt."""

    source: str
    encoder: str
    view: View


def choose() -> Choice:
    first, second, third = st.columns([3, 3, 2])
    session.data = source = pickers.data(place=first)
    session.encoder = encoder = pickers.encoder(second, "health_encoder", deep_link.asked("encoder", session.encoder))
    session.reads = view = pickers.reads(third, reads())
    deep_link.become({"data": source, "encoder": encoder, "reads": str(view)})
    return Choice(source, encoder, view)


def reads() -> View:
    """What the address asks for, else what was chosen before."""
    asked = deep_link.asked("reads", session.reads)
    return next((view for view in View if view == asked), View.LAST_TURN)


def opened(choice: Choice) -> Scene | None:
    """The map as far as it is drawn, as soon as the nearest prompts are found."""
    folder = embeddings.request_map(choice.source, choice.encoder, choice.view)
    graph = embeddings.neighbour_graph(folder)
    if graph is None:
        follow_map(folder, lambda: embeddings.neighbour_graph(folder) is not None, WAITING)
        return None
    drawn = embeddings.open_map(folder, embeddings.method(folder))
    return Scene(preferences.load(choice.source), drawn, graph, folder, choice.view)


@st.cache_data(max_entries=8, show_spinner="Measuring the embedding")
def health(place: tuple[Path, str, bool, bool], _scene: Scene) -> Health | None:
    return _scene.health()


def verdict(found: Health) -> None:
    judged = embeddings.judge(found)
    TONES[judged.grade](plain(judged.sentence))
    for note in judged.notes:
        st.markdown(f"- {plain(note)}")


def figures(found: Health) -> None:
    places = [*st.columns(4), *st.columns(4)]
    for place, (title, (value, meaning)) in zip(places, embeddings.findings(found).items(), strict=True):
        place.metric(title, value, help=meaning)


def hubs(scene: Scene, choice: Choice, found: Health) -> None:
    st.markdown("**Hubs**: the prompts that are most often among the nearest of others; select one to see it on the map")
    rows, counts = [row for row, _ in found.hubs], [count for _, count in found.hubs]
    for place in table(scene.drawn, "hubs", rows, {"lists": counts}, "rerun", form=None, width="content"):
        st.switch_page("explore.py", query_params={"data": choice.source, "prompt": str(found.hubs[place][0])})


def draw(scene: Scene, choice: Choice, found: Health) -> None:
    verdict(found)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Cosines** of random pairs, and of each prompt to its nearest")
        st.plotly_chart(
            cosines_figure(found),
            key="cosines",
            alt="How cosines of random pairs and of nearest prompts spread",
            config={"displayModeBar": False},
        )
    with right:
        figures(found)
    hubs(scene, choice, found)
    st.caption(f"{found.count:,} of {quantity(found.count, 'prompt')}; the picture is a {scene.drawn.method.upper()}.")


here.owner_only()
st.title("Health")
st.markdown("How far this encoder can be trusted to say which of your prompts are alike: RPO weighs by nothing else.")
try:
    choice = choose()
    hub.offer(choice.source, choice.encoder)
    preferences.load(choice.source)
    hub.need(choice.source, choice.encoder, "It needs")
    scene = opened(choice)
    found = health(scene.place, scene) if scene else None
    if scene and found:
        draw(scene, choice, found)
except RpoError as error:
    trouble(error)
