"""Learn: a lesson of ten minutes in eight steps: two real answers first, the formula later, three methods that train."""

import streamlit as st

from pages.parts.learn.bar import bar
from pages.parts.learn.lab import LAB
from pages.parts.learn.limits import LIMITS
from pages.parts.learn.paper import PAPER
from pages.parts.learn.recap import RECAP
from pages.parts.learn.stage import show
from pages.parts.learn.tau import TAU
from pages.parts.learn.two import FORMULA, NEAR, PAIR
from pages.shared import deep_link, here
from pages.shared.plain import trouble
from pages.shared.session import Session, session
from rpo.components import lab
from rpo.teaching import two
from rpo.teaching.steps import ALL_STEPS, LessonStep, step_of

SCENES = {
    LessonStep.PAIR: PAIR,
    LessonStep.NEAR: NEAR,
    LessonStep.FORMULA: FORMULA,
    LessonStep.TAU: TAU,
    LessonStep.LAB: LAB,
    LessonStep.LIMITS: LIMITS,
    LessonStep.PAPER: PAPER,
    LessonStep.RECAP: RECAP,
}


def first_visit() -> None:
    """What the address asks for; from then on the session knows better."""
    words = deep_link.everything()
    if not session.lab_settings:
        for fault in (lab.refused_settings(words), two.refused_shown(words)):
            if fault:
                trouble(fault, st.warning)
    begun = {
        Session.learn.key: step_of(deep_link.asked("step")),
        Session.projector.key: deep_link.asked("projector") == "1",
        Session.shown.key: two.shown_of(words),
        Session.lab_settings.key: lab.settings_of(words),
    }
    session.begin(begun)


def address() -> dict[str, str]:
    """All that is not as when the lesson opens."""
    step = {} if session.learn is ALL_STEPS[0] else {"step": str(session.learn)}
    large = {"projector": "1"} if session.projector else {}
    return {**step, **large, **session.shown.address, **lab.changed_settings(session.lab_settings)}


@st.fragment
def lesson() -> None:
    """The step; what is clicked in it runs it alone."""
    show(session.learn, SCENES[session.learn])
    deep_link.become(address())


here.owner_only()
first_visit()
bar()
lesson()
