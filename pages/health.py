"""Health: how far an embedding can be trusted to say which prompts are alike, in a sentence and in figures."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared import here, hub
from pages.shared.plain import plain, trouble
from rpo import embeddings, jobs, preferences, weights
from rpo.charts.health import cosines_figure
from rpo.embeddings import Grade, Health, Scene
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, View

TONES = {Grade.GOOD: st.success, Grade.FAIR: st.warning, Grade.POOR: st.error}


@dataclass(frozen=True)
class Choice:
    """Whose health: the data, the encoder, and what it reads of a prompt."""

    source: str
    encoder: str
    view: View


def choose() -> Choice:
    first, second, third = st.columns([3, 3, 2])
    set_before = st.session_state
    asked = st.query_params.get("data", set_before.get("data", EMBEDDED))
    names = list(dict.fromkeys([*preferences.shelf(), asked]))
    source = first.selectbox("Data", names, names.index(asked))
    given = st.query_params.get("encoder", set_before.get("encoder", weights.ENCODER))
    encoder = hub.changed(second.text_input("Encoder", given), given)
    view = third.selectbox("It reads", list(View), list(View).index(reads()))
    set_before["data"], set_before["encoder"], set_before["reads"] = source, encoder, view
    st.query_params.from_dict({"data": source, "encoder": encoder, "reads": str(view)})
    return Choice(source, encoder, view)


def reads() -> View:
    """What the address asks for, else what was chosen before."""
    asked = st.query_params.get("reads", st.session_state.get("reads", View.LAST_TURN))
    return next((view for view in View if view == asked), View.LAST_TURN)


def opened(choice: Choice) -> Scene | None:
    """The map as far as it is drawn, as soon as the nearest prompts are found."""
    folder = embeddings.request(choice.source, choice.encoder, choice.view)
    graph = embeddings.neighbour_graph(folder)
    if graph is None:
        return waiting(folder)
    drawn = embeddings.opened(folder, embeddings.method(folder))
    return Scene(preferences.load(choice.source), drawn, graph, folder, choice.view)


@st.fragment(run_every=1.0)
def waiting(folder: Path) -> None:
    state = jobs.look(folder)
    if embeddings.neighbour_graph(folder):
        st.rerun(scope="app")
    if state.active:
        st.progress(state.progress, f"It is measured once the nearest prompts of every prompt are found: {plain(state.message)}")
    else:
        trouble(f"The map was not finished: {state.message}")
        st.button("Try again", on_click=embeddings.again, args=(folder,))


@st.cache_data(max_entries=8, show_spinner="Measuring the embedding")
def health(place: tuple[Path, str, bool], _scene: Scene) -> Health | None:
    return _scene.health()


def told(found: Health) -> None:
    judged = embeddings.judge(found)
    TONES[judged.grade](plain(judged.sentence))
    for note in judged.notes:
        st.markdown(f"- {plain(note)}")


def figures(found: Health) -> None:
    places = [*st.columns(4), *st.columns(4)]
    for place, (title, (value, meaning)) in zip(places, embeddings.in_words(found).items(), strict=True):
        place.metric(title, value, help=meaning)


def hubs(scene: Scene, choice: Choice, found: Health) -> None:
    st.markdown("**Hubs**: the prompts that are most often among the nearest of others; select one to see it on the map")
    table = [{"lists": count, "prompt": preferences.headline(scene.drawn.prompts[row])} for row, count in found.hubs]
    narrow = {"lists": st.column_config.NumberColumn(width="small")}
    options = {"selection_mode": "single-row", "on_select": "rerun", "column_config": narrow, "hide_index": True}
    for place in st.dataframe(table, key="hubs", width="content", **options).selection.rows:
        st.switch_page("explore.py", query_params={"data": choice.source, "prompt": str(found.hubs[place][0])})


def draw(scene: Scene, choice: Choice, found: Health) -> None:
    told(found)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Cosines** of random pairs, and of each prompt to its nearest")
        st.plotly_chart(cosines_figure(found), key="cosines", config={"displayModeBar": False})
    with right:
        figures(found)
    hubs(scene, choice, found)
    st.caption(f"{found.count:,} of {found.count:,} prompts; the picture is a {scene.drawn.method.upper()}.")


here.owner_only()
st.title("Health")
st.markdown("How far this encoder can be trusted to say which of your prompts are alike: RPO weighs by nothing else.")
try:
    choice = choose()
    hub.offer(choice.source, choice.encoder)
    preferences.load(choice.source)
    if not weights.ready(choice.encoder):
        st.info("It needs the demo encoder, which is not here yet. Set up fetches it; any other encoder works without.")
        st.page_link("start.py", label="Set up", icon=":material/download:")
        st.stop()
    scene = opened(choice)
    found = health(scene.place, scene) if scene else None
    if scene and found:
        draw(scene, choice, found)
except RpoError as error:
    trouble(error)
