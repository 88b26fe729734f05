"""What Discord's refusals taught, in the database."""

from __future__ import annotations

from psycopg.rows import TupleRow

from clipsaver.database.learnt_limits import read_learnt_limits, record_learnt_limits
from clipsaver.records import LearntLimit
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import rows

Conn = TrioConnection[TupleRow]

PAGES = LearntLimit("GET /channels/{channel}/messages", 5, 5.02, 3600.0)
GUILD = LearntLimit("GET /guilds/{guild}", 1, 2.0, 7200.0)


async def test_what_is_learnt_is_kept_by_token(conn: Conn) -> None:
    await record_learnt_limits(conn, "one", [GUILD, PAGES])
    await record_learnt_limits(conn, "other", [PAGES])
    assert await read_learnt_limits(conn, "one") == [PAGES, GUILD]
    assert await read_learnt_limits(conn, "other") == [PAGES]
    assert await read_learnt_limits(conn, "nobody") == []


async def test_what_was_let_go_is_gone_and_what_stays_keeps_its_time(conn: Conn) -> None:
    await record_learnt_limits(conn, "one", [GUILD, PAGES])
    before = dict(await rows(conn, "select route, learnt_at from learnt_limits"))
    more = LearntLimit(PAGES.route, 6, 5.02, 3600.0)
    await record_learnt_limits(conn, "one", [GUILD, more])
    after = dict(await rows(conn, "select route, learnt_at from learnt_limits"))
    assert after[GUILD.route] == before[GUILD.route]
    assert after[PAGES.route] > before[PAGES.route]
    await record_learnt_limits(conn, "one", [])
    assert await read_learnt_limits(conn, "one") == []
