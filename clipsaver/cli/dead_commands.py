"""Does what `clipsaver dead` was asked for: look, or choose, show, ask and act."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from clipsaver.cli.confirming import confirm
from clipsaver.cli.dead_asked import Asked
from clipsaver.cli.dead_json import action_json, group_json, letter_json, selection_json
from clipsaver.cli.dead_text import (
    counted,
    groups_table,
    letter_lines,
    letters_table,
    listing_head,
    selection_lines,
)
from clipsaver.cli.opening import open_stream
from clipsaver.cli.tables import terminal_width
from clipsaver.config import Config
from clipsaver.errors import ExitCode, UsageError
from clipsaver.queue.link import Link
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act, who
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead import Selection
from clipsaver.queue.operating.dead_letters.dead_actions import Fate, Handled, drop, retry
from clipsaver.terminal_text import printable
from clipsaver.utc import second

_SHOWN = 50
"""Rows of a list, unless `--limit` says otherwise."""
_EXAMPLES = 10
"""Letters that are shown before an action."""
_MOST_TOLD = 20
"""Letters of an action whose new runs are named."""


async def do(config: Config, asked: Asked) -> int:
    """The action; returns an exit code."""
    async with open_stream(config) as link:
        seconds, microseconds = await link.command("TIME")
        asked = asked.since(int(seconds) * 1000 + int(microseconds) // 1000)
        if asked.action == "show":
            return await _show(link, asked)
        if asked.action == "list":
            return await (_list_groups if asked.by_group else _list)(link, asked)
        return await _act(link, asked)


async def _list(link: Link, asked: Asked) -> int:
    if asked.as_json:
        await _list_json(link, asked)
        return ExitCode.DONE
    total = await dead.count(link)
    most = asked.limit or _SHOWN
    found = await dead.look(link, asked.wanted, count=most + 1)
    shown = found.letters[:most]
    if not shown:
        _write([await _none(link, total)])
        return ExitCode.DONE
    is_filtered, has_more = not asked.wanted.is_all, len(found.letters) > most
    _write(
        [
            listing_head(len(shown), total, is_filtered=is_filtered, has_more=has_more),
            *letters_table(shown, terminal_width()),
        ]
    )
    sys.stderr.write("all of one, and what to do about it: clipsaver dead show ID\n")
    return ExitCode.DONE


async def _list_json(link: Link, asked: Asked) -> None:
    """As many as were asked for, or all; a page of them is in memory at a time."""
    cursor, left = None, asked.limit
    while left is None or left > 0:
        count = 200 if left is None else min(left, 200)
        found = await dead.look(link, asked.wanted, count=count, cursor=cursor)
        _write(json.dumps(letter_json(letter)) for letter in found.letters)
        if found.cursor is None:
            return
        cursor = found.cursor
        left = None if left is None else left - len(found.letters)


async def _list_groups(link: Link, asked: Asked) -> int:
    groups = await dead.groups(link, asked.wanted)
    if asked.as_json:
        _write(json.dumps(group_json(group)) for group in groups[: asked.limit])
        return ExitCode.DONE
    if not groups:
        _write([await _none(link, await dead.count(link))])
        return ExitCode.DONE
    shown = groups[: asked.limit or _SHOWN]
    causes = "1 cause" if len(groups) == 1 else f"{len(groups):,} causes"
    _write(
        [
            f"{causes} of {counted(sum(group.count for group in groups))}",
            *groups_table(shown, terminal_width()),
            *([f"  and {len(groups) - len(shown):,} more (--limit)"] * (len(groups) > len(shown))),
        ]
    )
    return ExitCode.DONE


async def _none(link: Link, total: int) -> str:
    """Why there is nothing to show."""
    if total:
        return f"none of the {counted(total)} is one of these"
    events = await audit.read(link, count=1)
    if not events:
        return "no dead letters"
    last = events[0]
    return f"no dead letters; the last action: {last.action} by {printable(last.who)}, " + second(
        last.at_ms
    )


async def _show(link: Link, asked: Asked) -> int:
    (name,) = asked.ids
    letter = await dead.letter_of(link, name)
    if letter is None:
        raise UsageError(await _where_it_went(link, name))
    if asked.as_json:
        _write([json.dumps(letter_json(letter))])
    else:
        _write(letter_lines(letter))
    return ExitCode.DONE


async def _where_it_went(link: Link, name: str) -> str:
    if "/" in name:
        return f"there is no dead letter of the run {name}; clipsaver dead list shows them"
    event = await audit.about(link, name)
    if event is None:
        return f"there is no dead letter {name}; clipsaver dead list shows them"
    return f"there is no dead letter {name} any more: {event.action} by {event.who}, " + second(
        event.at_ms
    )


async def _act(link: Link, asked: Asked) -> int:
    selection, missing = await _chosen(link, asked)
    ids = selection.ids
    if asked.dry_run:
        _tell_selection(asked, selection, missing)
        return ExitCode.DONE
    if not ids:
        _tell_nothing(asked, missing)
        return ExitCode.DONE
    if len(ids) > 1 and not asked.is_confirmed:
        _write(_selection_lines(asked, selection, missing), sys.stderr)
    confirm(len(ids), f"{asked.action} them", is_confirmed=asked.is_confirmed)
    act = Act(who(), what=asked.words(), why=asked.why)
    handled = await (retry if asked.action == "retry" else drop)(link, ids, act)
    if asked.as_json:
        _write([json.dumps(action_json(asked.action, act.request, handled, missing))])
    else:
        _write(_told(handled, missing))
    is_done = all(one.fate is not Fate.CUT for one in handled)
    return ExitCode.DONE if is_done else ExitCode.JOB_FAILED


async def _chosen(link: Link, asked: Asked) -> tuple[Selection, list[str]]:
    """The letters to act on, and what was named and is not there."""
    if asked.ids:
        return await dead.select_named(link, asked.ids, examples=_EXAMPLES)
    return await dead.select(link, asked.wanted, limit=asked.limit, examples=_EXAMPLES), []


def _tell_selection(asked: Asked, selection: Selection, missing: Sequence[str]) -> None:
    if asked.as_json:
        _write([json.dumps(selection_json(asked.action, selection, missing))])
        return
    _write([*_selection_lines(asked, selection, missing), "nothing was changed (--dry-run)"])


def _tell_nothing(asked: Asked, missing: Sequence[str]) -> None:
    if asked.as_json:
        _write([json.dumps(action_json(asked.action, "", (), missing))])
    else:
        _write(_told((), missing))


def _selection_lines(asked: Asked, selection: Selection, missing: Sequence[str]) -> Iterable[str]:
    return selection_lines(asked.action, selection, missing, terminal_width())


def _told(handled: Sequence[Handled], missing: Sequence[str]) -> Iterable[str]:
    fates = Counter(one.fate for one in handled)
    for fate in (Fate.RETRIED, Fate.DROPPED):
        if fates[fate]:
            yield f"{fate.value} {counted(fates[fate])}"
    runs = [one for one in handled if one.run_id]
    for one in runs[:_MOST_TOLD]:
        yield f"  {one.letter_id} is the run {one.run_id} now"
    if (more := len(runs) - _MOST_TOLD) > 0:
        yield f"  and {more:,} more (--json names them all)"
    if gone := fates[Fate.GONE] + len(missing):
        yield f"{gone:,} not there: retried or dropped before, or never was"
    if cut := fates[Fate.CUT]:
        yield f"{cut:,} cannot be retried: only the beginning of the job was kept"
    if not handled and not missing:
        yield "no dead letter is one of these"


def _write(lines: Iterable[str], into: Any = None) -> None:
    stream = into or sys.stdout
    stream.writelines(f"{line}\n" for line in lines)
    stream.flush()
