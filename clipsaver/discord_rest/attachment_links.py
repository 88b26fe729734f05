"""Links to attachments, signed again.

    fresh = await discord.attachments.refresh(urls)

Raises the errors under `DiscordError` as the client does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from clipsaver.discord_rest import models, routes
from clipsaver.discord_rest.decoding import decode
from clipsaver.discord_rest.guild_listing import Run

MOST_URLS = 50
"""Of one request."""

_read = partial(decode, msgspec.json.Decoder(models.RefreshedUrls))


class AttachmentLinks:
    """What Discord signs of links to attachments. Part of a `DiscordClient`."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def refresh(self, urls: Sequence[str]) -> list[str]:
        """The links that Discord made of up to 50, in one request; need not be signed or valid.

        In no certain order, and without those that it does not sign: which file each leads to is
        told by its path.
        """
        if not 1 <= len(urls) <= MOST_URLS:
            raise ValueError(f"1 to {MOST_URLS} links are signed in one request, not {len(urls)}")
        body = msgspec.json.encode({"attachment_urls": list(urls)})
        done = await self._run(routes.REFRESH_URLS.to(body=body), _read)
        return [one.refreshed for one in done.value.refreshed_urls if one.refreshed]
