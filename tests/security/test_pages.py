"""Every page, in a home whose every text is an attack: what Streamlit takes for markdown or HTML holds none of them as it is."""

import json
import re

import orjson
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.data.columns import RECOGNISE
from pages.shared.plain import plain
from rpo import jobs, storage
from rpo.components.side_by_side.changes import CHANGES_STYLE
from rpo.components.side_by_side.read_pair import PAIR_STYLE
from rpo.judging import judgings
from rpo.preferences import Way
from rpo.voting import Ballots
from rpo.voting.access import Access
from rpo.weights import ENCODER
from tests.pages.conftest import APP, browser, button, drawn, own_main, paper, press, visit
from tests.pages.conftest import said as message
from tests.security.hostile import ALL, ATTACKS, BROKEN, DATA, RUN, furnish

pytestmark = pytest.mark.weights  # together they take seconds

__all__ = ["browser", "own_main", "visit"]
LETTERS = {  # what Streamlit shows as letters; each was looked at in a browser
    *("Text.body", "Code.code_text", "Json.body", "Selectbox.options", "Selectbox.raw_value", "MultiSelect.options"),
    *("TextInput.default", "TextInput.value", "TextArea.default", "TextArea.value", "PageLink.query_string"),
}
HTML = ("<a ", "<img ")  # what Plotly would render
OWN = ("data", "health", "compare", "explore", "tune")  # pages that name data or an encoder in their address


@pytest.fixture(autouse=True)
def owner(browser, rpo_home):
    """The visitor is the owner: raters with attacks for names have been invited."""
    door = Access(Ballots.here())
    browser.cookies[door.cookie] = door.ballots.owner.sign_in()


OURS = re.compile(r"</?(p|em|b|div|small|ins|del|m[a-z]+|bdi|ul|li|q|span|details|summary)[ >]")


def said(message):
    """Each text of an element, with the name of its field."""
    for field, value in message.ListFields():
        name = f"{message.DESCRIPTOR.name}.{field.name}"
        for one in value if isinstance(value, list | tuple) or hasattr(value, "add") or hasattr(value, "append") else [value]:
            if isinstance(one, str):
                yield name, one
            elif hasattr(one, "ListFields"):
                yield from said(one)


def elements(node):
    yield node
    for child in getattr(node, "children", {}).values():
        yield from elements(child)


def texts(at):
    """All texts of a page that are not known to be shown as letters, and how many there are of each field."""
    protos = [node.proto for node in elements(at._tree) if hasattr(getattr(node, "proto", None), "ListFields")]
    return [(name, text) for proto in protos for name, text in said(proto) if name not in LETTERS and not name.endswith(".id")]


def harmless(at):
    """No attack stands anywhere as it was brought; pictures have no tag of ours in what they draw."""
    found = texts(drawn(at))
    assert len(found) > 3
    for name, text in found:
        if name == "PlotlyChart.spec":
            pictured(orjson.loads(text))
        elif '<div class="changes">' in text:  # HTML of ours, in which an address is letters
            tags = re.findall("<[^>]*>", text.replace(CHANGES_STYLE, "").replace(PAIR_STYLE, ""))
            assert [tag for tag in tags if not OURS.match(tag) or re.search(r"src|href|\bon", tag)] == []
        elif not name.startswith("BidiComponent"):  # those set text, and the pair's HTML has tests of its own
            assert not any(attack in text for attack in ATTACKS), (name, text)
    return at


def pictured(part):
    if isinstance(part, str):
        assert not any(tag in part for tag in HTML), part
    elif isinstance(part, dict | list):
        for one in part.values() if isinstance(part, dict) else part:
            pictured(one)


def shows(at, text=ALL):
    """Whether the page says this text at all: else nothing was tested."""
    return any(plain(text) in one for _, one in texts(at))


@pytest.fixture
def panel(rpo_home):
    return furnish()


def test_panels(visit, panel):
    at = harmless(visit("panels", panel=panel))
    assert shows(at)
    assert shows(at, ATTACKS[0])
    next(one for one in at.text_input if one.label == "Takes over").set_value(ATTACKS[2]).run()
    harmless(button(at, "Hand over").click().run())
    at.segmented_control[0].set_value("two runs").run()
    harmless(at)


def test_vote(visit, panel):
    at = harmless(visit("vote", panel=panel, rater=ATTACKS[0]))
    assert shows(at, ATTACKS[0])  # their name
    at.session_state["back"] = True  # the section of earlier votes, opened
    assert shows(harmless(at.run()), f"{ATTACKS[0]} 0")
    other = harmless(visit("vote", panel=panel, rater=ATTACKS[3]))
    sent = paper(other)
    assert (sent["rubric"], sent["tags"]) == (ALL, list(ATTACKS))  # set as text
    assert sent["practice"] == {}  # nothing of the organiser's before the rater's own word
    other = press(other, {**message(sent, "Tie"), "act": "practise"})
    assert paper(other)["practice"]["because"] == ALL  # set as text
    other = press(other, {**message(paper(other), "Tie"), "act": "onward"})
    for shown in (sent, paper(other)):
        html = [shown["prompt"], shown["guideline"], *shown["answers"], *(shown["marked"] or [])]
        assert shown["second"] == ALL  # set as text
        assert not re.search("<(?!/?(p|em|math|m[a-z]+)[ >])", "".join(html))


@pytest.mark.parametrize("rater", [ATTACKS[0], ATTACKS[4], ALL])
def test_vote_by_a_link_with_a_name(visit, panel, rater):
    assert shows(harmless(visit("vote", panel=panel, rater=rater)), rater)


def test_results(visit, panel):
    at = harmless(visit("results", panel=panel, show="1"))
    assert shows(at, ATTACKS[4])
    assert len(at.get("plotly_chart")) >= 4


def test_judge(visit, panel):
    at = harmless(visit("judge", panel=panel))
    assert shows(at)
    with jobs.work(judgings(panel)[0].folder) as report:
        report(0.4, ALL)
        report.write()
        assert shows(harmless(visit("judge", panel=panel)))


def test_watch(visit, panel):
    for name in (RUN, BROKEN):
        assert shows(harmless(visit("watch", run=name)), ALL if name == RUN else ATTACKS[0])
    at = visit("watch", run=RUN)
    at.segmented_control[0].set_value("Sweeps").run()
    assert shows(harmless(at))
    with jobs.work(storage.folder("runs", RUN)) as report:
        report(0.4, ALL)
        report.write()
        assert shows(harmless(visit("watch", run=RUN)))


def test_train(visit, panel):
    at = visit("train")
    for label in ("Model", "Encoder", "Adapted layers", "Values of τ", "Where"):
        next(one for one in at.text_input if one.label == label).set_value(ALL).run()
        harmless(at)


@pytest.mark.weights
@pytest.mark.parametrize("page", OWN)
@pytest.mark.parametrize("attack", [ATTACKS[0], ALL])
def test_an_address_with_data_and_encoder(visit, panel, page, attack):
    harmless(visit(page, data=attack, encoder=attack, prompt=attack, run=attack))


def test_data(visit, panel):
    harmless(visit("data", data=DATA))
    at = visit("data")
    at.session_state["part"] = DATA, [f"{ATTACKS[0]} 0?"], ALL
    assert shows(harmless(at.run()), DATA)


@pytest.mark.weights
@pytest.mark.parametrize("name", ["mine.jsonl", DATA])
@pytest.mark.parametrize("way", [RECOGNISE, Way.LIKED])
def test_a_file_before_it_is_kept(visit, panel, name, way):
    """Names of columns, values, notes, rules and texts are anybody's."""
    row = {
        "prompt": ALL,
        "chosen": ALL,
        "rejected": f"no {ALL}",
        ALL: ALL,
        ATTACKS[0]: 7,
        "split": ATTACKS[0],
        "rating": ATTACKS[1],
    }
    rows = [{**row, "prompt": f"{attack} {n}", "chosen": attack} for n, attack in enumerate(ATTACKS)]
    at = visit("data")
    content = "\n".join(map(json.dumps, [*rows, rows[0], {**row, "images": ALL}])).encode()
    harmless(at.file_uploader[0].set_value((name, content, "application/jsonl")).run())
    harmless(next(box for box in at.selectbox if box.label == "A row is").set_value(way).run())
    harmless(next(box for box in at.selectbox if box.label == "Split").set_value("").run())
    assert way is Way.LIKED or any(ATTACKS[0] in text.value for text in at.text)


def test_set_up(visit, panel):
    with jobs.work(storage.folder("weights", "fetch")) as report:
        report(0.4, ALL)
        report.write()
        assert shows(harmless(visit("setup")))


def test_the_door(visit, panel, browser):
    browser.cookies.clear()
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.query_params["seat"] = at.query_params["invite"] = ALL
    assert not any(attack in text for attack in ATTACKS for _, text in texts(drawn(at.run())))


@pytest.mark.weights
def test_where_a_map_is_drawn(visit, attacks_drawn):
    furnish(ENCODER)
    for page in ("explore", "health", "compare", "tune"):
        at = harmless(visit(page, data=DATA, prompt="0", rows="0,1"))
        assert at.get("plotly_chart") or at.get("bidi_component")
        assert page == "tune" or not at.error
