"""What the URLs of the configuration may look like; each check answers with what is wrong."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from clipsaver.config.model import EMBEDDED
from clipsaver.config.sentinel import is_sentinel_url, parse_sentinel_url
from clipsaver.config.storage_url import parse_storage

# libpq's connection string: `keyword = value` with quotes and backslashes.
_CONNINFO = re.compile(r"(?:\s*\w+\s*=\s*(?:'(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)*)(?=\s|\Z))+\s*\Z")
# In lower case, as URLs are compared; IPv6 in brackets.
_MEDIA_HOST = re.compile(r"(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?")
_OTHERS_FORMS = ("sentinel", "sentinels", "redis-sentinel", "rediss-sentinel")
"""Of Sentinel, in other programs."""


def wrong_with_api_url(url: str) -> str | None:
    """Why this cannot be Discord's API, or None. The token goes there, so it has to be https."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "expected a URL such as https://discord.com/api/v10"
    if parts.scheme not in ("https", "http") or not host:
        return "expected a URL such as https://discord.com/api/v10"
    if parts.scheme == "http" and not _is_loopback(host):
        return f"the bot's token would go to {host} unencrypted; use https"
    if parts.username is not None or parts.query or parts.fragment:
        return "expected only scheme, host and path"
    return None


def wrong_with_media_hosts(hosts: tuple[str, ...]) -> str | None:
    """Why one of these is not a host that media can come from, or None."""
    for host in hosts:
        try:
            parts = urlsplit(f"//{host}")
            _ = parts.port
        except ValueError:
            return f"{host!r} is not a host, nor a host and a port"
        if not _MEDIA_HOST.fullmatch(host):
            return (
                f"expected hosts alone, such as cdn.discordapp.com or 127.0.0.1:8765, not {host!r}"
            )
    return None


def wrong_with_redis_url(url: str) -> str | None:
    """Why this cannot name a Redis, or None."""
    if url == EMBEDDED:
        return None
    scheme = url.partition("://")[0].lower()
    if "cluster" in scheme:
        return (
            "Cluster is not in this version: name one server as redis://host, or the sentinels "
            "that watch over it as redis+sentinel://host:26379,host:26379/service_name"
        )
    if scheme in _OTHERS_FORMS:
        return "for Sentinel write redis+sentinel://host:26379,host:26379/service_name"
    if is_sentinel_url(url):
        return _wrong_with_sentinel_url(url)
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # its words may quote the password
        return "not a URL; in a password, write / as %2F, @ as %40, : as %3A and % as %25"
    if parts.scheme == "unix":
        is_path = parts.path.startswith("/") and not parts.hostname
        return None if is_path else "expected unix:///path/of/the.socket, with three slashes"
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        return (
            'expected "embedded", redis://host, rediss://host, unix:///path or '
            "redis+sentinel://host,host/service_name"
        )
    if not re.fullmatch(r"/?[0-9]{0,9}", parts.path):
        return f"expected the number of a database after the host, got {parts.path!r}"
    return None


def _wrong_with_sentinel_url(url: str) -> str | None:
    try:
        parse_sentinel_url(url)
    except ValueError as error:
        return str(error)
    return None


def wrong_with_database_url(url: str) -> str | None:
    """Why this cannot name a PostgreSQL, or None; libpq has the last word when it connects."""
    if url == EMBEDDED or _CONNINFO.fullmatch(url):
        return None
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme in ("postgresql", "postgres") and not re.search(r"\s", url):
        return None
    if scheme.startswith(("postgresql+", "postgres+")):
        return f"leave the driver out: postgresql://… instead of {scheme}://…"
    return 'expected "embedded", postgresql://user@host/name or "host=… dbname=…"'


def wrong_with_storage(text: str) -> str | None:
    """Why this can name neither a folder nor a bucket, or None."""
    try:
        parse_storage(text)
    except ValueError as error:
        return str(error)
    return None


def wrong_with_endpoint(url: str) -> str | None:
    """Why this cannot be a server that speaks S3, or None; "" is Amazon's."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "expected a URL such as https://minio.example:9000"
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "expected a URL such as https://minio.example:9000"
    if parts.username is not None:
        return "keys do not belong here: they are s3.access_key_id and the one below it"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return "expected only scheme, host and port; the bucket is in thumbnails.storage"
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
