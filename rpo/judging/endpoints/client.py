"""The HTTP client of a judge: it stays with the server it was given, and takes in no more than a reply can be.

The openai client follows redirects to any host and reads whatever comes whole; both can be a stranger's choice. Not the question
and not what a reply means: see `endpoint`.
"""

import time
from functools import lru_cache
from typing import Any

from rpo.errors import RpoError
from rpo.judging.endpoints.address import API_VERSION, address, parted
from rpo.judging.types import Unreached
from rpo.weights import library

MOST_BYTES = 2 << 20  # bytes of a reply, unpacked; an ordinary one has about 1,000
READABLE_ENCODINGS = {"", "identity", "gzip", "deflate"}  # each unpacks in small parts; two of them in a row need not
DIRECT = dict.fromkeys(("all://", "http://", "https://"))  # no proxy: for a proxy "this machine" is another one
HOPS = 3  # redirects that are followed


@lru_cache(maxsize=8)
def client_of(base_url: str, key: str, timeout: float) -> Any:
    """One client for all threads; `timeout` in seconds. The waiting between tries is not its business.

    Where the URL names a version, the server is of Azure's kind: the key goes in a header of that kind too.
    """
    openai, (bare, version) = library("openai"), parted(base_url)
    web = openai.DefaultHttpxClient(
        timeout=timeout,
        headers={"accept-encoding": "gzip, deflate"},
        max_redirects=HOPS,
        mounts=DIRECT if address(base_url).loopback else None,
        event_hooks={
            "request": [lambda request: _stay(request, base_url)],
            "response": [lambda response: _take(response, timeout)],
        },
    )
    azure = {"default_query": {API_VERSION: version}, "default_headers": {"api-key": key} if key else {}} if version else {}
    about = {"base_url": bare, "api_key": key or "none", "timeout": timeout, "max_retries": 0}
    return openai.OpenAI(**about, **azure, http_client=web)


def _stay(request: Any, base_url: str) -> None:
    """Refuse a request to another server before it is sent; the client's own parser compares what the client will call."""
    asked, own = request.url, type(request.url)(base_url)
    if (asked.scheme, asked.raw_host, asked.port) != (own.scheme, own.raw_host, own.port):
        there = f"{asked.scheme}://{asked.netloc.decode('ascii', 'replace')}"
        raise RpoError(
            f"a judge must answer at its own address, {base_url} sends all questions on to {there}, where nothing was sent; "
            "if you trust that server, make it the base URL"
        )


def _take(response: Any, timeout: float) -> None:
    """Read the body, unpacked, up to a limit in bytes and in seconds; it may be a redirect's or an error's as well."""
    began, size, parts = time.monotonic(), 0, []
    if (packed := response.headers.get("content-encoding", "").strip().lower()) not in READABLE_ENCODINGS:
        raise Unreached(f"the server's answer was packed as {packed[:40]!r}, only gzip and deflate are unpacked", paid=True)
    for part in response.iter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise Unreached(f"the server's answer was longer than {MOST_BYTES >> 20} MiB, is this a model's base URL?", paid=True)
        if time.monotonic() - began > timeout:
            raise Unreached(f"no whole answer within {timeout:g} s", paid=True)
        parts.append(part)
    response._content = b"".join(parts)  # as the client's own `read` keeps it; were that renamed, `read` would say "consumed"
