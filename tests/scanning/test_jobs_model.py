"""Whatever jobs come, in whatever deliveries, the database ends as a model of a few lines says.

Batch, message and rescan jobs under two ways of reading, each in several deliveries: paused at a
page, cut off before a commit, or right after one whose answer was lost. In the first test messages
are posted, deleted and edited between the jobs, and the model is exact. In the second they are so
while jobs run, and it is looked at what must hold whatever the moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver import snowflake
from clipsaver.database import Database, open_database
from clipsaver.database.migrations import migrate
from clipsaver.database.multirange import from_multirange
from clipsaver.job_settings import Settings, settings_hash
from clipsaver.jobs import BatchJob, MessageJob, RescanJob
from clipsaver.ranges import Range, RangeSet
from clipsaver.records import PageChanges, PageResult, RunProgress
from clipsaver.scanning import messages, plan
from clipsaver.scanning.scan import Committer, ScanEnd, ScanJob
from tests.examples import examples
from tests.scanning.chat import CHANNEL, GUILD, NOW, Chat
from tests.scanning.desk import Desk, open_desk

SCHEMA = "jobs_model"
PAGE = 4
"""Small pages, so that a few messages make many of them."""
MOST = 24
TYPES = ("video/mp4", "video/webm")
WAYS = (Settings(), Settings(allowed_mime_types=("video/mp4",)))
SOURCES = ("attachment", "forward", "component")
HASHES = (
    settings_hash(("video/*",), None, SOURCES),
    settings_hash(("video/mp4",), None, SOURCES),
)
NAMED = {"guild_id": str(GUILD), "channel_id": str(CHANNEL)}
EVERYTHING = RangeSet.of(0, None)


def id_of(number: int) -> int:
    return snowflake.from_unix(NOW - 3600 + 10 * number)


def file_id(number: int, file: int) -> int:
    return 1 + 100 * number + file


def clip_of(number: int, file: int) -> str:
    return f"{id_of(number)}-{file_id(number, file)}"


def parts_of(clip_id: str) -> tuple[int, int]:
    """Message number and file."""
    return divmod(int(clip_id.partition("-")[2]) - 1, 100)


def is_wanted(type_: str, way: int) -> bool:
    return type_ in TYPES[: 2 - way]


@dataclass
class Model:
    """Discord as it is, and what the database should hold of it."""

    files: dict[int, list[str]] = field(default_factory=dict)
    """Message number -> types of its files, "" for one that was taken off."""
    clips: dict[str, str | None] = field(default_factory=dict)
    """Clip -> why it was deleted; None = it is there."""
    covered: list[RangeSet] = field(default_factory=lambda: [RangeSet(), RangeSet()])

    def do(self, job: ScanJob, way: int) -> None:
        match job:
            case MessageJob():
                named = {n for n in range(MOST) if str(id_of(n)) in job.message_ids}
                self.look(named, way)
            case RescanJob():
                asked = EVERYTHING if job.reset_scan_status else self.known()
                self.read(asked, way, job.settings.scan_mode or "backward", is_last_word=True)
            case BatchJob():
                self.read(self.left_of(job, way), way, job.reads, limit=job.limit)

    def known(self) -> RangeSet:
        """What was read under any settings, and messages that were looked at alone."""
        alone = {parts_of(one)[0] for one, why in self.clips.items() if why in (None, "settings")}
        ids = RangeSet(Range(id_of(number), id_of(number) + 1) for number in alone)
        return self.covered[0] | self.covered[1] | ids

    def left_of(self, job: BatchJob, way: int) -> RangeSet:
        lower = int(job.after_message_id) + 1 if job.after_message_id else 0
        asked = RangeSet.of(lower, int(job.before_message_id) if job.before_message_id else None)
        unknown = asked - self.covered[way]
        if job.known == "reread":
            return asked
        if job.known == "skip" or not unknown or unknown == asked:
            return unknown
        first = tuple(unknown)[-1 if job.reads == "backward" else 0]
        (whole,) = asked
        begins = first.upper == whole.upper if job.reads == "backward" else first[0] == whole[0]
        return RangeSet((first,)) if begins else RangeSet()

    def read(
        self,
        stretch: RangeSet,
        way: int,
        direction: str,
        *,
        limit: int | None = None,
        is_last_word: bool = False,
    ) -> None:
        there = [n for n in sorted(self.files) if id_of(n) in stretch]
        if limit is not None and len(there) >= limit:
            # Its last page is full, so nothing is known of what lies beyond its last message.
            if direction == "backward":
                stretch &= RangeSet.of(id_of(there[-limit]), None)
            else:
                stretch &= RangeSet.of(0, id_of(there[limit - 1]) + 1)
        self.look({n for n in range(MOST) if id_of(n) in stretch}, way, is_last_word=is_last_word)
        is_open = stretch.hull is not None and stretch.hull.upper is None
        # Where no end was given, the newest message is it: nothing is said of what lies above.
        newest = RangeSet.of(0, id_of(max(self.files)) + 1 if self.files else 0)
        seen = stretch & newest if is_open or direction == "forward" else stretch
        self.covered[way] |= seen
        if is_last_word:
            self.covered[1 - way] -= seen

    def look(self, numbers: set[int], way: int, *, is_last_word: bool = False) -> None:
        """These messages are read, or are noticed not to be there."""
        for number in numbers & set(self.files):
            for file, type_ in enumerate(self.files[number]):
                if is_wanted(type_, way):
                    self.clips[clip_of(number, file)] = None
        for clip_id, why in self.clips.items():
            number, file = parts_of(clip_id)
            if why is None and number in numbers:
                self.clips[clip_id] = self.judge(number, file, way, is_last_word=is_last_word)

    def judge(self, number: int, file: int, way: int, *, is_last_word: bool) -> str | None:
        if number not in self.files:
            return "message"
        type_ = self.files[number][file]
        if not type_:
            return "attachment"
        return "settings" if is_last_word and not is_wanted(type_, way) else None


@dataclass
class Channel:
    """The chat behind the mocked transport, changed together with the model."""

    model: Model = field(default_factory=Model)
    chat: Chat = field(default_factory=lambda: Chat(messages={}))
    used: set[int] = field(default_factory=set)
    """Discord gives an id once."""

    def change(self, what: str, number: int, types: tuple[str, ...]) -> None:
        files = self.model.files
        if what == "post" and number not in self.used:
            files[number] = list(types)
        elif what == "delete" and number in files:
            del files[number]
            del self.chat.messages[id_of(number)]
        elif what == "take off" and files.get(number):
            files[number][0] = ""
        if number in files:
            self.used.add(number)
            self.chat.messages[id_of(number)] = {
                "id": str(id_of(number)),
                "author": {"id": "1", "username": "someone"},
                "content": "text",
                "attachments": [
                    {
                        "id": str(file_id(number, file)),
                        "filename": "a",
                        "content_type": type_,
                        "url": "https://cdn.discordapp.com/a",
                    }
                    for file, type_ in enumerate(files[number])
                    if type_
                ],
            }


class CutOff(Exception):
    """The worker died."""


@dataclass
class Dying:
    """Commits until its turn has come; what happens then is written in `death`."""

    inner: Committer
    death: tuple[str, int] | None
    before_each: Callable[[], None]
    commits: int = 0

    async def commit(self, page: PageResult) -> PageChanges:
        self.before_each()
        self.commits += 1
        what, after = self.death or ("", 0)
        if what == "before" and self.commits > after:
            raise CutOff
        changes = await self.inner.commit(page)
        if what == "after" and self.commits > after:
            raise CutOff
        return changes

    async def is_to_pause(self, _: RunProgress, __: float) -> bool:
        what, after = self.death or ("", 0)
        return what == "pause" and self.commits > after


async def to_its_end(
    desk: Desk,
    job: ScanJob,
    run: str,
    deaths: list[tuple[str, int]],
    before_each: Callable[[], None] = lambda: None,
) -> None:
    """As many deliveries as it takes."""
    writers = desk.writers
    for death in (*deaths, None):
        dying = Dying(writers, death, before_each)
        desk.writers = dying  # type: ignore[assignment]
        try:
            end = await desk.deliver(job, run, after_page=dying.is_to_pause)
        except CutOff:
            continue
        finally:
            desk.writers = writers
        if end is ScanEnd.FINISHED:
            return
    raise AssertionError("the last delivery did not finish")


numbers = st.integers(0, MOST - 1)
ids = numbers.map(lambda number: str(id_of(number)))
changes = st.tuples(
    st.sampled_from(["post", "post", "post", "delete", "take off"]),
    numbers,
    st.lists(st.sampled_from(TYPES), max_size=2).map(tuple),
)
directions = st.sampled_from([None, "backward", "forward"])


def with_mode(way: int, mode: Any) -> Settings:
    return Settings(allowed_mime_types=WAYS[way].allowed_mime_types, scan_mode=mode)


ways = st.sampled_from([0, 0, 1])
batches = st.builds(
    lambda way, bounds, **fields: (
        way,
        BatchJob(
            **NAMED,
            settings=WAYS[way],
            after_message_id=bounds[0] if len(set(bounds)) == 2 else None,
            before_message_id=bounds[1],
            **fields,
        ),
    ),
    ways,
    st.one_of(
        st.tuples(st.none(), st.one_of(st.none(), ids)),
        st.tuples(ids, ids).map(lambda pair: tuple(sorted(pair, key=int))),
    ),
    direction=directions,
    limit=st.one_of(st.none(), st.integers(1, 12)),
    known=st.sampled_from(["skip", "skip", "stop", "reread"]),
)
rescans = st.builds(
    lambda way, mode, reset: (
        way,
        RescanJob(**NAMED, settings=with_mode(way, mode), reset_scan_status=reset),
    ),
    ways,
    directions,
    st.booleans(),
)
message_jobs = st.builds(
    lambda way, named: (
        way,
        MessageJob(**NAMED, settings=WAYS[way], message_ids=tuple(named)),
    ),
    ways,
    st.lists(ids, min_size=1, max_size=12),
)
jobs = st.one_of(batches, batches, rescans, message_jobs)
deaths = st.lists(
    st.tuples(st.sampled_from(["before", "after", "pause"]), st.integers(0, 3)), max_size=3
)
posts = st.lists(changes, max_size=30)

On = Callable[[Callable[[Database], Awaitable[None]]], None]


@pytest.fixture(scope="module")
def on_database(postgres_dsn: str) -> Iterator[On]:
    """Runs an async function on migrated tables, each time empty and on a loop of its own."""

    def run(use: Callable[[Database], Awaitable[None]]) -> None:
        async def on_loop() -> None:
            async with open_database(postgres_dsn, schema=SCHEMA, pool_size=4) as database:
                await use(database)

        trio.run(on_loop)

    async def set_up(database: Database) -> None:
        async with database.connection() as connection:
            await migrate(connection, SCHEMA)

    async def tear_down(database: Database) -> None:
        async with database.connection() as connection:
            await connection.execute(f"drop schema {SCHEMA} cascade")

    run(set_up)
    yield run
    run(tear_down)


async def stored(desk: Desk) -> tuple[dict[str, str | None], list[RangeSet]]:
    clips = dict(await desk.rows("select clip_id, deleted_reason from clips"))
    rows = dict(await desk.rows("select settings_hash, covered from scan_coverage"))
    covered = {name: from_multirange(ranges) for name, ranges in rows.items()}
    assert all(covered.values()), "a row for nothing"
    return clips, [covered.get(name, RangeSet()) for name in HASHES]


async def empty(desk: Desk) -> None:
    async with desk.database.connection() as connection:
        await connection.execute(
            "truncate clips, messages, authors, scan_coverage, runs, channels cascade"
        )


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PAGE_SIZE", PAGE)
    monkeypatch.setattr(messages, "PAGE_SIZE", PAGE)


@settings(max_examples=examples(35))
@given(steps=st.lists(st.tuples(posts, jobs, deaths), min_size=1, max_size=5))
def test_the_database_ends_as_the_model_says(on_database: On, steps: list[Any]) -> None:
    async def use(database: Database) -> None:
        channel = Channel()
        async with open_desk(channel.chat, database) as desk:
            await empty(desk)
            for number, (posted, (way, job), dies) in enumerate(steps):
                for change in posted:
                    channel.change(*change)
                await to_its_end(desk, job, f"run/{number}", dies)
                channel.model.do(job, way)
                clips, covered = await stored(desk)
                assert clips == channel.model.clips
                assert covered == channel.model.covered

    on_database(use)


@dataclass
class Meanwhile:
    """What happens at Discord while jobs run: one thing before each commit."""

    channel: Channel
    changes: list[tuple[str, int]]
    touched: set[int] = field(default_factory=set)

    def happen(self) -> None:
        if not self.changes:
            return
        what, number = self.changes.pop()
        if what == "post":  # new messages are newer than all others
            number = max(self.channel.used, default=-1) + 1
        self.touched.add(number)
        self.channel.change(what, number, TYPES)


@settings(max_examples=examples(40))
@given(
    posted=posts,
    steps=st.lists(st.tuples(jobs, deaths), min_size=1, max_size=4),
    meanwhile=st.lists(
        st.tuples(st.sampled_from(["post", "delete", "delete", "take off"]), numbers), max_size=15
    ),
)
def test_whatever_happens_while_jobs_run(
    on_database: On, posted: list[Any], steps: list[Any], meanwhile: list[tuple[str, int]]
) -> None:
    async def use(database: Database) -> None:
        channel = Channel()
        for change in posted:
            channel.change(*change)
        world = Meanwhile(channel, meanwhile)
        async with open_desk(channel.chat, database) as desk:
            await empty(desk)
            for number, ((_, job), dies) in enumerate(steps):
                await to_its_end(desk, job, f"run/{number}", dies, world.happen)
            check_what_holds(channel.model, world.touched, *await stored(desk))
            await to_its_end(desk, RescanJob(**NAMED, reset_scan_status=True), "last", [])
            clips, _ = await stored(desk)
            check_what_holds(channel.model, world.touched, clips, [EVERYTHING, RangeSet()])
            assert {one for one, why in clips.items() if why is None} == {
                clip_of(number, file)
                for number, types in channel.model.files.items()
                for file, type_ in enumerate(types)
                if type_
            }

    on_database(use)


def check_what_holds(
    model: Model, touched: set[int], clips: dict[str, str | None], covered: list[RangeSet]
) -> None:
    """Nothing is called deleted that is there, and what is covered was searched."""
    for clip_id, why in clips.items():
        number, file = parts_of(clip_id)
        if why == "message":
            assert number not in model.files
        if why == "attachment":
            assert not model.files.get(number, [""] * 9)[file]
    for number in set(model.files) - touched:
        for file, type_ in enumerate(model.files[number]):
            for way in (0, 1):
                if id_of(number) in covered[way] and is_wanted(type_, way):
                    assert clips[clip_of(number, file)] is None
