"""What a press on the page Watch does; one that is refused says why above the page that follows."""

from collections.abc import Callable
from typing import Any

from pages.shared.session import session
from rpo.errors import RpoError


def attempt(act: Callable[..., object], *about: Any) -> None:
    try:
        act(*about)
    except RpoError as error:
        session.trouble = str(error)
