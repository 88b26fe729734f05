"""The environment variables that people already use, and the keys that they override.

    DISCORD_BOT_TOKEN   discord.token
    REDIS_URL           redis.url
    AWS_…               s3.…, by the names that Amazon's own tools read
    DATABASE_URL        database.url, or in parts:
    DB_TYPE=postgres with DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME

DB_TYPE switches the parts on, so that a DB_HOST that is meant for another program changes nothing.
An empty variable is one that is not set: that is what compose files make of a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from clipsaver.errors import Problem

WHOLE: Final = {
    "DISCORD_BOT_TOKEN": "discord.token",
    "REDIS_URL": "redis.url",
    "DATABASE_URL": "database.url",
    "AWS_ACCESS_KEY_ID": "s3.access_key_id",
    "AWS_SECRET_ACCESS_KEY": "s3.secret_access_key",
    "AWS_SESSION_TOKEN": "s3.session_token",
    "AWS_REGION": "s3.region",
    "AWS_DEFAULT_REGION": "s3.region",
    "AWS_ENDPOINT_URL_S3": "s3.endpoint",
    "AWS_ENDPOINT_URL": "s3.endpoint",
}
PARTS_SWITCH: Final = "DB_TYPE"
_POSTGRES_NAMES = ("postgres", "postgresql")


@dataclass(frozen=True, slots=True)
class Override:
    """A value from outside of the configuration file."""

    value: str
    where: str
    """`environment`, or the path of the `.env` file."""
    variable: str


def overrides(
    environ: Mapping[str, str],
    dotenv: Mapping[str, str],
    *,
    dotenv_path: str,
    resolve: Callable[[str], str],
) -> tuple[dict[str, Override], tuple[Problem, ...]]:
    """The keys that the environment and, below it, the `.env` file override.

    `resolve` turns a `file:PATH` or `env:NAME` into what it stands for (a password can be one);
    it raises ValueError where it cannot.
    """
    found: dict[str, Override] = {}
    problems: list[Problem] = []
    merged = {**dotenv, **{name: value for name, value in environ.items() if value}}
    for where, layer in (("environment", environ), (dotenv_path, dotenv)):
        for variable, key in WHOLE.items():
            if key not in found and layer.get(variable):
                found[key] = Override(layer[variable], where, variable)
        if "database.url" not in found and layer.get(PARTS_SWITCH):
            url = ""
            try:
                url = _from_parts(merged, resolve)
            except _BadPart as bad:
                problems.append(Problem(where, bad.variable, str(bad)))
            found["database.url"] = Override(url, where, PARTS_SWITCH)
    return {key: each for key, each in found.items() if each.value}, tuple(problems)


class _BadPart(ValueError):
    def __init__(self, variable: str, message: str) -> None:
        super().__init__(message)
        self.variable = variable


def _from_parts(values: Mapping[str, str], resolve: Callable[[str], str]) -> str:
    """A connection URL; what is not given is left to libpq's own defaults."""
    kind = values[PARTS_SWITCH].lower()
    if kind not in _POSTGRES_NAMES:
        raise _BadPart(PARTS_SWITCH, f"clipsaver keeps its record in postgres, not in {kind}")
    port = values.get("DB_PORT") or "5432"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise _BadPart("DB_PORT", f"expected a port from 1 to 65535, got {port!r}")
    try:
        password = resolve(values.get("DB_PASSWORD", ""))
    except ValueError as error:
        raise _BadPart("DB_PASSWORD", str(error)) from None
    user, host = values.get("DB_USER", ""), values.get("DB_HOST") or "localhost"
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    address = f"[{host}]" if ":" in host else quote(host, safe="")
    name = quote(values.get("DB_NAME", ""), safe="")
    return f"postgresql://{login}{'@' if login else ''}{address}:{port}/{name}"
