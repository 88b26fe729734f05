"""What a turn finds new, and which stretch its jobs read."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver import snowflake
from clipsaver.jobs import BatchJob, GuildJob
from clipsaver.ranges import RangeSet
from clipsaver.records import Channel
from clipsaver.scanning import plan as pages
from clipsaver.scanning.guild_map import Found
from clipsaver.scanning.watching import plan
from clipsaver.scanning.watching.memory import Kind, Memory, Place
from clipsaver.scanning.watching.plan import News, Setup, Why

NOW = 1_790_000_000.0
GUILD = snowflake.from_unix(NOW - 1e8)
SETUP = Setup(GUILD, interval_s=60.0, survey_every_s=86_400.0)
LATER_LOOK = 0.5
"""Before the hour's next look is due."""


def at(seconds: float) -> int:
    """An id of so many seconds from NOW."""
    return snowflake.from_unix(NOW + seconds) + 1


def channel(
    channel_id: int,
    newest: int | None,
    *,
    kind: int = 0,
    parent: int | None = None,
    messages: int | None = None,
) -> Found:
    record = Channel(channel_id, GUILD, parent, kind, "clips", nsfw=False, last_message_id=newest)
    return Found(record, newest_is_told=True, messages=messages)


def memory(places: dict[int, Place] | None = None, *, ago_s: float = 60.0) -> Memory:
    return Memory(NOW - ago_s, NOW - LATER_LOOK, NOW - LATER_LOOK, places or {})


def jobs(listed, known, covered=None, *, closed=(), now=NOW):
    """The batch jobs of a turn, by channel."""
    compared = plan.compare(listed, known, set(closed))
    made = plan.jobs_of(SETUP, known, compared, covered or {}, now=now)
    return {int(one.channel_id): one for one in made.values() if isinstance(one, BatchJob)}


CHAT, OLD = at(-1e7), at(-5000)


def test_nothing_new_is_no_job() -> None:
    listed = [channel(CHAT, OLD), channel(CHAT + 1, None), channel(CHAT + 2, None, kind=4)]
    known = memory({CHAT: Place(Kind.CHANNEL, OLD), CHAT + 1: Place(Kind.CHANNEL, 0)})
    assert jobs(listed, known) == {}


def test_a_new_message_is_read_from_what_was_dealt_with() -> None:
    (job,) = jobs([channel(CHAT, at(-5))], memory({CHAT: Place(Kind.CHANNEL, OLD)})).values()
    after = int(job.after_message_id)
    assert after < OLD
    # What was not settled when the last one was read is read with it.
    assert snowflake.to_unix(OLD) - snowflake.to_unix(after) == pages.SETTLING_S
    assert (job.priority, job.known, job.limit, job.reads) == ("live", "skip", None, "backward")


def test_the_first_messages_of_a_channel_are_all_of_it() -> None:
    (job,) = jobs([channel(CHAT, at(-5))], memory({CHAT: Place(Kind.CHANNEL, 0)})).values()
    assert job.after_message_id is None


def test_a_stretch_that_a_failed_job_left_open_is_read_with_the_next_one() -> None:
    known = memory({CHAT: Place(Kind.CHANNEL, at(-100))})
    covered = {CHAT: RangeSet.of(0, at(-3000) + 1)}
    (job,) = jobs([channel(CHAT, at(-5))], known, covered).values()
    assert job.after_message_id == str(at(-3000))


def test_but_not_one_of_last_year() -> None:
    known = memory({CHAT: Place(Kind.CHANNEL, at(-100))})
    covered = {CHAT: RangeSet.of(0, at(-3e7))}
    (job,) = jobs([channel(CHAT, at(-5))], known, covered).values()
    assert int(job.after_message_id) > at(-200)


def test_what_may_not_be_read_is_left_alone_and_forgotten() -> None:
    listed = [channel(CHAT, at(-5)), channel(OLD, at(-4), kind=11, parent=CHAT)]
    known = memory({CHAT: Place(Kind.CHANNEL, OLD), OLD: Place(Kind.THREAD, OLD, CHAT)})
    assert jobs(listed, known, closed=[CHAT]) == {}
    assert plan.compare(listed, known, {CHAT}).places == {}


@pytest.mark.parametrize(
    ("one", "after"),
    [
        (channel(at(-30), at(-5)), None),  # made since the last turn
        (channel(CHAT, at(-5), kind=11, parent=1, messages=12), None),  # one page holds it
        (channel(CHAT, at(-5), kind=11, parent=1, messages=5000), -70),  # taken out of the archive
        (channel(CHAT, at(-5)), -70),  # it may be viewed since
    ],
)
def test_what_no_memory_knows(one: Found, after: float | None) -> None:
    (job,) = jobs([one], memory()).values()
    wanted = None if after is None else str(snowflake.from_unix(NOW + after))
    assert job.after_message_id == wanted


def test_what_no_memory_knows_goes_on_from_what_was_read() -> None:
    one = channel(CHAT, at(-5), kind=11, parent=1, messages=12)
    (job,) = jobs([one], memory(), {CHAT: RangeSet.of(0, OLD + 1)}).values()
    assert job.after_message_id == str(OLD)
    assert jobs([one], memory(), {CHAT: RangeSet.of(0, at(-5) + 1)}) == {}


def test_without_a_memory_only_what_is_of_this_interval_is_read_at_once() -> None:
    listed = [channel(CHAT, at(-5)), channel(CHAT + 1, at(-500)), channel(CHAT + 2, None)]
    assert list(jobs(listed, None)) == [CHAT]


def test_and_the_whole_guild_is_surveyed() -> None:
    compared = plan.compare([], None, set())
    (survey,) = plan.jobs_of(SETUP, None, compared, {}, now=NOW).values()
    assert survey == GuildJob(guild_id=str(GUILD), job_id=f"watch {GUILD}: survey")


def test_a_thread_that_was_archived_has_a_last_job() -> None:
    known = memory({CHAT: Place(Kind.CHANNEL, OLD), OLD: Place(Kind.THREAD, OLD, CHAT)})
    listed = [channel(CHAT, OLD)]
    assert list(jobs(listed, known)) == [OLD]
    assert list(plan.compare(listed, known, set()).places) == [CHAT]


@pytest.mark.parametrize(("newest", "known"), [(-3000, "reread"), (-4000, "skip")])
def test_which_is_the_last_look_at_what_was_posted_in_its_last_hour(newest, known) -> None:
    places = {CHAT: Place(Kind.CHANNEL, OLD), OLD: Place(Kind.THREAD, at(newest), CHAT)}
    (job,) = jobs([channel(CHAT, OLD)], memory(places)).values()
    assert job.known == known
    if known == "reread":
        assert job.after_message_id == str(snowflake.from_unix(NOW - 3600))


def test_but_not_one_that_went_with_its_channel() -> None:
    known = memory({CHAT: Place(Kind.CHANNEL, OLD), OLD: Place(Kind.THREAD, OLD, CHAT)})
    assert jobs([], known) == {}


@pytest.mark.parametrize("is_active", [True, False])
def test_a_forum_whose_newest_thread_is_archived_is_asked_for_it(is_active: bool) -> None:
    thread = at(-30)
    listed = [channel(CHAT, thread, kind=15)]
    if is_active:
        listed.append(channel(thread, thread, kind=11, parent=CHAT, messages=1))
    known = memory({CHAT: Place(Kind.PARENT, OLD)})
    compared = plan.compare(listed, known, set())
    assert compared.forums == ({} if is_active else {CHAT: OLD})
    archived = [
        channel(one, one, kind=11, parent=CHAT, messages=1) for one in (thread, OLD, OLD - 1)
    ]
    assert plan.archived_since(archived, OLD, known) == [
        News(thread, Why.MET, thread, is_small=True)
    ]


def look(passed_s: float, *listed: Found, places: dict[int, Place], setup: Setup = SETUP):
    known = Memory(NOW - 60, NOW - passed_s, NOW, places)
    compared = plan.compare(listed, known, set())
    made = plan.jobs_of(setup, known, compared, {}, now=NOW)
    after = plan.remembered(setup, known, compared.places, now=NOW).looked_at
    return list(made.values()), after


def test_every_tenth_turn_the_last_hour_is_read_again() -> None:
    recent, old = channel(CHAT, at(-3500)), channel(CHAT + 1, at(-3700))
    places = {CHAT: Place(Kind.CHANNEL, at(-3500)), CHAT + 1: Place(Kind.CHANNEL, at(-3700))}
    (job,), looked_at = look(600, recent, old, places=places)
    assert (job.channel_id, job.known) == (str(CHAT), "reread")
    assert job.after_message_id == str(snowflake.from_unix(NOW - 3600))
    assert looked_at == NOW
    assert look(540, recent, old, places=places) == ([], NOW - 540)


def test_that_and_what_is_new_are_one_job() -> None:
    (job,), _ = look(600, channel(CHAT, at(-5)), places={CHAT: Place(Kind.CHANNEL, at(-70))})
    assert job.known == "reread"
    assert job.after_message_id == str(snowflake.from_unix(NOW - 3600))
    (job,), _ = look(600, channel(CHAT, at(-5)), places={CHAT: Place(Kind.CHANNEL, at(-9000))})
    assert int(job.after_message_id) < at(-9000)


@pytest.mark.parametrize(
    ("interval_s", "passed_s", "back_s"),
    [(60, 600, 3600), (60, 2400, 5400), (3600, 36_000, 36_000), (60, 1e6, 86_400)],
)
def test_the_hour_is_longer_where_looks_are_further_apart(interval_s, passed_s, back_s) -> None:
    setup = Setup(GUILD, interval_s, 1e9)
    places = {CHAT: Place(Kind.CHANNEL, at(-5))}
    (job,), _ = look(passed_s, channel(CHAT, at(-5)), places=places, setup=setup)
    assert job.after_message_id == str(snowflake.from_unix(NOW - back_s))


def test_a_turn_is_due_after_the_interval_and_at_once_where_it_was_missed() -> None:
    assert plan.due_at(SETUP, None, now=NOW) == NOW
    assert plan.due_at(SETUP, memory(ago_s=10), now=NOW) == NOW + 50
    assert plan.due_at(SETUP, memory(ago_s=5000), now=NOW) < NOW
    assert plan.due_at(SETUP, memory(ago_s=-1e6), now=NOW) == NOW  # a clock was wrong


def test_what_a_wrong_clock_noted_keeps_nothing_from_being_done() -> None:
    """Else there would be no survey and no second look until that time has come."""
    later = NOW + 1e7
    known = Memory(NOW - 60, later, later, {CHAT: Place(Kind.CHANNEL, at(-3000))})
    assert plan.is_survey_due(SETUP, known, NOW)
    (job,) = jobs([channel(CHAT, at(-3000))], known).values()
    assert job.known == "reread"
    after = plan.remembered(SETUP, known, known.places, now=NOW)
    assert after.looked_at == after.surveyed_at == NOW
    assert not plan.is_survey_due(SETUP, after, NOW)
    # Two hosts' clocks are never quite the same.
    assert not plan.is_survey_due(SETUP, Memory(NOW - 60, NOW + 2, NOW + 2), NOW)


@pytest.mark.parametrize(
    ("turn_ago_s", "survey_ago_s", "is_due"),
    [(60, 60, False), (60, 86_400, True), (599, 700, False), (600, 700, True)],
)
def test_a_survey_comes_daily_and_after_many_missed_turns(turn_ago_s, survey_ago_s, is_due) -> None:
    known = Memory(NOW - turn_ago_s, NOW, NOW - survey_ago_s)
    assert plan.is_survey_due(SETUP, known, NOW) is is_due
    assert (plan.remembered(SETUP, known, {}, now=NOW).surveyed_at == NOW) is is_due


@dataclass
class Chat:
    """A channel of the model, and what jobs have read of it."""

    channel_id: int
    posted: list[int] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    covered: RangeSet = field(default_factory=RangeSet)

    def read(self, job: BatchJob, now: float) -> None:
        asked = pages.wanted(job)
        left = pages.to_read(asked, self.covered, known=job.known, direction="backward")
        self.seen.update(one for one in self.posted if one in left)
        upper = max(self.posted, default=0) + 1
        self.covered |= left & RangeSet.of(0, upper) & pages.settled(now)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 9, 55, 60, 61, 700, 100_000]),  # seconds to the next turn
            st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1)), max_size=4),
            st.booleans(),  # whether its jobs are done at once, or with those of the next turn
        ),
        max_size=12,
    )
)
def test_whatever_is_posted_is_read_with_the_next_turn(turns) -> None:
    """Also where jobs wait, where turns are missed, and of messages that had not settled."""
    chats = [Chat(CHAT + number) for number in range(3)]
    known, now, waiting = None, NOW, []
    for passed_s, posts, at_once in [(0, [], True), *turns, (60, [], True)]:
        for which, share in sorted(posts, key=lambda post: post[1]):
            new = snowflake.from_unix(now + share * passed_s)
            chats[which].posted.append(max([new, *(one + 1 for one in chats[which].posted[-1:])]))
        now += passed_s
        listed = [channel(one.channel_id, max(one.posted, default=None)) for one in chats]
        compared = plan.compare(listed, known, set())
        covered = {one.channel_id: one.covered for one in chats if one.covered}
        made = plan.jobs_of(SETUP, known, compared, covered, now=now)
        known = plan.remembered(SETUP, known, compared.places, now=now)
        waiting += [job for job in made.values() if isinstance(job, BatchJob)]
        if at_once:
            for job in waiting:
                chats[int(job.channel_id) - CHAT].read(job, now + 0.5)
            waiting = []
            assert all(set(one.posted) == one.seen for one in chats)
