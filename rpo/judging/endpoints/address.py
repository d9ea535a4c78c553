"""Which base URLs a judge may be asked at: prompts, answers and a key go there, so the owner of this installation decides.

The owner lists them in `$RPO_JUDGE_URLS`. Only the plainest form of a URL is taken: what two parsers could read in two ways
(names, escapes, `..`, letters beyond ASCII) is refused, so the address that is checked is the address that is called. The one
query that is taken is `?api-version=…`, which servers of Azure's kind need.
"""

import ipaddress
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rpo.errors import RpoError

ALLOWED_URLS = "RPO_JUDGE_URLS"
USUAL = "https://api.openai.com/v1"
PORTS = {"http": 80, "https": 443}
API_VERSION = "api-version"
QUERY = rf"{API_VERSION}=([a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?)"
LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
URL_FORM = re.compile(
    rf"(https?)://({LABEL}(?:\.{LABEL})*|\[[0-9a-f:.]+\])(?::([0-9]{{1,5}}))?((?:/(?!\.\.?(?:/|$))[a-z0-9_.~:+=,-]+)*)/?(?:\?{QUERY})?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Address:
    """A base URL in parts that can be compared: `path` in segments, a default port as its number, `version` "" for none."""

    scheme: str
    host: str
    port: int
    path: tuple[str, ...]
    version: str = ""

    @property
    def loopback(self) -> bool:
        """Whether it is a server on this machine."""
        return self.host in ("localhost", "::1") or _of_this_machine(self.host)

    def within(self, allowed: "Address") -> bool:
        """Whether scheme, host and port are the same and the path goes on from the allowed one, whole segments at a time.

        An allowed URL that names a version allows that one alone; one that names none allows any.
        """
        mine, theirs = (self.scheme, self.host, self.port), (allowed.scheme, allowed.host, allowed.port)
        return mine == theirs and self.path[: len(allowed.path)] == allowed.path and allowed.version in ("", self.version)


def address(url: str) -> Address:
    """The parts of a base URL; a form that could be read in two ways is refused."""
    found = URL_FORM.fullmatch(url)
    host = _host(found[2]) if found else ""
    if not found or not host or not 0 < (port := int(found[3] or PORTS[found[1].lower()])) < 1 << 16:
        raise RpoError(
            f"a judge's URL must be http(s)://host/path in plain letters, without name, password, escapes, '..' or a query "
            f"other than ?{API_VERSION}=…, got {_shown(url)}; write it out, a host in other letters as xn--…"
        )
    return Address(found[1].lower(), host, port, tuple(filter(None, found[4].split("/"))), found[5] or "")


def parted(url: str) -> tuple[str, str]:
    """The URL without its query and last slash, and the version that the query names ("" without one), for the client to join.

    What a judge's record may hold; whether anything may be sent there is for `permit`.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:  # a bracket that is not closed
        raise RpoError(f"the base URL must be http(s)://host/path, but {error}; write it out") from error
    named = re.fullmatch(QUERY, parts.query, re.IGNORECASE | re.ASCII) if parts.query else None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or (parts.query and not named):
        raise RpoError(
            f"the base URL must be http(s)://host/path without name, password or a query other than ?{API_VERSION}=…; the key "
            "goes elsewhere"
        )
    return url.partition("?")[0].rstrip("/"), named[1] if named else ""


def permit(url: str) -> None:
    """Refuse in words if nothing may be sent to this base URL, with or without a key."""
    asked, listed = address(url), os.environ.get(ALLOWED_URLS, "").replace(",", " ").split()
    if listed:
        if any(asked.within(_listed(one)) for one in listed):
            return
        words = ", ".join(listed)
    else:
        if asked.loopback or asked.within(address(USUAL)):
            return
        words = f"{USUAL} and servers on this machine"
    raise RpoError(
        f"prompts, answers and keys go only where the owner allows it, got {_shown(url)}, and allowed are {words}; to allow it "
        f"too, list all URLs in {ALLOWED_URLS} and start rpo again"
    )


def _listed(url: str) -> Address:
    try:
        return address(url)
    except RpoError as error:
        raise RpoError(f"{ALLOWED_URLS} must list base URLs, but {error}") from error


def _host(text: str) -> str:
    """In small letters; an IPv6 address in its shortest form, "" where it is none."""
    if not text.startswith("["):
        return text.lower()
    try:
        return str(ipaddress.IPv6Address(text[1:-1]))
    except ValueError:
        return ""


def _of_this_machine(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    return "one with '@', not shown" if "@" in url else repr(url[:200])
