"""The page for readers of the database: its queries as data, and its list of tables.

The queries are read out of `docs/database.md`, so that what is tested and measured is what is
written there. The list of tables comes from the comments in the schema; where the two differ,
`python -m scripts.database_page` writes it anew, on a throw-away PostgreSQL.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from psycopg import sql

PAGE = Path(__file__).parent.parent / "docs" / "database.md"

CATALOG = """
select c.relname, obj_description(c.oid), a.attname, format_type(a.atttypid, a.atttypmod),
       a.attnotnull, col_description(c.oid, a.attnum),
       array(select pg_get_constraintdef(k.oid) from pg_constraint k
             where k.conrelid = c.oid and k.contype in ('p', 'f') order by k.contype desc, 1),
       array(select pg_get_indexdef(i.indexrelid) from pg_index i
             where i.indrelid = c.oid and not i.indisprimary order by 1)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = %s and c.relkind = 'r'
order by c.oid, a.attnum
"""
"""Every column of every table of a schema, in the order in which they were made."""

_SHORT = {"timestamp with time zone": "timestamptz"}
_HEADING = re.compile(r"^(##+) (.+)$")
_PARAMETER = re.compile(r"(?<!:):(?:'([a-z_]+)'|([a-z_]+))")


@dataclass(frozen=True, slots=True)
class Query:
    """A block of SQL of the page, and the plan that stands under it."""

    section: str
    title: str
    text: str
    plan: str
    """As EXPLAIN (costs off) said at a million clips; empty where the page shows none."""

    def with_values(self, values: Mapping[str, Any]) -> sql.Composed:
        """The statement with its parameters put in as literals, as psql does it."""
        parts: list[sql.Composable] = []
        end = 0
        for found in _PARAMETER.finditer(self.text):
            parts.append(sql.SQL(self.text[end : found.start()]))
            parts.append(sql.Literal(values[found[1] or found[2]]))
            end = found.end()
        return sql.Composed([*parts, sql.SQL(self.text[end:].rstrip().removesuffix(";"))])


@dataclass(frozen=True, slots=True)
class _Block:
    section: str
    title: str
    language: str
    text: str


def _blocks(page: str) -> Iterator[_Block]:
    section = title = ""
    fence: list[str] | None = None
    language = ""
    for line in page.splitlines():
        if line.startswith("```"):
            if fence is None:
                fence, language = [], line[3:]
            else:
                yield _Block(section, title, language, "\n".join(fence))
                fence = None
        elif fence is not None:
            fence.append(line)
        elif heading := _HEADING.match(line):
            title = heading[2]
            section = title if heading[1] == "##" else section


def queries(section: str, page: str | None = None) -> dict[str, Query]:
    """The SQL of a section of the page by the heading that it stands under."""
    found: dict[str, Query] = {}
    for block in _blocks(PAGE.read_text("utf-8") if page is None else page):
        if block.section != section:
            continue
        if block.language == "sql":
            if block.title in found:
                raise ValueError(f"{PAGE.name}: there are two queries under {block.title!r}")
            found[block.title] = Query(section, block.title, block.text, plan="")
        elif block.language == "text" and block.title in found:
            query = found[block.title]
            found[block.title] = Query(section, query.title, query.text, block.text)
    return found


def with_plan(page: str, title: str, plan: str) -> str:
    """The page with another plan under the query of this title."""
    block = re.compile(
        rf"(^### {re.escape(title)}\n(?:(?!^##).*\n)*?```text\n)(?:.*\n)*?(```\n)", re.MULTILINE
    )
    renewed, count = block.subn(lambda found: f"{found[1]}{plan}\n{found[2]}", page, count=1)
    if not count:
        raise ValueError(f"{PAGE.name}: there is no ```text block under {title!r} for its plan")
    return renewed


def with_part(page: str, name: str, body: str) -> str:
    """The page with another text between `<!-- name -->` and `<!-- end of name -->`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{PAGE.name}: the marks {begin.strip()} and {end.strip()} are missing")
    return f"{before}{begin}{body}{end}{after}"


def part(page: str, name: str) -> str:
    """What stands between the marks."""
    return page.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- end of {name} -->\n")[0]


def tables(catalog: Iterable[tuple[Any, ...]]) -> str:
    """The list of tables in Markdown, from the rows that CATALOG gives."""
    return "\n".join(
        line
        for _, columns in groupby(catalog, key=lambda row: row[0])
        for line in _table(list(columns))
    )


def _table(columns: list[tuple[Any, ...]]) -> Iterator[str]:
    name, comment, *_, constraints, indexes = columns[0]
    yield f"### {name}\n"
    yield f"{_cell(comment)}\n"
    yield "| column | type | null | meaning |"
    yield "|---|---|---|---|"
    for _, _, column, kind, is_required, meaning, *_ in columns:
        null = "" if is_required else "yes"
        yield f"| `{column}` | {_SHORT.get(kind, kind)} | {null} | {_cell(meaning)} |"
    yield ""
    yield from (f"- {_constraint(one)}" for one in constraints)
    yield from (f"- {_index(one)}" for one in indexes)
    yield ""


def _constraint(definition: str) -> str:
    kind, keys, other = re.fullmatch(
        r"(PRIMARY|FOREIGN) KEY \((.*?)\)(?: REFERENCES (?:\S+\.)?(\w+)\(.*)?", definition
    ).groups()  # type: ignore[union-attr]
    return f"Primary key: `{keys}`" if kind == "PRIMARY" else f"`{keys}` is one of `{other}`"


def _index(definition: str) -> str:
    unique, name, keys, where = re.fullmatch(
        r"CREATE (UNIQUE )?INDEX (\w+) ON \S+ USING btree \((.*?)\)(?: WHERE (.*))?", definition
    ).groups()  # type: ignore[union-attr]
    condition = f" where `{where[1:-1].replace('::text', '')}`" if where else ""
    return f"{'Unique index' if unique else 'Index'} `{name}`: `{keys}`{condition}"


def _cell(text: str | None) -> str:
    """A comment in a cell: angle brackets and bars are text there, not markup."""
    return (text or "").replace("<", "&lt;").replace(">", "&gt;").replace("|", "\\|")


def main() -> int:
    """Writes the list of tables as this version's migrations make them."""
    import psycopg
    import trio

    from clipsaver.database import open_database
    from clipsaver.database.migrations import migrate
    from clipsaver.embedded import open_servers_blocking
    from clipsaver.log import configure_logging

    async def migrated(url: str) -> None:
        async with (
            open_database(url, schema="clipsaver", pool_size=1) as database,
            database.connection() as connection,
        ):
            await migrate(connection, "clipsaver")

    configure_logging("warning")
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-page-"))
    try:
        with open_servers_blocking(folder, postgres=True, valkey=False) as servers:
            assert servers.database_url
            trio.run(migrated, servers.database_url)
            with psycopg.connect(servers.database_url) as connection:
                rows = connection.execute(CATALOG, ["clipsaver"]).fetchall()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    before = PAGE.read_text("utf-8")
    after = with_part(before, "tables", tables(rows))
    PAGE.write_text(after, "utf-8")
    sys.stdout.write("nothing to do\n" if after == before else f"{PAGE.name} is renewed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
