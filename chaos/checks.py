"""Whether what is in PostgreSQL and in Redis is what has to be; for the logs see `logs`.

Each check gives sentences, one for each thing that is wrong. What is read is read here; what it
means is decided by functions of values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import redis

from chaos.logs import thefts, workers
from chaos.stage import GROUP, STREAM, Stage
from chaos.telling import told
from chaos.watch import Watched, pending
from chaos.work import Task, Work
from clipsaver.jobs import GuildJob
from clipsaver.queue.names import Names
from clipsaver.scanning.guild_plan import search_for

NAMES = Names(STREAM, GROUP)

DIARY = """
create schema if not exists chaos;
create table if not exists chaos.diary (
    step bigint generated always as identity, run_id text not null, state text not null,
    was text, fence bigint not null, pages bigint not null, messages bigint not null);
create or replace function chaos.note() returns trigger language plpgsql as $$
begin
    insert into chaos.diary (run_id, state, was, fence, pages, messages)
    values (new.run_id, new.state, case when tg_op = 'UPDATE' then old.state end,
            new.fence, new.pages, new.messages);
    return null;
end $$;
create or replace trigger chaos_note after insert or update on clipsaver.runs
    for each row execute function chaos.note();
"""
"""A row for each change of a run, written in the transaction that makes it."""

_RUNS = "select run_id, job_id, type, channel_id, state, attempts, messages from clipsaver.runs"

_ENDED_NOT_ONCE = """
select run_id from chaos.diary group by run_id
having count(*) filter (where state in ('SUCCEEDED', 'FAILED', 'CANCELLED')
                        and was is distinct from state) <> 1"""

# An end whose answer got lost is written again, and changes nothing that counts.
_CHANGED_AFTER_THE_END = """
select distinct run_id from (
    select *, (fence, pages, messages) is distinct from
              (lag(fence) over steps, lag(pages) over steps, lag(messages) over steps) as differs
    from chaos.diary window steps as (partition by run_id order by step)) changes
where was in ('SUCCEEDED', 'FAILED', 'CANCELLED') and (differs or state is distinct from was)"""

_WENT_BACK = """
select distinct run_id from (
    select run_id, fence < lag(fence) over steps as fence, pages < lag(pages) over steps as pages,
           messages < lag(messages) over steps as messages
    from chaos.diary window steps as (partition by run_id order by step)) changes
where fence or pages or messages"""


@dataclass(frozen=True, slots=True)
class Run:
    """A row of `runs`."""

    run_id: str
    job_id: str | None
    type: str
    channel_id: int | None
    state: str
    attempts: int
    messages: int


def check_all(
    stage: Stage, work: Work, acknowledged: Mapping[str, Task], watched: Watched
) -> list[str]:
    """Everything that is wrong, in words."""
    with stage.database() as database, stage.redis() as client:
        runs = [Run(*row) for row in database.execute(_RUNS)]
        joined = joined_runs(client, acknowledged.keys() - {run.run_id for run in runs})
        return [
            *ends(runs, acknowledged, joined),
            *diary(database),
            *readings(runs, work),
            *clips(database, work),
            *coverage(database, work),
            *leftovers(client),
            *workers(stage, watched),
            *thefts(stage, watched),
        ]


def joined_runs(client: redis.Redis, run_ids: Iterable[str]) -> dict[str, str]:
    """Of runs that have no row, the ones that do their jobs instead."""
    wanted = sorted(run_ids)
    pipeline = client.pipeline(transaction=False)
    for run_id in wanted:
        pipeline.hget(f"{{{STREAM}}}:job:{run_id}", "joined")
    answers: Sequence[bytes | None] = pipeline.execute()
    return {
        run_id: answer.decode() for run_id, answer in zip(wanted, answers, strict=True) if answer
    }


def lost_runs(stage: Stage, acknowledged: Mapping[str, Task]) -> list[str]:
    """What was acknowledged, and neither has a run nor joined one."""
    with stage.database() as database, stage.redis() as client:
        known = {str(row[0]) for row in database.execute("select run_id from clipsaver.runs")}
        without = acknowledged.keys() - known
        return sorted(without - joined_runs(client, without).keys())


def ends(
    runs: Sequence[Run], acknowledged: Mapping[str, Task], joined: Mapping[str, str]
) -> list[str]:
    """Each pushed job has one run that went well, its own or the one that it joined."""
    by_id = {run.run_id: run for run in runs}
    lost, strange = [], []
    for run_id, task in acknowledged.items():
        run = by_id.get(joined.get(run_id, run_id))
        if run is None:
            lost.append(run_id)
        elif run.job_id != task.job_id:
            strange.append(run_id)
    return [
        *told("pushed and acknowledged, and no run of it", lost),
        *told("a run of another job", strange),
        *told("did not end well", [f"{r.run_id} {r.state}" for r in runs if r.state != _GOOD]),
        *told("used an attempt, though nothing was wrong with it",
              [run.run_id for run in runs if run.attempts]),
    ]  # fmt: skip


_GOOD = "SUCCEEDED"


def diary(database: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """Each run ended once, stayed so, and was never changed by an earlier delivery."""
    return [
        *told("ended more or less than once", _named(database, _ENDED_NOT_ONCE)),
        *told("changed after their end", _named(database, _CHANGED_AFTER_THE_END)),
        *told("went back in fence, pages or messages", _named(database, _WENT_BACK)),
    ]


def readings(runs: Sequence[Run], work: Work) -> list[str]:
    """Each message was counted as often as it was to be read, so no page was committed twice."""
    tasks = {task.job_id: task for task in work.tasks}
    together: Counter[str] = Counter()
    wrong = []
    surveyed: Counter[int] = Counter()
    searches = {("guild", search_for(GuildJob(guild_id=one)).job_id) for one in _guilds(work)}
    for run in runs:
        task = tasks.get(run.job_id or "")
        if task is None:
            if (run.type, run.job_id) in searches:
                continue  # it covers nothing, and what it shows may be shown again
            if run.channel_id not in work.surveyed:
                wrong.append(f"{run.run_id}, which nobody pushed")
            else:
                surveyed[run.channel_id] += run.messages
            continue
        together[task.job_id] += run.messages
        if task.each not in (None, run.messages):
            wrong.append(f"{run.run_id} read {run.messages} of {task.each}")
    wrong += [
        f"{task.job_id} read {together[task.job_id]} of {task.together}"
        for task in tasks.values()
        if task.together not in (None, together[task.job_id])
    ]
    wrong += [
        f"channel {channel_id}: {surveyed[channel_id]} of {count} were read"
        for channel_id, count in work.surveyed.items()
        if surveyed[channel_id] != count
    ]
    return told("messages read", wrong)


def _guilds(work: Work) -> set[str]:
    """Those that are surveyed, and so searched."""
    return {task.job["guild_id"] for task in work.tasks if task.job["type"] == "guild"}


def clips(database: psycopg.Connection[tuple[Any, ...]], work: Work) -> list[str]:
    """Each clip of what was covered or named is there once, and no other."""
    covered = {
        row[0]: row[1]
        for row in database.execute("select channel_id, covered from clipsaver.scan_coverage")
    }

    def is_due(clip_id: str, channel_id: int) -> bool:
        message_id = int(clip_id.partition("-")[0])
        if message_id in work.named:
            return True
        return any(message_id in one for one in covered.get(channel_id, ()))

    due = {clip_id for clip_id, channel in work.planted.items() if is_due(clip_id, channel)}
    rows = list(database.execute("select clip_id, deleted_at is null from clipsaver.clips"))
    there = Counter(clip_id for clip_id, _ in rows)
    added = database.execute("select sum(clips_added) from clipsaver.runs").fetchone()
    problems = [
        *told("clips are missing", due - there.keys()),
        *told("clips that nobody was to find", there.keys() - due),
        *told("clips are there twice", [clip for clip, count in there.items() if count > 1]),
        *told("clips are marked deleted", [clip for clip, is_there in rows if not is_there]),
    ]
    # Runs that find a clip at the same moment both count it.
    if added is None or (added[0] or 0) < len(rows):
        problems.append(f"runs added {added and added[0]} clips, and {len(rows)} are there")
    return problems


def coverage(database: psycopg.Connection[tuple[Any, ...]], work: Work) -> list[str]:
    """What was to be read from end to end has no gap."""
    gaps = []
    for channel_id, (lowest, highest) in work.whole.items():
        row = database.execute(
            "select bool_or(covered @> int8range(%s, %s, '[]')) from clipsaver.scan_coverage "
            "where channel_id = %s",
            [lowest, highest, channel_id],
        ).fetchone()
        if row is None or not row[0]:
            gaps.append(channel_id)
    return told("channels with gaps in their coverage", gaps)


def leftovers(client: redis.Redis) -> list[str]:
    """Nothing waits, nothing is pending, nothing is dead, and no key stays that should go."""
    problems = []
    counts = {
        "entries on the stream": client.xlen(STREAM),
        "entries pending": len(pending(client)),
        "delayed entries": client.zcard(NAMES.delayed),
        "dead letters": client.xlen(NAMES.dead),
    }
    problems += [f"{count} {what} are left" for what, count in counts.items() if count]
    problems += told("the line is not empty", [key for key in NAMES.in_line if client.exists(key)])
    keys = [key.decode() for key in client.scan_iter(count=1000)]
    staying = [key for key in keys if key not in NAMES.lasting and client.pttl(key) == -1]
    return [*problems, *told("keys without an expiry", staying)]


def _named(database: psycopg.Connection[tuple[Any, ...]], query: str) -> list[str]:
    return [str(row[0]) for row in database.execute(query.encode())]
