"""What a visitor has chosen: Streamlit's session state as one typed object, each attribute under the key of its name.

Choices, never results: those are in the library's files. Nothing here says who may come in, for a visitor can forge it: see
`here`. A widget whose key is an attribute's (`key=Session.tau.key`) holds what the attribute says.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Self, TypeVar, overload

import streamlit as st

from rpo import weights
from rpo.preferences import EMBEDDED, View
from rpo.reading import PairKind
from rpo.spec import Batching, RunSpec
from rpo.teaching.steps import LessonStep
from rpo.teaching.two import Shown
from rpo.tuning import UNTRAINED_MARGINS, Display, Picked, Point
from rpo.voting import Ballot, Seat, VoteContent

T = TypeVar("T")


class Kept(Generic[T]):
    """A choice under the key of its attribute's name; as long as there is none, the default."""

    key: str

    def __init__(self, default: T) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = name

    @overload
    def __get__(self, session: None, owner: type) -> Self: ...
    @overload
    def __get__(self, session: object, owner: type) -> T: ...
    def __get__(self, session: object | None, owner: type) -> Self | T:
        return self if session is None else st.session_state.get(self.key, self.default)

    def __set__(self, session: object, value: T) -> None:
        st.session_state[self.key] = value

    def __delete__(self, session: object) -> None:
        st.session_state.pop(self.key, None)


class Session:
    """What a visitor has chosen. It holds nothing itself, so that one object serves all visitors."""

    __slots__ = ()  # a name that is not below is refused, not kept for everybody

    # all pages
    data = Kept[str](EMBEDDED)
    encoder = Kept[str](weights.ENCODER)
    reads = Kept[View](View.LAST_TURN)
    allowed = Kept[frozenset[str]](frozenset())  # what may be fetched from the Hugging Face hub
    trouble = Kept[str]("")  # why the last click was refused
    draft = Kept[Mapping[str, Any] | None](None)  # fields of a run that another page sent to Train
    draft_name = Kept[str]("With the chosen data")
    draft_words = Kept[str]("")
    form_turn = Kept[int](0)  # how often Train began from somewhere else
    panel_run = Kept[str]("")  # the run whose answers are to be judged

    row = Kept[str]("")  # the row of the prompt that is shown on maps

    # Set up
    fetched = Kept[bool](False)  # somebody waited for the weights

    # Explore; `map` is the figure's own state
    map = Kept[Any](None)
    mapped = Kept[str]("")  # whose prompts the lasso holds
    lasso = Kept[Sequence[int]](())
    lassoing = Kept[bool](False)  # whether the pointer draws round prompts
    held = Kept[Sequence[int]](())  # what was in the lasso when the figure became another one
    links = Kept[Mapping[str, Any]]({})  # the component's own state
    link_tau = Kept[tuple[float, float] | None](None)  # of the links, and what Tune's was then
    picked = Kept[Sequence[str]](())  # prompts for Tune
    part = Kept[tuple[str, Sequence[str], str] | None](None)  # data, prompts and name of a slice for Data

    # Data
    reading_model = Kept[str]("")

    # Tune; `instrument` is the component's own state
    instrument = Kept[Mapping[str, Mapping[str, Any]]]({})
    tau = Kept[float](0.5)  # the last one that was in hand; Explore's links follow it
    point = Kept[Point](Point())
    asked = Kept[Point](Point())  # where the hand was sent to from outside, and how often
    turn = Kept[int](0)
    tune_data = Kept[str](EMBEDDED)
    view = Kept[View](View.LAST_TURN)
    size = Kept[int](8)
    batching = Kept[Batching](Batching.RANDOM)
    seed = Kept[int](0)
    beta = Kept[float](0.1)
    rows = Kept[tuple[int, ...]](())
    rows_of = Kept[str]("")
    picked_for = Kept[Picked](Picked.LOOK)
    sees = Kept[str](UNTRAINED_MARGINS)
    display = Kept[Display](Display())
    opened_address = Kept[Mapping[str, str]]({})  # the last address that somebody opened, and the one that the page wrote since
    written_address = Kept[Mapping[str, str]]({})
    tuned = Kept[Mapping[str, str]]({})  # this page's part of the address, for a return to it

    # Train
    addressed = Kept[bool](False)  # the address of the first visit was read
    fitted = Kept[RunSpec | None](None)

    # Watch
    watch_view = Kept[str]("")
    watched = Kept[str]("")
    sweep = Kept[str]("")
    run_words = Kept[str]("")  # by which the table of runs is searched
    smoothing = Kept[float](0.0)

    # Vote; `ballot` is the component's own state
    ballot = Kept[Mapping[str, Any]]({})
    name = Kept[str]("")
    drawn = Kept[Ballot | None](None)
    last = Kept[tuple[Ballot, VoteContent] | None](None)
    changing = Kept[str]("")  # the earlier pair that was opened again
    heard = Kept[int](0)  # messages of the component so far
    note = Kept[str]("")
    early = Kept[bool](False)
    questioned = Kept[Seat | None](None)  # the seat that went on to the questions across prompts
    practised = Kept[tuple[Seat, int, VoteContent | None] | None](None)  # at which practice pair a rater is, and what they said

    # Results; `pairs_table` is the table's own state
    pairs_table = Kept[Any](None)
    read_kinds = Kept[Sequence[PairKind]](())
    read_words = Kept[str]("")
    read_marked = Kept[bool](False)
    expression = Kept[str]("")

    # Learn; `lesson`, `lab` and `lesson_plane` are the components' own states
    learn = Kept[LessonStep](LessonStep.PAIR)
    guesses = Kept[Mapping[LessonStep, str]]({})  # what the reader thought before each picture
    projector = Kept[bool](False)
    beside = Kept[bool](False)  # whether the text stands beside the picture on a projector
    lesson = Kept[Mapping[str, Any]]({})
    shown = Kept[Shown](Shown())
    lesson_turn = Kept[int](0)  # how often `shown` was set from outside of the picture
    preferred = Kept[int | None](None)  # which of the first two answers was clicked
    lesson_plane = Kept[Mapping[str, Mapping[str, Any]]]({})
    lesson_point = Kept[Point](Point())
    closer_look = Kept[bool](False)  # whether the plane and its training are shown
    lab = Kept[Mapping[str, Any]]({})
    lab_settings = Kept[Mapping[str, str]]({})

    def take(self, choice: Kept[T]) -> T:
        """What was chosen, which is forgotten with that."""
        return st.session_state.pop(choice.key, choice.default)

    def begin(self, choices: Mapping[str, Any]) -> None:
        """Choices by their keys, where there is none yet."""
        for key, value in choices.items():
            st.session_state.setdefault(key, value)

    def of(self, key: str, default: Any = None) -> Any:
        """What a widget holds whose key is made as the page runs."""
        return st.session_state.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Let such a widget hold this when the page is drawn next."""
        st.session_state[key] = value


session = Session()
