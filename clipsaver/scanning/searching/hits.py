"""The clips that a search's hits hold, without those whose messages are not there any more.

The index is late: for a while it shows what was deleted. Where history is still to be read, it sees
to that. Where history was read, nobody looks again: a clip that is not on record there was gone by
then, or came with an edit since, and Discord is asked for its message.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import structlog

from clipsaver.database import Database, reconciling
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.errors import AccessDenied, ClipsaverError, NotFound, RequestRefused
from clipsaver.records import KnownChannel
from clipsaver.scanning.extract import Found, Rules, Unreadable, extract

_log = structlog.get_logger()

_NOTHING = Found((), (), ())


@dataclass(frozen=True, slots=True)
class Hits:
    """Those of one page that are in one channel."""

    channel: KnownChannel
    messages: Sequence[models.Message]
    found: Found


@dataclass(slots=True)
class Checked:
    """What is left of a page's hits."""

    found: list[tuple[KnownChannel, Found]] = field(default_factory=list)
    unread: int = 0
    """Clips that the page shows and history has not come to."""
    requests: int = 0
    """Made to be sure."""


def clips_in(messages: Sequence[models.Message], channel_id: int, rules: Rules) -> Found:
    """The clips that the rules see; none where a message cannot be read, which is logged."""
    try:
        return extract(messages, channel_id, rules)
    except Unreadable as error:  # history meets it as well, and tries it again
        pass_over(channel_id, error)
        return _NOTHING


def pass_over(channel_id: int, error: ClipsaverError | Unreadable) -> None:
    """Says that hits in a channel are not stored, and why."""
    _log.warning("search_hits_passed_over", channel=channel_id, error=str(error))


@dataclass(frozen=True, slots=True)
class Check:
    """Of one search: by which rules, and as what history reads by the same."""

    discord: DiscordClient
    database: Database
    rules: Rules
    settings_hash: str
    _closed: set[int] = field(default_factory=set)
    """Channels in which a message could not be asked for: each denial counts against the host."""

    async def of(self, page: Sequence[Hits]) -> Checked:
        """What is left of the hits of a page.

        Raises what the Discord client and the database raise, but for what says something about a
        channel alone: that costs only its doubtful hits.
        """
        checked = Checked()
        clips = [clip for hits in page for clip in hits.found.clips]
        if not clips:
            return checked
        async with self.database.connection() as connection:
            record = await reconciling.on_record(connection, clips, self.settings_hash)
        checked.unread = len(clips) - len(record.read)
        doubtful = record.read - record.stored
        for hits in page:
            ids = {clip.message_id for clip in hits.found.clips if clip.clip_id in doubtful}
            found = await self._as_it_is(hits, ids, checked) if ids else hits.found
            if found.clips:
                checked.found.append((hits.channel, found))
        return checked

    async def _as_it_is(self, hits: Hits, doubtful: Collection[int], checked: Checked) -> Found:
        channel_id = hits.channel.channel.channel_id
        there: list[models.Message] = []
        for message in hits.messages:
            message_id = int(message.id)
            if message_id not in doubtful:
                there.append(message)
                continue
            if channel_id in self._closed:
                continue
            try:
                asked = await self.discord.find_message(channel_id, message_id, turn=Turn.REFRESH)
            except (AccessDenied, NotFound, RequestRefused) as error:
                self._closed.add(channel_id)
                pass_over(channel_id, error)
                continue
            checked.requests += asked.requests
            there += asked.messages
        return clips_in(there, channel_id, self.rules)
