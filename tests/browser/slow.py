"""The app as it is, but for the voting page: each of its runs takes a second longer. Tests serve it."""

import time

import streamlit as st

from app import AROUND, ROUTES, SCRIPT, opened
from rpo.voting import RaterSession

LATE = 1.0  # seconds
progress = RaterSession.progress


def late(rater_session):
    time.sleep(LATE)
    return progress(rater_session)


RaterSession.progress = late
app = st.App(SCRIPT, routes=ROUTES, middleware=AROUND, lifespan=opened)
