"""The unfinished entries that a person names: by entry id, run id, or the job's own job_id."""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.queue.entries import is_entry_id
from clipsaver.queue.link import Link
from clipsaver.queue.operating import pending, places
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.places import Located
from clipsaver.queue.operating.sketch import sketch
from clipsaver.queue.operating.verdicts import Rules


async def find(link: Link, rules: Rules, name: str) -> tuple[PendingEntry, ...]:
    """Entries that are held, wait or are delayed and have this name; mostly one or none.

    A run goes by the id of its first entry, too. What is not where it was last heard of is looked
    for everywhere, page by page.
    """
    run_id = run_named(link, name)
    if run_id is not None and (meant := await last_heard_of(link, run_id, name)):
        return await pending.described(link, rules, meant)
    everywhere: list[Located] = []
    cursor = None
    while True:
        found, cursor = await places.locate_page(link, cursor)
        everywhere += [one for one in found if _has_name(one, run_id, name)]
        if cursor is None or (everywhere and run_id is not None):
            return await pending.described(link, rules, everywhere)


async def last_heard_of(link: Link, run_id: str, name: str = "") -> list[Located]:
    """The run's entry where it was last heard of, or the one of this entry id; looks nowhere
    else."""
    here = [name] if is_entry_id(name) else []
    last, due = await link.command("HMGET", link.names.job(run_id), "entry", "due_at")
    here += [run_id.rpartition("/")[2], *([last.decode()] if last else ())]
    found = await places.entries_at(link, list(dict.fromkeys(here)))
    meant = [one for one in found if one.entry.run_id == run_id or one.entry.entry_id == name]
    if meant or not due:
        return meant
    return [one for one in await places.due_at(link, int(due)) if one.entry.run_id == run_id]


async def named(
    link: Link, rules: Rules, names: Sequence[str]
) -> tuple[list[PendingEntry], list[str]]:
    """The entries that go by these names, each once, and the names by which none goes."""
    found: dict[tuple[str, str | None], PendingEntry] = {}
    missing = []
    for name in dict.fromkeys(names):
        entries = await find(link, rules, name)
        found.update({(one.run_id, one.entry_id): one for one in entries})
        if not entries:
            missing.append(name)
    return list(found.values()), missing


def run_named(link: Link, name: str) -> str | None:
    """The run id that the name is or stands for; None where it is a job_id."""
    if is_entry_id(name):
        return f"{link.names.stream}/{name}"
    prefix, _, first = name.rpartition("/")
    return name if prefix == link.names.stream and is_entry_id(first) else None


def _has_name(one: Located, run_id: str | None, name: str) -> bool:
    if run_id is not None:
        return one.entry.run_id == run_id
    return sketch(one.entry.job).job_id == name
