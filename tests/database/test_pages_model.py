"""Whatever groups of pages arrive, the tables end as a model of a few lines says.

Runs with stale fences, purged channels, pages sent twice and pages left out share groups with good
ones; the same clips are found again and again by different runs, by history and by search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from clipsaver.database import open_database, runs
from clipsaver.database.migrations import migrate
from clipsaver.database.multirange import from_multirange
from clipsaver.database.run_changes import Leaving, begin_run, leave_run
from clipsaver.ranges import RangeSet
from clipsaver.records import (
    Clip,
    DeletedReason,
    Delivery,
    Departure,
    PageChanges,
    PageResult,
    RunState,
)
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import (
    EXPIRES_AT,
    READ_AT,
    SETTINGS,
    a_clip,
    a_job,
    a_message,
    a_page,
    a_part,
    add_channel,
    an_author,
    commit_pages,
    commit_search_page,
    rows,
)
from tests.examples import examples

SCHEMA = "model"
CHANNELS = (70, 71)
RUNS = ("s/0", "s/1", "s/2", "s/3")
CHANNEL_OF = {run: CHANNELS[k % 2] for k, run in enumerate(RUNS)}
ALL_IDS = RangeSet.of(0, 1000)


@dataclass
class ModelRun:
    channel_id: int
    fence: int = 5
    is_running: bool = True
    pages: int = 0
    messages: int = 0
    clips: int = 0
    added: int = 0
    restored: int = 0
    deleted: int = 0
    by_search: int = 0
    search_left: str | None = None
    remaining: RangeSet = ALL_IDS


@dataclass
class Model:
    """What the tables should hold."""

    epochs: dict[int, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    runs: dict[str, ModelRun] = field(
        default_factory=lambda: {run: ModelRun(channel) for run, channel in CHANNEL_OF.items()}
    )
    clips: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    deleted: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    first_seen: dict[str, datetime] = field(default_factory=dict)
    messages: dict[int, tuple[str | None, datetime | None]] = field(default_factory=dict)
    covered: dict[tuple[int, str], RangeSet] = field(default_factory=dict)

    def commit(self, pages: list[PageResult]) -> list[bool]:
        """Whether each page is in afterwards. What two of them say, the last one says."""
        fates = []
        found: dict[str, tuple[Clip, PageResult]] = {}
        gone: dict[str, tuple[datetime, str]] = {}
        for page in pages:
            run = self.runs[page.run_id]
            is_in_already = run.fence == page.fence and run.pages >= page.page_number
            is_accepted = not is_in_already and self.is_accepted(page, run)
            fates.append(is_in_already or is_accepted)
            if is_accepted:
                self.count(page, run)
                found |= {clip.clip_id: (clip, page) for clip in page.clips}
                gone |= {d.clip_id: (page.read_at, d.reason.value) for d in page.departures}
                self.messages |= {
                    one.message_id: (one.content, one.edited_at) for one in page.messages
                }
        self.deleted |= {
            clip_id: why for clip_id, why in gone.items() if self.departs(clip_id, why[0])
        }
        for clip, page in found.values():
            if self.comes_back(clip.clip_id, page):
                del self.deleted[clip.clip_id]
            self.first_seen.setdefault(clip.clip_id, page.read_at)
            link = (clip.url, clip.url_expires_at)
            _, *known = self.clips.get(clip.clip_id, (None, *link))
            self.clips[clip.clip_id] = (clip.title, *(known if known[1] > link[1] else link))
        return fates

    def commit_search(self, parts: list[PageResult]) -> bool:
        """Whether the page is in afterwards."""
        run, first = self.runs[parts[0].run_id], parts[0]
        if run.fence == first.fence and run.pages >= first.page_number:
            return True
        if not self.is_next(first, run):
            return False
        is_looked_at = any(part.clips or part.messages or part.authors for part in parts)
        if is_looked_at and any(self.epochs[part.channel_id] != part.epoch for part in parts):
            return False
        run.pages += 1
        run.messages += sum(part.messages_read for part in parts)
        run.clips += sum(len(part.clips) for part in parts)
        run.search_left = first.search_left or run.search_left
        for part in parts:
            self.see(part, run)
        return True

    def see(self, part: PageResult, run: ModelRun) -> None:
        """Search adds what is unknown; of what is known it knows no better."""
        for clip in part.clips:
            link = (clip.url, clip.url_expires_at)
            if clip.clip_id not in self.clips:
                self.clips[clip.clip_id] = (clip.title, *link)
                self.first_seen[clip.clip_id] = part.read_at
                run.added += 1
                run.by_search += 1
                continue
            title, *known = self.clips[clip.clip_id]
            if self.deleted.get(clip.clip_id, (None, None))[1] in ("settings", "purge"):
                del self.deleted[clip.clip_id]
                run.restored += 1
                title = clip.title
            self.clips[clip.clip_id] = (title, *(link if link[1] > known[1] else known))
        for one in part.messages:
            _, edited_at = self.messages.get(one.message_id, (None, None))
            if edited_at is None or (one.edited_at is not None and one.edited_at >= edited_at):
                self.messages[one.message_id] = (one.content, one.edited_at)

    def departs(self, clip_id: str, read_at: datetime) -> bool:
        """What was first seen after the page was read was not there to be missed."""
        is_there = clip_id in self.clips and clip_id not in self.deleted
        return is_there and self.first_seen[clip_id] <= read_at

    def comes_back(self, clip_id: str, page: PageResult) -> bool:
        """What was found to be gone later than the page was read stays gone."""
        if clip_id not in self.deleted:
            return False
        at, reason = self.deleted[clip_id]
        return reason not in ("message", "attachment") or at <= page.read_at

    def is_accepted(self, page: PageResult, run: ModelRun) -> bool:
        return self.is_next(page, run) and self.epochs[page.channel_id] == page.epoch

    def is_next(self, page: PageResult, run: ModelRun) -> bool:
        return run.is_running and run.fence == page.fence and run.pages == page.page_number - 1

    def count(self, page: PageResult, run: ModelRun) -> None:
        run.pages += 1
        run.messages += page.messages_read
        run.clips += len(page.clips)
        run.remaining -= page.read
        run.added += sum(clip.clip_id not in self.clips for clip in page.clips)
        run.restored += sum(self.comes_back(clip.clip_id, page) for clip in page.clips)
        run.deleted += sum(self.departs(d.clip_id, page.read_at) for d in page.departures)
        if page.replaces:
            for channel_id, settings_hash in list(self.covered):
                if channel_id == page.channel_id and settings_hash != page.settings_hash:
                    self.cover(channel_id, settings_hash, off=page.covered)
        if page.covered:
            self.cover(page.channel_id, page.settings_hash, on=page.covered)

    def cover(
        self,
        channel_id: int,
        settings_hash: str,
        *,
        on: RangeSet | None = None,
        off: RangeSet | None = None,
    ) -> None:
        key = (channel_id, settings_hash)
        known = self.covered.pop(key, RangeSet()) | (on or RangeSet())
        if left := known - (off or RangeSet()):
            self.covered[key] = left


def found_in(
    channel_id: int, found: tuple[tuple[int, int, int], ...], edited_h: int | None, serial: int
) -> tuple[dict[tuple[int, int], Clip], dict[str, Any]]:
    """Clips by message and attachment, and their messages and author as a page's fields."""
    base = channel_id * 1000
    clips = {
        (message, attachment): a_clip(
            base + message,
            attachment,
            channel_id=channel_id,
            title=f"read {serial}",
            url=f"link {serial}",
            url_expires_at=EXPIRES_AT + timedelta(hours=hours),
        )
        for message, attachment, hours in found
    }
    edited_at = None if edited_h is None else EXPIRES_AT + timedelta(hours=edited_h)
    messages = {
        message: a_message(
            base + message, content=f"text {serial}", channel_id=channel_id, edited_at=edited_at
        )
        for message, _ in clips
    }
    return clips, {
        "messages": tuple(messages.values()),
        "authors": (an_author(username=f"name {serial}"),) if clips else (),
    }


@dataclass(frozen=True)
class PageSpec:
    """A page relative to the run's state at the time; see `made`."""

    run: str
    fence_off: int
    epoch_off: int
    number_off: int
    stretch: tuple[int, int]
    covers: bool
    found: tuple[tuple[int, int, int], ...]
    """Message, attachment, hours until the link ends."""
    edited_h: int | None
    departs: tuple[tuple[int, int], ...]
    """Message and attachment; what the page finds does not depart as well."""
    reason: DeletedReason
    settings: str
    replaces: bool
    late_s: int
    """Read so many seconds before others that are committed now."""

    def made(self, model: Model, serial: int) -> PageResult:
        run = model.runs[self.run]
        base = run.channel_id * 1000
        clips, with_them = found_in(run.channel_id, self.found, self.edited_h, serial)
        read = RangeSet.of(self.stretch[0], self.stretch[0] + self.stretch[1])
        departures = tuple(
            Departure(f"{base + message}-{attachment}", self.reason)
            for message, attachment in sorted({*self.departs} - {*clips})
        )
        return a_page(
            self.run,
            max(run.pages + 1 + self.number_off, 1),
            *clips.values(),
            fence=run.fence + self.fence_off,
            epoch=model.epochs[run.channel_id] + self.epoch_off,
            channel_id=run.channel_id,
            read=read,
            covered=read if self.covers else RangeSet(),
            **with_them,
            departures=departures,
            settings_hash=self.settings,
            replaces=self.replaces,
            read_at=READ_AT + timedelta(seconds=10 * serial - self.late_s),
        )


@dataclass(frozen=True)
class SearchSpec:
    """A page of a search relative to its run's state at the time; see `made`."""

    run: str
    fence_off: int
    number_off: int
    parts: tuple[tuple[int, int, tuple[tuple[int, int, int], ...], int | None], ...]
    """Channel, off its epoch, found (see PageSpec), hour of the edit."""
    says_where: bool
    late_s: int

    def made(self, model: Model, serial: int) -> list[PageResult]:
        run = model.runs[self.run]
        parts = []
        for channel_id, epoch_off, found, edited_h in self.parts:
            clips, with_them = found_in(channel_id, found, edited_h, serial)
            part = a_part(
                self.run,
                channel_id,
                *clips.values(),
                page_number=max(run.pages + 1 + self.number_off, 1),
                fence=run.fence + self.fence_off,
                epoch=model.epochs[channel_id] + epoch_off,
                **with_them,
                search_left=f"left {serial}" if self.says_where else None,
                read_at=READ_AT + timedelta(seconds=10 * serial - self.late_s),
            )
            parts.append(part)
        return parts


def mostly(usual: int, *others: int) -> st.SearchStrategy[int]:
    return st.sampled_from([usual] * 8 + list(others))


FOUND = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(-2, 2)), max_size=4
).map(tuple)
EDITED_H = st.sampled_from([None, 0, 1])
SPECS = st.builds(
    PageSpec,
    run=st.sampled_from(RUNS),
    fence_off=mostly(0, -1, 1),
    epoch_off=mostly(0, -1, 1),
    number_off=mostly(0, -1, 1),
    stretch=st.tuples(st.integers(0, 900), st.integers(1, 100)),
    covers=st.booleans(),
    found=FOUND,
    edited_h=EDITED_H,
    departs=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=2).map(tuple),
    reason=st.sampled_from(DeletedReason),
    settings=st.sampled_from([SETTINGS, SETTINGS, "f" * 16]),
    replaces=st.sampled_from([False, False, True]),
    late_s=mostly(0, 15, 35),
)
GROUPS = st.lists(SPECS, min_size=1, max_size=4, unique_by=lambda spec: spec.run)
SEARCHES = st.builds(
    SearchSpec,
    run=st.sampled_from(RUNS),
    fence_off=mostly(0, -1, 1),
    number_off=mostly(0, -1, 1),
    parts=st.lists(
        st.tuples(st.sampled_from(CHANNELS), mostly(0, -1, 1), FOUND, EDITED_H),
        min_size=1,
        max_size=2,
        unique_by=lambda part: part[0],
    ).map(tuple),
    says_where=st.booleans(),
    late_s=mostly(0, 15, 35),
)
EVENTS = st.one_of(
    st.tuples(st.just("purge"), st.sampled_from(CHANNELS)),
    st.tuples(st.just("take"), st.sampled_from(RUNS)),
    st.tuples(st.just("end"), st.sampled_from(RUNS)),
)
STEPS = st.lists(st.one_of(GROUPS, GROUPS, SEARCHES, EVENTS), max_size=10)

Conn = TrioConnection[TupleRow]


def together(group: list[PageSpec]) -> list[list[PageSpec]]:
    """Groups as writers make them: what deletes or replaces is its channel's only page."""
    groups: list[list[PageSpec]] = [[], []]
    for spec in group:
        of_channel = [one for one in groups[0] if CHANNEL_OF[one.run] == CHANNEL_OF[spec.run]]
        is_apart = any(one.departs or one.replaces for one in (spec, *of_channel))
        groups[bool(of_channel) and is_apart].append(spec)
    return [groups[0], *([spec] for spec in groups[1])]


async def reset(conn: Conn) -> None:
    await conn.execute("truncate clips, messages, authors, scan_coverage, runs, channels cascade")
    for channel_id in CHANNELS:
        await add_channel(conn, channel_id)
    for name, run in Model().runs.items():
        job = a_job(channel_id=str(run.channel_id))
        await begin_run(conn, Delivery(name, run.fence, attempts=0), job)
        await runs.plan_run(conn, name, run.fence, run.remaining)


async def happen(conn: Conn, model: Model, what: str, target: Any) -> None:
    if what == "purge":
        model.epochs[target] += 1
        await conn.execute("update channels set epoch = epoch + 1 where channel_id = %s", [target])
        return
    run = model.runs[target]
    if what == "take" and run.is_running:
        run.fence += 1
        job = a_job(channel_id=str(run.channel_id))
        await begin_run(conn, Delivery(target, run.fence, attempts=0), job)
    elif what == "end" and run.is_running:
        run.is_running = False
        await leave_run(conn, Leaving(target, run.fence, RunState.SUCCEEDED))


async def check(conn: Conn, model: Model) -> None:
    found_runs = await rows(
        conn,
        "select run_id, fence, pages, messages, clips, remaining, clips_added, clips_restored,"
        " clips_deleted, clips_by_search, search_left from runs order by 1",
    )
    assert [(*row[:5], from_multirange(row[5]), *row[6:]) for row in found_runs] == [
        (
            *(name, run.fence, run.pages, run.messages, run.clips, run.remaining),
            *(run.added, run.restored, run.deleted, run.by_search, run.search_left),
        )
        for name, run in model.runs.items()
    ]
    found_deleted = await rows(
        conn, "select clip_id, deleted_at, deleted_reason from clips where deleted_at is not null"
    )
    assert {row[0]: row[1:] for row in found_deleted} == model.deleted
    found_clips = await rows(conn, "select clip_id, title, url, url_expires_at from clips")
    assert {row[0]: row[1:] for row in found_clips} == model.clips
    found_messages = await rows(conn, "select message_id, content, edited_at from messages")
    assert {row[0]: row[1:] for row in found_messages} == model.messages
    found = await rows(conn, "select channel_id, settings_hash, covered from scan_coverage")
    assert {row[:2]: from_multirange(row[2]) for row in found} == model.covered


@pytest.fixture(scope="module")
def run_on_writer(postgres_dsn: str) -> Iterator[Callable[[Callable[[Conn], Any]], None]]:
    """Runs an async function with a writer's connection, each time on a loop of its own."""

    def run(use: Callable[[Conn], Any]) -> None:
        async def on_loop() -> None:
            async with open_database(postgres_dsn, schema=SCHEMA, pool_size=1) as database:
                conn = await database.connect_writer()
                try:
                    await use(conn)
                finally:
                    with trio.move_on_after(5, shield=True):
                        await conn.close()

        trio.run(on_loop)

    async def set_up(conn: Conn) -> None:
        await migrate(conn, SCHEMA)

    async def tear_down(conn: Conn) -> None:
        await conn.execute(f"drop schema {SCHEMA} cascade")

    run(set_up)
    yield run
    run(tear_down)


@settings(max_examples=examples(60))
@given(steps=STEPS)
def test_the_tables_are_as_the_model_says(
    run_on_writer: Callable[[Callable[[Conn], Any]], None], steps: list[Any]
) -> None:
    async def use(conn: Conn) -> None:
        await reset(conn)
        model, serial = Model(), 0
        for step in steps:
            if isinstance(step, tuple):
                await happen(conn, model, *step)
                continue
            if isinstance(step, SearchSpec):
                serial += 1
                parts = step.made(model, serial)
                fate = await commit_search_page(conn, parts)
                assert isinstance(fate, PageChanges) == model.commit_search(parts)
                continue
            for specs in together(step):
                pages = []
                for spec in specs:
                    serial += 1
                    pages.append(spec.made(model, serial))
                fates = await commit_pages(conn, pages)
                is_in = [isinstance(fate, PageChanges) for fate in fates]
                assert is_in == model.commit(pages)
        await check(conn, model)

    run_on_writer(use)
