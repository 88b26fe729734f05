"""The client: what the rest of clipsaver asks Discord.

    async with open_client(token, api_url=..., permits=..., request_timeout_s=30.0) as discord:
        page = await discord.history(channel_id, before=message_id)

The token goes to the API's host and nowhere else: every address is `api_url` plus a path of
`routes`, redirects are not followed, and no error, log or `repr` holds it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import httpx
import trio

from clipsaver.discord_rest import flow, models, routes
from clipsaver.discord_rest.attachment_links import AttachmentLinks
from clipsaver.discord_rest.exchange import Exchange
from clipsaver.discord_rest.flow import Done, Failure, Policy
from clipsaver.discord_rest.guild_listing import GuildListing
from clipsaver.discord_rest.intent import intent_of
from clipsaver.discord_rest.limits.permits import Permits, Turn
from clipsaver.discord_rest.limits.statistics import Statistics, Waiting
from clipsaver.discord_rest.objects import (
    read_application,
    read_channel,
    read_guild,
    read_member,
    read_user,
)
from clipsaver.discord_rest.outcomes import Answer
from clipsaver.discord_rest.pages import Page, Reading, page_query, read_message, read_page
from clipsaver.discord_rest.recent import RecentAnswers
from clipsaver.discord_rest.routes import Request
from clipsaver.discord_rest.search import GuildSearch
from clipsaver.discord_rest.spared import OF_MESSAGES, tell_spared
from clipsaver.errors import AccessDenied, NotFound, TokenRejected
from clipsaver.trio_io.http import H11Transport

T = TypeVar("T")

UNKNOWN_CHANNEL = 10003
UNKNOWN_GUILD = 10004
UNKNOWN_MESSAGE = 10008
NO_MAX_AGE_S = 5.0
"""For how long the answer is believed that the bot lacks the intent."""
MOST_CONNECTIONS = 256
"""More than jobs can have on their way: a request that has its permit should not wait again."""


@asynccontextmanager
async def open_client(
    token: str,
    *,
    api_url: str,
    permits: Permits,
    request_timeout_s: float,
    transport: httpx.AsyncBaseTransport | None = None,
    policy: Policy | None = None,
    compress: bool = True,
    dice: Callable[[], float] = random.random,
) -> AsyncIterator[DiscordClient]:
    """A client for one bot token.

    `permits` are the token's limits; `request_timeout_s` is for one sending, answer included.
    `transport` replaces the sockets and is closed at the end. Raises UsageError for an address or a
    token that cannot be right. Nothing is sent yet.
    """
    transport = transport or H11Transport(max_connections=MOST_CONNECTIONS)
    exchange = Exchange(token, api_url, transport, timeout_s=request_timeout_s, compress=compress)
    try:
        yield DiscordClient(exchange, permits, policy or Policy(), dice)
    finally:
        with trio.move_on_after(2, shield=True):
            await transport.aclose()


class DiscordClient:
    """Discord's REST API, as far as clipsaver uses it. Made by `open_client`.

    Each method raises the errors under `DiscordError`: TokenRejected, AccessDenied, NotFound and
    RequestRefused when Discord says so, RateLimited when it asks for a longer wait than a request
    may take, DiscordUnavailable when there is no usable answer.
    """

    def __init__(
        self, exchange: Exchange, permits: Permits, policy: Policy, dice: Callable[[], float]
    ) -> None:
        self._exchange = exchange
        self._permits = permits
        self._policy = policy
        self._dice = dice
        self._answers: Counter[tuple[str, int]] = Counter()
        self._refusals: Counter[str] = Counter()
        self._recent = RecentAnswers()
        self._failures = 0
        self._retries = 0
        self.listing = GuildListing(
            partial(self._run, turn=Turn.REFRESH), of_archives=partial(self._run, turn=Turn.LISTING)
        )
        self.attachments = AttachmentLinks(partial(self._run, turn=Turn.REFRESH))
        self.search = GuildSearch(partial(self._run, turn=Turn.REFRESH))
        self._intent = False
        self._intent_asked_at = float("-inf")
        self._intent_lock = trio.Lock()
        self._trying = trio.Lock()

    def __repr__(self) -> str:
        return f"<DiscordClient of {self._exchange.api_url}>"

    async def me(self, *, once: bool = False) -> models.User:
        """The bot itself: proves the token. `once` sends it once, without trying again."""
        policy = replace(self._policy, attempts=1) if once else self._policy
        return (await self._run(routes.ME.to(), read_user, turn=Turn.LIVE, policy=policy)).value

    async def application(self) -> models.Application:
        """The bot's application, whose flags tell its privileged intents."""
        return (await self._run(routes.APPLICATION.to(), read_application, turn=Turn.LIVE)).value

    async def channel(self, channel_id: int, *, turn: Turn = Turn.BACKFILL) -> models.Channel:
        """A channel or thread, with the guild that it is in."""
        request = routes.CHANNEL.to(channel=channel_id)
        return (await self._run(request, partial(read_channel, channel_id), turn=turn)).value

    async def guild(self, guild_id: int, *, turn: Turn = Turn.BACKFILL) -> models.Guild:
        """A server that the bot is in. NotFound (10004) or AccessDenied where it is not."""
        request = routes.GUILD.to(guild=guild_id)
        return (await self._run(request, partial(read_guild, guild_id), turn=turn)).value

    async def member(self, guild_id: int, user_id: int) -> models.Member:
        """A member of a server that the bot is in."""
        request = routes.GUILD_MEMBER.to(guild=guild_id, user=user_id)
        return (await self._run(request, read_member, turn=Turn.REFRESH)).value

    async def history(
        self,
        channel_id: int,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 100,
        turn: Turn = Turn.BACKFILL,
    ) -> Page:
        """A page of messages: those next before an id, next after or around one, or the newest.

        Ids are snowflakes and need not be messages'. An empty page may also mean that the bot
        lacks Read Message History, which Discord does not tell: see `can_read_history`.
        """
        query = page_query(before=before, after=after, around=around, limit=limit)
        request = routes.MESSAGES.to(channel=channel_id, query=query)
        return await self._page(
            request, partial(read_page, before=before, after=after, limit=limit), turn=turn
        )

    async def find_message(
        self, channel_id: int, message_id: int, *, turn: Turn = Turn.BACKFILL
    ) -> Page:
        """One message as a page of its own; an empty one if it is gone (404/10008)."""
        request = routes.MESSAGE.to(channel=channel_id, message=message_id)
        try:
            return await self._page(request, partial(read_message, message_id), turn=turn)
        except NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            return Page([], is_full=False, requests=1, route=str(request))

    async def _page(
        self, request: Request, read: Callable[[bytes], Reading], *, turn: Turn
    ) -> Page:
        done = await self._run(request, read, turn=turn)
        tell_spared(request, done.value.spared, OF_MESSAGES)
        return Page(done.value.messages, done.value.is_full, done.requests, str(request))

    async def can_read_history(self, channel_id: int, message_id: int) -> bool:
        """Whether the channel's history may be read, found out with one message's id.

        Unlike the list, asking for one message is denied without Read Message History. The
        message need not exist: 404 is an answer of somebody who may look.
        """
        try:
            await self.find_message(channel_id, message_id, turn=Turn.LIVE)
        except AccessDenied:
            return False
        return True

    async def has_content_intent(self, *, max_age_s: float) -> bool:
        """Whether the bot has the message-content intent, as known for at most `max_age_s`.

        0 asks Discord now; callers that come together share one question.
        """
        # A person who is told "no" goes and switches it on: that must show at once.
        oldest = trio.current_time() - (max_age_s if self._intent else min(max_age_s, NO_MAX_AGE_S))
        async with self._intent_lock:
            if self._intent_asked_at < oldest or self._intent_asked_at == float("-inf"):
                asked_at = trio.current_time()
                flags = (await self.application()).flags
                self._intent = intent_of(flags).is_there
                self._intent_asked_at = asked_at
            return self._intent

    def waiting(self) -> tuple[Waiting, ...]:
        """Which requests wait now, for what and until when."""
        return self._permits.waiting()

    def statistics(self) -> Statistics:
        """A snapshot of what was done and what was learnt."""
        return Statistics(
            answers=MappingProxyType(dict(self._answers)),
            failures=self._failures,
            refusals=MappingProxyType(dict(self._refusals)),
            retries=self._retries,
            held_since=self._permits.held_since,
            limits=self._permits.statistics(),
            waits=self._permits.waiting(),
            http=self._exchange.connections(),
            recent=self._recent.by_route(),
        )

    async def _run(
        self,
        request: Request,
        decode: Callable[[bytes], T],
        *,
        turn: Turn = Turn.BACKFILL,
        policy: Policy | None = None,
    ) -> Done[T]:
        """One request to its value or error; tries a held token first if that is due."""
        policy = policy or self._policy
        try:
            return await self._drive(request, decode, policy, turn=turn, trial=False)
        except TokenRejected as error:
            rejected = error
        async with self._trying:  # others wait for what a trial tells, and are asked no more
            if await self._permits.may_ask_again():
                await self._drive(routes.ME.to(), read_user, policy, turn=Turn.LIVE, trial=True)
        try:
            return await self._drive(request, decode, policy, turn=turn, trial=False)
        except TokenRejected:
            raise rejected from None

    async def _drive(
        self,
        request: Request,
        decode: Callable[[bytes], T],
        policy: Policy,
        *,
        turn: Turn,
        trial: bool,
    ) -> Done[T]:
        started = trio.current_time()
        course = flow.run(request, decode, policy=policy, started=started, dice=self._dice)
        deadline = started + policy.patience_s
        result: Answer | Failure | None = None
        sent = 0
        while True:
            try:
                action = course.send(result)
            except StopIteration as end:
                done: Done[T] = end.value
                return done
            if action != flow.SEND:
                await trio.sleep(action)
                result = None
                continue
            async with self._permits.permit(
                request, turn=turn, deadline=deadline, trial=trial
            ) as permit:
                result = await self._exchange.send(request)
                if isinstance(result, Answer):
                    permit.answered(result)
            self._retries += sent > 0
            sent += 1
            self._count(request, result)

    def _count(self, request: Request, result: Answer | Failure) -> None:
        if isinstance(result, Failure):
            self._failures += 1
            return
        self._answers[request.route.name, result.status] += 1
        self._recent.note(request.route.name, result)
        if result.refusal is not None:
            self._refusals[result.refusal.scope.value] += 1
