"""Whatever groups of pages arrive, the tables end as a model of a few lines says.

Runs with stale fences, purged channels, pages sent twice and pages left out share groups with good
ones; the same clips are found again and again by different runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.rows import TupleRow

from clipsaver.database import open_database, runs
from clipsaver.database.migrations import migrate
from clipsaver.database.multirange import from_multirange
from clipsaver.database.pages import commit_pages
from clipsaver.ranges import RangeSet
from clipsaver.records import Clip, Delivery, PageResult, RunState
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import (
    EXPIRES_AT,
    SETTINGS,
    a_clip,
    a_job,
    a_message,
    a_page,
    add_channel,
    an_author,
    rows,
)

SCHEMA = "model"
CHANNELS = (70, 71)
RUNS = ("s/0", "s/1", "s/2", "s/3")
ALL_IDS = RangeSet.of(0, 1000)


@dataclass
class ModelRun:
    channel_id: int
    fence: int = 5
    is_running: bool = True
    pages: int = 0
    messages: int = 0
    clips: int = 0
    remaining: RangeSet = ALL_IDS


@dataclass
class Model:
    """What the tables should hold."""

    epochs: dict[int, int] = field(default_factory=lambda: dict.fromkeys(CHANNELS, 0))
    runs: dict[str, ModelRun] = field(
        default_factory=lambda: {run: ModelRun(CHANNELS[k % 2]) for k, run in enumerate(RUNS)}
    )
    clips: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    messages: dict[int, str | None] = field(default_factory=dict)
    covered: dict[int, RangeSet] = field(default_factory=dict)

    def commit(self, pages: list[PageResult]) -> list[bool]:
        """Whether each page is in afterwards. What two of them say, the last one says."""
        fates = []
        found: dict[str, Clip] = {}
        for page in pages:
            run = self.runs[page.run_id]
            is_in_already = run.fence == page.fence and run.pages >= page.page_number
            is_accepted = not is_in_already and self.is_accepted(page, run)
            fates.append(is_in_already or is_accepted)
            if is_accepted:
                self.count(page, run)
                found |= {clip.clip_id: clip for clip in page.clips}
                self.messages |= {one.message_id: one.content for one in page.messages}
        for clip in found.values():
            link = (clip.url, clip.url_expires_at)
            _, *known = self.clips.get(clip.clip_id, (None, *link))
            self.clips[clip.clip_id] = (clip.title, *(known if known[1] > link[1] else link))
        return fates

    def is_accepted(self, page: PageResult, run: ModelRun) -> bool:
        return (
            run.is_running
            and run.fence == page.fence
            and run.pages == page.page_number - 1
            and self.epochs[page.channel_id] == page.epoch
        )

    def count(self, page: PageResult, run: ModelRun) -> None:
        run.pages += 1
        run.messages += page.messages_read
        run.clips += len(page.clips)
        run.remaining -= page.read
        if page.covered:
            known = self.covered.get(page.channel_id, RangeSet())
            self.covered[page.channel_id] = known | page.covered


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

    def made(self, model: Model, serial: int) -> PageResult:
        run = model.runs[self.run]
        base = run.channel_id * 1000
        clips = {
            (message, attachment): a_clip(
                base + message,
                attachment,
                channel_id=run.channel_id,
                title=f"read {serial}",
                url=f"link {serial}",
                url_expires_at=EXPIRES_AT + timedelta(hours=hours),
            )
            for message, attachment, hours in self.found
        }
        messages = {
            message: a_message(base + message, content=f"text {serial}", channel_id=run.channel_id)
            for message, _ in clips
        }
        read = RangeSet.of(self.stretch[0], self.stretch[0] + self.stretch[1])
        return a_page(
            self.run,
            max(run.pages + 1 + self.number_off, 1),
            *clips.values(),
            fence=run.fence + self.fence_off,
            epoch=model.epochs[run.channel_id] + self.epoch_off,
            channel_id=run.channel_id,
            read=read,
            covered=read if self.covers else RangeSet(),
            messages=tuple(messages.values()),
            authors=(an_author(username=f"name {serial}"),) if clips else (),
        )


def mostly(usual: int, *others: int) -> st.SearchStrategy[int]:
    return st.sampled_from([usual] * 8 + list(others))


SPECS = st.builds(
    PageSpec,
    run=st.sampled_from(RUNS),
    fence_off=mostly(0, -1, 1),
    epoch_off=mostly(0, -1, 1),
    number_off=mostly(0, -1, 1),
    stretch=st.tuples(st.integers(0, 900), st.integers(1, 100)),
    covers=st.booleans(),
    found=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(-2, 2)), max_size=4
    ).map(tuple),
)
GROUPS = st.lists(SPECS, min_size=1, max_size=4, unique_by=lambda spec: spec.run)
EVENTS = st.one_of(
    st.tuples(st.just("purge"), st.sampled_from(CHANNELS)),
    st.tuples(st.just("take"), st.sampled_from(RUNS)),
    st.tuples(st.just("end"), st.sampled_from(RUNS)),
)
STEPS = st.lists(st.one_of(GROUPS, GROUPS, EVENTS), max_size=10)

Conn = TrioConnection[TupleRow]


async def reset(conn: Conn) -> None:
    await conn.execute("truncate clips, messages, authors, scan_coverage, runs, channels cascade")
    for channel_id in CHANNELS:
        await add_channel(conn, channel_id)
    for name, run in Model().runs.items():
        job = a_job(channel_id=str(run.channel_id))
        await runs.begin_run(conn, Delivery(name, run.fence, attempts=0), job)
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
        await runs.begin_run(conn, Delivery(target, run.fence, attempts=0), job)
    elif what == "end" and run.is_running:
        run.is_running = False
        await runs.end_run(conn, target, run.fence, RunState.SUCCEEDED)


async def check(conn: Conn, model: Model) -> None:
    found_runs = await rows(
        conn, "select run_id, fence, pages, messages, clips, remaining from runs order by 1"
    )
    assert [(*row[:5], from_multirange(row[5])) for row in found_runs] == [
        (name, run.fence, run.pages, run.messages, run.clips, run.remaining)
        for name, run in model.runs.items()
    ]
    found_clips = await rows(conn, "select clip_id, title, url, url_expires_at from clips")
    assert {row[0]: row[1:] for row in found_clips} == model.clips
    assert dict(await rows(conn, "select message_id, content from messages")) == model.messages
    found = await rows(
        conn, "select channel_id, covered from scan_coverage where settings_hash = %s", SETTINGS
    )
    assert {channel: from_multirange(covered) for channel, covered in found} == model.covered


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


@settings(max_examples=60, deadline=None)
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
            pages = []
            for spec in step:
                serial += 1
                pages.append(spec.made(model, serial))
            fates = await commit_pages(conn, pages)
            assert [fate is None for fate in fates] == model.commit(pages)
        await check(conn, model)

    run_on_writer(use)
