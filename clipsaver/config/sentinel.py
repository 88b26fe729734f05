"""The URL of a Redis that several sentinels watch over: its parts, and what may be wrong with it.

    redis+sentinel://[user:password@]host[:port][,host[:port]…]/SERVICE[/DB][?options]

SERVICE is the name under which the sentinels know the primary, `mymaster` in Redis' examples. User
and password are the primary's and its replicas'. `rediss+sentinel` speaks TLS with all of them.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

SENTINEL_SCHEMES = ("redis+sentinel", "rediss+sentinel")
SENTINEL_PORT = 26379
_FORM = "redis+sentinel://host:26379,host:26379/service_name/0"
_OPTIONS = ("sentinel_username", "sentinel_password", "ssl_ca_certs", "ssl_cert_reqs")
_LAST_PYTHON = (3, 13)
"""trio-asyncio 0.16 does not import on a newer one (its issue 160)."""


@dataclass(frozen=True, slots=True)
class SentinelUrl:
    """Where the sentinels are, what they watch over, and how to introduce ourselves."""

    sentinels: tuple[tuple[str, int], ...]
    """Host and port of each."""
    service: str
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    """The sentinels' own; they have none unless they are told to."""
    is_encrypted: bool = False
    ca_certs: str | None = None
    """A file; None is what the system trusts."""
    cert_reqs: str = "required"

    def __str__(self) -> str:
        return f"the primary {self.service!r}"


def is_sentinel_url(url: str) -> bool:
    """Whether the URL says that it names sentinels."""
    return url.partition("://")[0].lower() in SENTINEL_SCHEMES


def parse_sentinel_url(url: str, python: tuple[int, int] = sys.version_info[:2]) -> SentinelUrl:
    """Raises ValueError that says what is wrong with the URL, or with the `python` in use."""
    scheme, _, rest = url.partition("://")
    if python > _LAST_PYTHON:
        raise ValueError(
            "Sentinel needs trio-asyncio, which does not run on Python 3.14 and newer: use Python "
            f"{_LAST_PYTHON[0]}.{_LAST_PYTHON[1]} or older, or name one server"
        )
    place, _, query = rest.partition("?")
    authority, _, path = place.partition("/")
    login, _, hosts = authority.rpartition("@")
    username, _, password = (unquote(part) for part in login.partition(":"))
    service, db = _path(path)
    options = _options(query)
    is_encrypted = scheme.lower() == "rediss+sentinel"
    if not is_encrypted and any(name.startswith("ssl_") for name in options):
        raise ValueError("its ssl_ options are for rediss+sentinel://")
    return SentinelUrl(
        sentinels=tuple(_host(host) for host in hosts.split(",")),
        service=service,
        db=db,
        username=username or None,
        password=password or None,
        sentinel_username=options.get("sentinel_username"),
        sentinel_password=options.get("sentinel_password"),
        is_encrypted=is_encrypted,
        ca_certs=options.get("ssl_ca_certs"),
        cert_reqs=options.get("ssl_cert_reqs", "required"),
    )


def _path(path: str) -> tuple[str, int]:
    found = re.fullmatch(r"([^/]+)(?:/([0-9]{0,9}))?", path)
    if found is None:
        raise ValueError(f"expected a service and the number of a database, as in {_FORM}")
    return unquote(found[1]), int(found[2] or 0)


def _host(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or "@" in text:
        raise ValueError(
            f"expected hosts and ports of sentinels, as in {_FORM}; in a password, write / as %2F, "
            "@ as %40, : as %3A, ? as %3F and % as %25"
        )
    return host, port or SENTINEL_PORT


def _options(query: str) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.keys() - set(_OPTIONS):  # not named: what seems to be one may be of a password
        raise ValueError(f"it has an option that is not known; there are {', '.join(_OPTIONS)}")
    if options.get("ssl_cert_reqs", "required") not in ("required", "none"):
        raise ValueError("ssl_cert_reqs has to be required or none")
    return options
