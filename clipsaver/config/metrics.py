"""The section on metrics and health, and the address that it names."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct

_EXAMPLE = "127.0.0.1:9464"
_ADDRESS = re.compile(r"(?:\[(?P<ip6>[^\[\]]*)\]|(?P<host>[^\s:\[\]/@]*)):(?P<port>[0-9]{1,5})")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")


class MetricsConfig(Struct, frozen=True, kw_only=True):
    """`[metrics]`"""

    listen: Annotated[
        str,
        Meta(
            description=(
                f'Where /metrics, /healthz and /readyz are, such as "{_EXAMPLE}"; "" is nowhere.'
            ),
            extra={"expected": f'a host and a port, such as "{_EXAMPLE}"'},
        ),
    ] = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    """A name or an address, IPv6 without brackets."""
    port: int
    """0 takes a free one."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(text: str) -> Address | None:
    """The address in `metrics.listen`; None where nothing is to be served.

    Raises ValueError, which says what is wrong with it.
    """
    if not text:
        return None
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(_hint(text))
    host, port = found["ip6"] if found["host"] is None else found["host"], int(found["port"])
    if port > 65_535:
        raise ValueError(f"a port is a number up to 65535, not {port}")
    if found["ip6"] is not None and not _is_ip6(host):
        raise ValueError(f"[{host}] is no IPv6 address")
    if not host:
        raise ValueError(f"name the host as well: 127.0.0.1:{port}, or 0.0.0.0:{port} for all")
    if found["host"] and not _HOST_NAME.fullmatch(host):
        raise ValueError(_hint(text))
    return Address(host, port)


def wrong_with_listen(text: str) -> str | None:
    """Why nothing can listen there, or None."""
    try:
        parse_listen(text)
    except ValueError as error:
        return str(error)
    return None


def _hint(text: str) -> str:
    said = f"expected a host and a port, such as {_EXAMPLE}"
    if text.isascii() and text.isdigit():
        return f"{said}; for this port write 127.0.0.1:{text}"
    if "://" in text or "/" in text:
        return f"{said}, without scheme and path"
    if _is_ip6(text.rpartition(":")[0]):
        return f"{said}; an IPv6 address is written in brackets, as [::1]:9464"
    return said


def _is_ip6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
