"""Putting a job on the stream, as a person filled in the form."""

from __future__ import annotations

from typing import Any

from clipsaver.database.channels import channel_places
from clipsaver.database.coverage import so_far
from clipsaver.errors import BadJob, ClipsaverError, UsageError
from clipsaver.jobs import channel_of, encode, job_type
from clipsaver.operating.connecting import Connections
from clipsaver.operating.estimating import messages_in
from clipsaver.queue import depth, produce
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import note
from clipsaver.tui.sources import facts
from clipsaver.tui.sources.live.deeds.acting import act_of
from clipsaver.tui.sources.new_job import job_of
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Deed, Preview, Result, Wish

ACTION = "job push"
"""What the audit calls it."""


class NewJobDeeds:
    """The job is in the options of the wish."""

    def __init__(self, link: Link, database: Connections) -> None:
        self._link = link
        self._database = database

    async def preview(self, wish: Wish) -> Preview:
        """See `Operator`; without the database, how long the channel is cannot be told."""
        try:
            channel_id = channel_of(job_of(wish.options))
        except BadJob:
            return facts.of_new_job(wish)  # which says what is wrong
        where, messages = "", None
        if channel_id is not None:
            try:
                where, messages = await self._channel(channel_id)
            except ClipsaverError as problem:
                where = f"{channel_id} ({problem})"
        left = await depth.left_to_do(self._link)
        return facts.of_new_job(wish, where=where, messages=messages, ahead=left.stream)

    async def do(self, wish: Wish) -> Result:
        """See `Operator`; on record before it is done, since a job is pushed as others push."""
        try:
            job = job_of(wish.options)
        except BadJob as error:
            raise UsageError(str(error)) from error
        told = encode(job).decode()
        await note(self._link, act_of(wish, told), ACTION, count=1)
        (entry_id,) = await produce.push(self._link, [job])
        run_id = produce.run_id_of(self._link, entry_id)
        undo = Wish(Deed.CANCEL, (run_id,), why="undo")
        return Result(f"pushed 1 {job_type(job)} job: {run_id}", twin(wish), undo=undo)

    async def _channel(self, channel_id: int) -> tuple[str, int | None]:
        """What it is called, and about how many messages it holds."""
        async with self._database.connection() as connection:
            return await _facts_of(connection, channel_id)


async def _facts_of(connection: Any, channel_id: int) -> tuple[str, int | None]:
    known = await so_far(connection, channel_id)
    names = (await channel_places(connection, [channel_id])).get(channel_id)
    words = " ".join((names[0] or "", f"#{names[1]}" if names[1] else "")) if names else ""
    return words.strip() or str(channel_id), None if known is None else messages_in(known)
