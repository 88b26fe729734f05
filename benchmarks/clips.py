"""Lists of clips by each filter, and an export: `python -m benchmarks.clips`.

The made-up gallery of `benchmarks.queries`, a page of a hundred as `clipsaver clips list` reads it,
and `clipsaver clips export` as a process. Fails where the median of a filter that has an index is
over the budget; those that have none are shown.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import trio

from benchmarks.measuring import spread
from benchmarks.queries import BUDGET_MS, SCHEMA, Connection, gallery
from clipsaver.database import Database, open_database
from clipsaver.database.clip_filter import ClipFilter, ClipKey, Presence
from clipsaver.database.clip_list import read_clips
from clipsaver.log import configure_logging
from clipsaver.records import ThumbnailState

PAGE = 100


def filters(connection: Connection) -> tuple[Mapping[str, ClipFilter], Mapping[str, ClipFilter]]:
    """Those that indexes answer, and those that hardly any clip fits and no index knows."""
    row = connection.execute(
        "select guild_id, channel_id, author_id from clips order by message_id desc limit 1"
    ).fetchone()
    assert row
    guild, channel, author = row
    begun, ended = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
    indexed = {
        "all": ClipFilter(),
        "a guild": ClipFilter(guild_id=guild),
        "a channel": ClipFilter(channel_ids=(channel,)),
        "an author": ClipFilter(author_id=author),
        "a channel and an author": ClipFilter(channel_ids=(channel,), author_id=author),
        "a month": ClipFilter(posted_after=begun, posted_before=ended),
        "a guild's month": ClipFilter(guild_id=guild, posted_after=begun, posted_before=ended),
        "larger than 25 MB": ClipFilter(min_size=25_000_000),
        "deleted": ClipFilter(state=Presence.DELETED),
        "deleted or not": ClipFilter(state=Presence.ALL),
        **{f"thumbnail {one}": ClipFilter(thumbnail=one) for one in ThumbnailState},
    }
    walked = {
        "larger than any": ClipFilter(min_size=10**12),
        "larger than any of a guild": ClipFilter(guild_id=guild, min_size=10**12),
    }
    return indexed, walked


async def timed(database: Database, chosen: ClipFilter, times: int) -> tuple[list[float], int]:
    """Milliseconds for pages, each after the last one, and the rows of the first."""
    ms, rows = [], []
    before: ClipKey | None = None
    async with database.connection() as connection:
        await read_clips(connection, chosen, limit=PAGE)
        for _ in range(times):
            begun = time.perf_counter()
            page = await read_clips(connection, chosen, limit=PAGE, before=before)
            ms.append((time.perf_counter() - begun) * 1000)
            rows.append(len(page))
            before = page[-1].key if len(page) == PAGE else None
    return ms, rows[0]


async def measure(url: str, connection: Connection, times: int) -> list[str]:
    """Prints a line for each filter; returns those over the budget."""
    late = []
    async with open_database(url, schema=SCHEMA, pool_size=1) as database:
        for group, count in zip(filters(connection), (times, 3), strict=True):
            for name, chosen in group.items():
                ms, rows = await timed(database, chosen, count)
                print(f"  {name}: {spread(ms)} ms, {rows} rows", flush=True)
                if count == times and statistics.median(ms) > BUDGET_MS:
                    late.append(name)
    return late


def export(url: str, form: str) -> None:
    """One export as a process of its own, with what it took."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"clips.{form}"
        command = [sys.executable, "-m", "clipsaver", "clips", "export", str(file)]
        environment = os.environ | {"DATABASE_URL": url, "XDG_CONFIG_HOME": folder}
        begun = time.perf_counter()
        with subprocess.Popen(
            command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True
        ) as running:
            assert running.stderr
            told = running.stderr.read()
            _, status, used = os.wait4(running.pid, 0)  # of this process alone
            running.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - begun
        assert running.returncode == 0, told
        size = file.stat().st_size / 1e6
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    print(
        f"  {form}: {told.split(' clips')[0]} clips in {took:.1f} s ({cpu:.1f} s of a core), "
        f"{size:.0f} MB, {peak:.0f} MB of memory at most"
    )


def main() -> int:
    """Measures; returns 1 if a median is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1_000_000)
    parser.add_argument("--exported", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=50, help="for each filter")
    arguments = parser.parse_args()
    configure_logging("warning")
    print(f"a page of {PAGE}, {arguments.times} times each, median (min to max)")
    with gallery(arguments.clips) as connection:
        late = trio.run(measure, connection.info.dsn, connection, arguments.times)
    with gallery(arguments.exported) as connection:
        for form in ("jsonl", "csv"):
            export(connection.info.dsn, form)
    if late:
        print(f"over {BUDGET_MS:.0f} ms: {', '.join(late)}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
