"""The files of `ops` for the two stores, applied to real servers as an operator would."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import redis

from clipsaver.cli.psql import find_psql, libpq_environment
from clipsaver.database import migrations
from clipsaver.trio_io.postgres import TrioConnection

ROOT = Path(__file__).parents[2]
USERS_FILE = ROOT / "ops/redis/users.acl"
ROLES = ROOT / "ops/postgresql/roles.sql"
PASSWORD = "of-all-users"
_HASH = hashlib.sha256(PASSWORD.encode()).hexdigest()


def users_file() -> str:
    """What a server is given as its `aclfile`: all users with one password."""
    return re.sub(r"#[A-Z]+_SHA256\b", f"#{_HASH}", USERS_FILE.read_text("utf-8"))


def rules_by_user() -> dict[str, list[str]]:
    """The rules of each user as ACL SETUSER takes them: a selector is one word of it."""
    found: dict[str, list[str]] = {}
    for line in users_file().splitlines():
        _, name, rules = line.split(" ", 2)
        found[name.removeprefix("clipsaver-")] = re.findall(r"\([^)]*\)|\S+", rules)
    return found


def add_users(client: redis.Redis) -> None:
    """The users of the file, beside the one that the tests are, on a server that runs."""
    for name, rules in rules_by_user().items():
        if name != "default":
            client.execute_command("ACL SETUSER", f"clipsaver-{name}", "reset", *rules)
    client.execute_command("ACL LOG", "RESET")


def remove_users(client: redis.Redis) -> None:
    """As it was before."""
    client.execute_command("ACL DELUSER", *[f"clipsaver-{name}" for name in rules_by_user()])


def redis_as(user: str, url: str) -> str:
    """The URL of a server's socket, for a user of the file."""
    return url.replace("unix://", f"unix://clipsaver-{user}:{PASSWORD}@")


def refusals(client: redis.Redis) -> list[str]:
    """What the server has refused to its users: who, what, and in which context."""
    told: list[dict[str, Any]] = client.acl_log(count=100)
    return [f"{one['username']}: {one['object']} ({one['context']})" for one in told]


def database_as(role: str, url: str) -> str:
    """The URL of a database of the tests, for a role of the file."""
    return url.replace("clipsaver@", f"clipsaver_{role}@")


def drop_roles(admin: psycopg.Connection[Any]) -> None:
    """With all that they have in this database."""
    for role in ("worker", "operator", "privacy", "owner"):
        admin.execute(f"drop owned by clipsaver_{role} cascade")  # type: ignore[arg-type]
        admin.execute(f"drop role clipsaver_{role}")  # type: ignore[arg-type]


async def migrated(database_url: str) -> None:
    """As the file asks for: it, the tables by their owner, and the file once more; by psql, too."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(ROLES.read_bytes())
    owner = await TrioConnection.connect(database_as("owner", database_url), autocommit=True)
    assert await migrations.migrate(owner, "clipsaver")
    await owner.close()
    psql(database_url, ROLES.read_text("utf-8"))


def psql(database_url: str, text: str) -> None:
    """What psql is given; its first error ends it."""
    ended = subprocess.run(
        [find_psql(), "-q", "-v", "ON_ERROR_STOP=1"],
        env=os.environ | libpq_environment(database_url),
        input=f"set client_min_messages to warning;\n{text}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", ""), ended
