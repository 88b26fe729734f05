"""A purge in words, before, while and after it is carried out. Pure.

Names are strangers' text: whatever is made here may be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from clipsaver.cli.purging.meant import Meant
from clipsaver.cli.tables import table
from clipsaver.database.recorded_names import Recorded
from clipsaver.records.purges import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.terminal_text import printable

_LABEL = 10
_STAGES = {
    PurgeStage.FENCE: "fencing out what reads there",
    PurgeStage.COUNT: "counting what is there",
    PurgeStage.ROWS: "deleting rows",
    PurgeStage.FILES: "deleting files",
    PurgeStage.DONE: "done",
}
_ARRIVING = "they were just being made, and may yet be stored; they are deleted in some minutes"
KINDS = ("clips", "messages", "pictures", "authors", "files")


def named(meant: Meant) -> str:
    """`channel #memes (70) of My guild (7)`."""
    where = "all guilds"
    if (guild := meant.guild) is not None:
        where = _called(guild) if guild.name else f"guild {guild.id}"
    place = f"{'thread' if meant.is_thread else 'channel'} {_called(meant.channel, '#')}"
    match meant.target.scope:
        case PurgeScope.GUILD:
            return f"guild {_called(meant.guild)}"
        case PurgeScope.CHANNEL:
            return f"{place} of {where}"
        case PurgeScope.AUTHOR:
            return f"author {_called(meant.author)} in {where}"
        case PurgeScope.MESSAGES:
            return f"{_messages(meant.target)} of {place}"


def target_named(target: PurgeTarget, *, with_person: bool = True) -> str:
    """The same by ids. Of a purge that is over it is not known who and which messages; neither is
    it said where nobody is to read that later."""
    guild = f"guild {target.guild_id}"
    channel = f"channel {target.channel_id}"
    match target.scope:
        case PurgeScope.GUILD:
            return guild
        case PurgeScope.CHANNEL:
            return channel
        case PurgeScope.AUTHOR:
            is_known = with_person and target.author_id is not None
            who = f"author {target.author_id}" if is_known else "an author"
            return f"{who} in {guild if target.guild_id else 'all guilds'}"
        case PurgeScope.MESSAGES:
            return f"{_messages(target) if with_person else 'messages'} of {channel}"


def would_go(meant: Meant, counts: PurgeCounts, *, was_opted_out: bool = False) -> list[str]:
    """What a purge deletes for good, and what else it changes."""
    rows = [
        ("clips", f"{counts.clips:,}, in {_many(counts.messages, 'message')}"),
        ("pictures", f"{counts.pictures:,} of them, with their files"),
    ]
    match meant.target.scope:
        case PurgeScope.GUILD:
            rows += [
                (
                    "channels",
                    f"{_many(meant.channels, 'channel')} and {_many(meant.threads, 'thread')}: "
                    "their names, and what was read of them",
                ),
                ("jobs", "those that wait or run there end"),
                (
                    "later",
                    "a watch passes it over until somebody has it scanned again: clipsaver scan "
                    f"{meant.target.guild_id}",
                ),
            ]
        case PurgeScope.CHANNEL:
            with_threads = f", with {_many(meant.threads, 'thread')}" if meant.threads else ""
            rows += [
                ("channel", f"its name, and what was read of it{with_threads}"),
                ("jobs", "those that wait or run there end"),
                (
                    "later",
                    "a watch and scans of the guild pass it over until somebody names it: "
                    f"clipsaver scan {meant.target.guild_id} --channel {meant.target.channel_id}",
                ),
            ]
        case PurgeScope.AUTHOR:
            rows.append(("later", _opt_out(meant, was_opted_out=was_opted_out)))
        case PurgeScope.MESSAGES:
            rows.append(
                (
                    "later",
                    "what is still at Discord is stored again when it is read again: delete it "
                    "there first",
                )
            )
    return [f"{named(meant)}: this goes for good", *_rows(rows)]


def _opt_out(meant: Meant, *, was_opted_out: bool) -> str:
    if was_opted_out:
        return "the person opted out before: nothing of theirs is stored again"
    scope = f" --guild {meant.target.guild_id}" if meant.target.guild_id else ""
    return (
        "the person is put on the opt-out list, so nothing of theirs is stored again; off it: "
        f"clipsaver privacy optin {meant.target.author_id}{scope}"
    )


def question(target: PurgeTarget) -> str:
    """What typing the number does."""
    return "delete them for good" if target.scope is PurgeScope.MESSAGES else "purge it for good"


def goes_on(purge: Purge, what: str) -> str:
    """That it was asked for before."""
    return (
        f"purge {purge.purge_id} of {what} was asked for at {moment(purge.asked_at)} and is not "
        "over: this goes on with it"
    )


def written_down(purge: Purge, what: str) -> str:
    """That others carry it out."""
    return (
        f"purge {purge.purge_id} of {what} is written down; workers carry it out: clipsaver purge "
        "list shows how far"
    )


def left_alone(purge: Purge) -> str:
    """Told where the command ends before the purge does."""
    return (
        f"purge {purge.purge_id} is not over; workers go on with it, and so does clipsaver purge "
        "resume; clipsaver purge list shows how far"
    )


def proof(purge: Purge, what: str, left: PurgeCounts, seconds: float) -> list[str]:
    """Counts before and after; and what keeps the rest, where there is one."""
    is_over = purge.stage is PurgeStage.DONE
    state = "is done" if is_over else "has deleted all rows" if _rows_are_gone(purge) else "waits"
    found, deleted = purge.found or PurgeCounts(), purge.deleted
    before = (found.clips, found.messages, found.pictures, None, None)
    went = (deleted.clips, deleted.messages, deleted.pictures, deleted.authors, deleted.files)
    after = (left.clips, left.messages, left.pictures, None, purge.files_left)
    rows = [
        (kind, *(_cell(count) for count in counts), "")
        for kind, *counts in zip(KINDS, before, went, after, strict=True)
    ]
    lines = [f"purge {purge.purge_id} of {what} {state}, in {seconds:,.1f} s"]
    lines += table(("", "before", "deleted", "left", ""), rows, None, right=(1, 2, 3))
    if any(getattr(deleted, kind) > getattr(found, kind) for kind in KINDS[:3]):
        lines.append("  more was deleted than was there before: workers were just storing it")
    if is_over:
        lines += _came_back(left)
    else:
        lines += _kept(purge)
    return lines


def _rows_are_gone(purge: Purge) -> bool:
    return not purge.stage.holds_up_jobs


def _came_back(left: PurgeCounts) -> list[str]:
    if not is_any_left(left):
        return []
    return [
        "  what is left was stored since by a job that was pushed after the purge was asked for"
    ]


def _kept(purge: Purge) -> list[str]:
    files = f"{_many(purge.files_left, 'file')} wait" + ("s" if purge.files_left == 1 else "")
    return [f"  {files}: {printable(purge.error or _ARRIVING)}"]


def is_any_left(left: PurgeCounts) -> bool:
    """Whether there is a row of the target."""
    return bool(left.clips or left.messages or left.pictures)


def purge_table(purges: Sequence[Purge], width: int | None) -> list[str]:
    """A row for each, and below them what keeps those that do not get on."""
    head = ("purge", "asked for (UTC)", "by", "clips", "pictures", "files", "state", "of")
    rows = [
        (
            str(one.purge_id),
            moment(one.asked_at),
            one.asked_by,
            _of(one.deleted.clips, one.found.clips if one.found else None),
            _of(one.deleted.pictures, one.found.pictures if one.found else None),
            _of(one.deleted.files, one.deleted.files + one.files_left),
            _state(one),
            target_named(one.target),
        )
        for one in purges
    ]
    lines = table(head, rows, width, right=(0, 3, 4, 5))
    return lines + [
        f"  purge {one.purge_id}: {printable(one.error)}" for one in purges if one.error
    ]


def stage_in_words(purge: Purge) -> str:
    """`deleting rows`."""
    return _STAGES[purge.stage]


def _state(purge: Purge) -> str:
    if purge.ended_at is not None:
        return f"done {moment(purge.ended_at)}"
    return stage_in_words(purge)


def moment(at: datetime) -> str:
    """To the minute, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _of(done: int, total: int | None) -> str:
    """`1,000 of 2,000`, or one number where all of it is done, and more, or nothing is known."""
    return f"{done:,}" if total is None or total <= done else f"{done:,} of {total:,}"


def _cell(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _rows(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [f"  {label:<{_LABEL}}{text}" for label, text in rows]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _messages(target: PurgeTarget) -> str:
    if not target.message_ids:  # of a purge that is over
        return "messages"
    if len(target.message_ids) == 1:
        return f"message {target.message_ids[0]}"
    return f"{len(target.message_ids):,} messages"


def _called(one: Recorded | None, sign: str = "") -> str:
    if one is None:
        return "-"
    return f"{sign}{printable(one.name)} ({one.id})" if one.name else str(one.id)
