"""The names under which a server is reached, and which requests come from its own machine.

Not who a visitor is: see `rpo.voting.access`.
"""

import os
import socket
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from rpo.errors import RpoError

PUBLIC_URL = "RPO_PUBLIC_URL"  # the environment variable with the address that raters open
LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "cf-connecting-ip")
ESTABLISHED = "01"  # what /proc/net/tcp calls a connection that stands


def public_url() -> str:
    """The address that raters open, without a slash at its end; "" where none was given."""
    return os.environ.get(PUBLIC_URL, "").rstrip("/")


def public_host(url: str) -> str:
    """The host of a public address; one that no browser could open is refused."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
        raise RpoError(f"the public URL must be like https://votes.team.example, got {url!r}; give scheme and host, and no path")
    return parts.hostname


def names(host: str) -> tuple[str, ...]:
    """The names and addresses under which a server that listens at `host` is reached; nothing is asked of a network."""
    if host not in EVERYWHERE:
        return (host,)
    import psutil

    found = [one.address.split("%")[0] for card in psutil.net_if_addrs().values() for one in card]
    return (socket.gethostname(), *(address for address in found if _is_address(address)))


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False  # a network card's own number
    return True


def local(peer: tuple[str, int] | None, port: int, host: str, headers: Mapping[str, str]) -> bool:
    """Whether a request to our `port` comes from this machine, by this login, to a name of it, and by no proxy that says so."""
    if peer is None or name_of(host) not in LOOPBACK or any(name in headers for name in FORWARDED):
        return False
    try:
        address = ip_address(peer[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback and same_login(peer[1], port)


def name_of(host: str) -> str:
    """The name in a Host header, "" where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # a port that is no number raises
    except ValueError:
        return ""
    plain = not (parts.username or parts.password or parts.path or parts.query or parts.fragment)
    return (parts.hostname or "").rstrip(".") if plain else ""


def same_login(theirs: int, ours: int) -> bool:
    """Whether the program at the other end of a local connection between these ports runs under our login.

    Linux says so in /proc/net/tcp; elsewhere nobody says, and all of this machine count as one.
    """
    if not sys.platform.startswith("linux"):
        return True
    for table in filter(Path.exists, map(Path, ("/proc/net/tcp", "/proc/net/tcp6"))):
        for line in table.read_text().splitlines()[1:]:
            _, near, far, state, *_, login, _, _ = line.split()[:10]
            if (near.endswith(f":{theirs:04X}") and far.endswith(f":{ours:04X}")) and state == ESTABLISHED:
                return int(login) == os.getuid()
    return False


def origin_fits(origin: str, host: str) -> bool:
    """Whether a page of this origin may open a connection to us: only one that we served, under this host or the public URL."""
    if not origin:
        return True  # no browser: one always sends it
    parts = urlsplit(origin)
    ours = {host.lower(), urlsplit(public_url()).netloc.lower()} - {""}
    return parts.scheme in ("http", "https") and parts.netloc.lower() in ours
