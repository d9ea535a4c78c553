"""The app as it is, but for the voting page: each of its runs takes a second longer. Tests serve it."""

import time

import streamlit as st
from starlette.middleware import Middleware

from app import SCRIPT, opened
from pages.shared.gate import Gate
from pages.shared.sign_in import ROUTES
from rpo.voting import Booth

LATE = 1.0  # seconds
progress = Booth.progress


def late(booth):
    time.sleep(LATE)
    return progress(booth)


Booth.progress = late
app = st.App(SCRIPT, routes=ROUTES, middleware=[Middleware(Gate)], lifespan=opened)
