"""docs/database.md: its list of tables is the schema's, and what it asks to be typed works."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from benchmarks.queries import gallery_script
from clipsaver.cli.main import main
from clipsaver.database import Database
from clipsaver.errors import ExitCode
from clipsaver.trio_io.postgres import TrioConnection
from scripts.database_page import (
    CATALOG,
    PAGE,
    Query,
    part,
    queries,
    tables,
    with_part,
    with_plan,
)
from tests.database.making import rows

Conn = TrioConnection[TupleRow]
RENEW = "docs/database.md is not what the schema says; renew it: python -m scripts.database_page"


async def test_every_table_and_column_is_on_the_page(database: Database, conn: Conn) -> None:
    assert part(PAGE.read_text("utf-8"), "tables") == tables(
        await rows(conn, CATALOG, database.schema)
    ), RENEW


async def test_a_changed_comment_or_type_shows(database: Database, conn: Conn) -> None:
    before = tables(await rows(conn, CATALOG, database.schema))
    for change in (
        "comment on table guilds is 'Other.'",
        "comment on column clips.url is 'Other.'",
        "alter table clips alter column title set not null",
        "alter table runs alter column attempts type bigint",
        "drop index clips_deleted",
        "alter table thumbnails add column extra text",
    ):
        async with conn.transaction(force_rollback=True):
            await conn.execute(change)
            assert tables(await rows(conn, CATALOG, database.schema)) != before, change
    assert tables(await rows(conn, CATALOG, database.schema)) == before


# What a person types


@pytest.fixture
def shell(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """`clipsaver db shell` as a command, on migrated tables with 800 clips."""
    for name in ("DATABASE_URL", "DB_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(f'data_dir = "{tmp_path}/data"\n[database]\nurl = "{database_url}"\n')
    assert main(["db", "migrate", "--config", str(config)]) == ExitCode.DONE
    with psycopg.connect(database_url, options="-c search_path=clipsaver") as connection:
        connection.execute(gallery_script(800))
    return [sys.executable, "-m", "clipsaver", "db", "shell", "--config", str(config)]


def typed(shell: list[str], text: str) -> str:
    """What psql says to this on its input. Its first error ends it."""
    ended = subprocess.run(
        shell,
        input=f"\\set ON_ERROR_STOP 1\n{text}",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def values_for_a_start() -> str:
    """The indented lines of the page that set what the queries ask for."""
    lines = PAGE.read_text("utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith("    \\set until"))
    begin = max(number for number, line in enumerate(lines[:end]) if not line) + 1
    return textwrap.dedent("\n".join(lines[begin : end + 1])) + "\n"


def test_every_query_works_in_psql_as_it_stands(shell: list[str]) -> None:
    asked = [*queries("Queries").values(), *queries("What has to count").values()]
    assert len(asked) > 15
    told = typed(shell, values_for_a_start() + "\n".join(one.text for one in asked))
    assert told.count(" row)") + told.count(" rows)") == len(asked)


@pytest.fixture
def gallery_role(database_url: str) -> Iterator[str]:
    """The role `gallery`, without any right; the URL that it connects with."""
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("drop role if exists gallery")
        admin.execute("create role gallery login")
        yield database_url.replace("clipsaver@", "gallery@")
        admin.execute("drop owned by gallery; drop role gallery")


def test_the_grants_are_enough_to_read_and_to_do_nothing_else(
    shell: list[str], gallery_role: str, database_url: str
) -> None:
    typed(shell, "\n".join(one.text for one in queries("Connecting").values()))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("create table clipsaver.made_later (n int)")
    with psycopg.connect(gallery_role, autocommit=True) as reader:
        for one in (*queries("Queries").values(), *queries("What has to count").values()):
            reader.execute(one.with_values(SOME_VALUES))
        assert reader.execute("select * from made_later").fetchall() == []
        assert reader.execute("show statement_timeout").fetchall() == [("5s",)]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("delete from clips")
        reader.execute("set default_transaction_read_only to off")
        for refused in ("delete from clips", "create table clipsaver.own (n int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(refused)


SOME_VALUES = {
    **dict.fromkeys(("guild_id", "channel_id", "author_id", "message_id"), 1),
    "clip_id": "1-1",
    "since": "2026-11-01",
    "until": "2026-11-20",
    "limit": 5,
}


# How the page is taken apart and renewed

LITTLE_PAGE = """\
## Queries
### One
```sql
select ':'::text, id from t where a = :guild_id and b::int = :'clip_id'::int;
```

```text
old plan
```

### Two
```sql
select 2
```

```text
other plan
```
## Others
### Three
```sql
select 3
```
"""


def test_queries_come_with_their_plans_and_of_their_section_only() -> None:
    found = queries("Queries", LITTLE_PAGE)
    assert {title: one.plan for title, one in found.items()} == {
        "One": "old plan",
        "Two": "other plan",
    }
    assert queries("Others", LITTLE_PAGE) == {"Three": Query("Others", "Three", "select 3", "")}
    with pytest.raises(ValueError, match="two queries under 'Two'"):
        queries("Queries", LITTLE_PAGE.replace("### One", "### Two"))


def test_parameters_become_literals_and_casts_stay() -> None:
    query = queries("Queries", LITTLE_PAGE)["One"]
    assert query.with_values({"guild_id": 7, "clip_id": "it's"}).as_string() == (
        "select ':'::text, id from t where a = 7 and b::int = 'it''s'::int"
    )


def test_a_plan_and_a_part_are_replaced_and_nothing_else() -> None:
    page = with_plan(LITTLE_PAGE, "Two", "Limit\n  ->  Scan \\1")
    assert queries("Queries", page)["Two"].plan == "Limit\n  ->  Scan \\1"
    assert with_plan(page, "Two", "other plan") == LITTLE_PAGE
    with pytest.raises(ValueError, match="no ```text block under 'Three'"):
        with_plan(LITTLE_PAGE, "Three", "plan")
    marked = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n"
    assert with_part(marked, "x", "new\n") == marked.replace("old", "new")
    assert part(marked, "x") == "old\n"
    with pytest.raises(ValueError, match="are missing"):
        with_part(marked, "y", "")
