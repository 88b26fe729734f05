"""Signs links again: many in one request, and by reading their messages where that fails.

A link of Discord's leads to its file for a day. `POST /attachments/refresh-urls` signs fifty at
once, but is not in Discord's documentation, so that it may be gone one day; a message that is read
again shows its files by fresh links as well. Tasks that ask at the same time share the requests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog
import trio

from clipsaver import signed_links
from clipsaver.combining import Combiner
from clipsaver.discord_rest import models
from clipsaver.discord_rest.attachment_links import MOST_URLS
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.routes import MESSAGE, REFRESH_URLS
from clipsaver.errors import (
    AccessDenied,
    DiscordError,
    DiscordUnavailable,
    MissingContentIntent,
    NotFound,
    RequestRefused,
    TokenRejected,
)
from clipsaver.thumbnails.errors import MediaGone
from clipsaver.thumbnails.media.links import Link, file_of, is_attachment, shown_in

log = structlog.get_logger(__name__)

_SIGNED_AT_ONCE = 2
_READ_AT_ONCE = 4
"""Groups of links whose messages are read at the same time; a channel is read in turn anyhow."""
_REFUSED_S = 900.0
"""For so long the endpoint is left alone when it will not do: a 403 counts with Discord."""
_INTENT_AGE_S = 60.0

Found = models.Message | DiscordError | None
"""A message, None where it was deleted, or why neither is known."""


@dataclass(frozen=True, slots=True)
class LinkStatistics:
    """What was done since the beginning."""

    asked: int
    """Links that were to be signed by the endpoint."""
    batches: int
    """Requests for them."""
    read_again: int
    """Links that were looked for in their messages."""


class Links:
    """`run` is the service; `refresh` is what tasks ask."""

    def __init__(self, discord: DiscordClient) -> None:
        self._discord = discord
        self._refused_until = float("-inf")
        self._signed: Combiner[str, str | None] = Combiner(
            self._sign, ended=_ended, most=MOST_URLS, at_once=_SIGNED_AT_ONCE
        )
        self._shown: Combiner[Link, str] = Combiner(
            self._read, ended=_ended, most=MOST_URLS, at_once=_READ_AT_ONCE
        )

    async def refresh(self, link: Link) -> Link:
        """The same clip's link as Discord signs it now.

        Raises MediaGone where its message or the file in it is no more, and the errors under
        DiscordError where Discord does not tell.
        """
        url = await self._signed(link.url) if is_attachment(link.url) else None
        if url is None:
            url = await self._shown(link)
        return msgspec.structs.replace(link, url=url, expires_at=signed_links.expires_at(url))

    def statistics(self) -> LinkStatistics:
        """Counts since the beginning."""
        signed = self._signed.statistics()
        return LinkStatistics(signed.calls, signed.groups, self._shown.statistics().calls)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serves until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._signed.run)
            await nursery.start(self._shown.run)
            task_status.started()

    async def _sign(self, urls: Sequence[str]) -> list[str | None]:
        """Each link signed again, or None for those that their messages have to tell.

        A link that comes back for another file is nobody's: files are told apart by their paths.
        One that comes back as it was sent is not signed.
        """
        if trio.current_time() < self._refused_until:
            return [None] * len(urls)
        try:
            fresh = await self._discord.attachments.refresh(list(dict.fromkeys(urls)))
        except TokenRejected:
            raise
        except DiscordError as error:
            if isinstance(error, NotFound | AccessDenied | RequestRefused):
                self._refused_until = trio.current_time() + _REFUSED_S
            log.warning(
                "links_not_signed",
                count=len(urls),
                error=str(error),
                instead="their messages are read again",
            )
            return [None] * len(urls)
        by_file = {file_of(url): url for url in set(fresh) - set(urls)}
        return [by_file.get(file_of(url)) for url in urls]

    async def _read(self, links: Sequence[Link]) -> list[str | Exception]:
        """The link of each as its message shows it, or why there is none."""
        channels: defaultdict[int, set[int]] = defaultdict(set)
        for link in links:
            channels[link.channel_id].add(link.message_id)
        found: dict[tuple[int, int], Found] = {}
        for channel_id, message_ids in channels.items():
            for message_id, message in (await self._messages(channel_id, message_ids)).items():
                found[channel_id, message_id] = message
        return [await self._judged(one, found[one.channel_id, one.message_id]) for one in links]

    async def _messages(self, channel_id: int, message_ids: set[int]) -> dict[int, Found]:
        """The messages of a channel, None for those that are gone.

        Many at once are often neighbours, so that one page holds several. That one is gone is only
        believed where it was asked for by itself.
        """
        found: dict[int, Found] = {}
        left = set(message_ids)
        while left:
            newest = max(left)
            try:
                if len(left) > 1:
                    page = await self._discord.history(
                        channel_id, before=newest + 1, turn=Turn.REFRESH
                    )
                    found |= {int(one.id): one for one in page.messages if int(one.id) in left}
                if newest not in found:
                    page = await self._discord.find_message(channel_id, newest, turn=Turn.REFRESH)
                    found[newest] = page.messages[0] if page.messages else None
            except DiscordError as error:
                found |= dict.fromkeys(left - found.keys(), error)
            left -= found.keys()
        return found

    async def _judged(self, link: Link, found: Found) -> str | Exception:
        if isinstance(found, DiscordError):
            return found
        if found is None:
            return MediaGone(f"message {link.message_id} was deleted, and its files with it")
        url = shown_in(found, file_of(link.url))
        if url is not None:
            return url
        try:
            can_see = await self._discord.has_content_intent(max_age_s=_INTENT_AGE_S)
        except DiscordError as error:
            return error
        if can_see:
            return MediaGone(f"message {link.message_id} shows this file no more")
        return MissingContentIntent(
            "the message comes without its files, since the bot lacks the message-content intent; "
            "switch it on (Developer Portal, Bot, Privileged Gateway Intents)",
            route=str(MESSAGE.to(channel=link.channel_id, message=link.message_id)),
        )


def _ended() -> Exception:
    return DiscordUnavailable("the worker ends before the link is signed", route=REFRESH_URLS.name)
