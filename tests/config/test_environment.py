"""DATABASE_URL and its parts; libpq's own parser says what the composed URL means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from clipsaver.config.environment import overrides

PARTS = {"DB_TYPE": "postgres"}


def settled(
    environ: dict[str, str], dotenv: dict[str, str] | None = None
) -> tuple[dict[str, tuple[str, str, str]], list[str]]:
    found, problems = overrides(environ, dotenv or {}, dotenv_path=".env", resolve=resolve)
    values = {key: (each.value, each.where, each.variable) for key, each in found.items()}
    return values, [str(problem) for problem in problems]


def resolve(text: str) -> str:
    if text.startswith("env:"):
        raise ValueError("that variable is not set")
    return f"content of {text}" if text.startswith("file:") else text


def composed(**parts: str) -> str:
    values, problems = settled({**PARTS, **parts})
    assert not problems
    return values["database.url"][0]


def test_parts_that_are_not_given_are_left_to_libpq() -> None:
    assert composed() == "postgresql://localhost:5432/"
    assert conninfo_to_dict(composed()) == {"host": "localhost", "port": "5432"}


part = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
hosts = st.sampled_from(["localhost", "db.internal", "10.0.0.7", "::1", "/var/run/postgresql"])


@given(user=part, password=part, name=part, host=hosts, port=st.integers(1, 65_535))
def test_whatever_the_parts_hold_libpq_gets_them(
    user: str, password: str, name: str, host: str, port: int
) -> None:
    url = composed(
        DB_HOST=host, DB_PORT=str(port), DB_USER=user, DB_PASSWORD=f" {password}", DB_NAME=name
    )
    assert conninfo_to_dict(url) == {
        "host": host,
        "port": str(port),
        "user": user,
        "password": f" {password}",
        "dbname": name,
    }


def test_a_password_can_be_a_reference() -> None:
    url = composed(DB_USER="u", DB_PASSWORD="file:/run/secret")
    assert conninfo_to_dict(url)["password"] == "content of file:/run/secret"
    assert settled({**PARTS, "DB_PASSWORD": "env:X"})[1] == [
        "environment: DB_PASSWORD: that variable is not set"
    ]


@pytest.mark.parametrize("port", ["0", "65536", "abc", "54 32", "-1", "٥٤٣٢"])
def test_a_port_is_a_number(port: str) -> None:
    values, problems = settled({**PARTS, "DB_PORT": port})
    assert values == {}
    assert problems == [f"environment: DB_PORT: expected a port from 1 to 65535, got {port!r}"]


def test_another_database_is_refused() -> None:
    assert settled({"DB_TYPE": "sqlite"})[1] == [
        "environment: DB_TYPE: clipsaver keeps its record in postgres, not in sqlite"
    ]


def test_parts_without_a_type_are_somebody_elses() -> None:
    assert settled({"DB_HOST": "h", "DB_NAME": "n"}) == ({}, [])


def test_a_whole_url_comes_before_parts_of_the_same_place() -> None:
    values, _ = settled({**PARTS, "DATABASE_URL": "postgresql://whole"})
    assert values["database.url"] == ("postgresql://whole", "environment", "DATABASE_URL")


def test_parts_of_the_environment_come_before_a_whole_url_of_dotenv() -> None:
    values, _ = settled(PARTS, {"DATABASE_URL": "postgresql://whole"})
    assert values["database.url"] == ("postgresql://localhost:5432/", "environment", "DB_TYPE")


def test_parts_may_be_spread_over_both_places() -> None:
    dotenv = {**PARTS, "DB_HOST": "h", "DB_USER": "of-dotenv"}
    values, _ = settled({"DB_USER": "u", "DB_PASSWORD": "p", "DB_HOST": ""}, dotenv)
    assert values["database.url"] == ("postgresql://u:p@h:5432/", ".env", "DB_TYPE")
