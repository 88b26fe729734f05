"""Links are signed again against the simulator: in batches, and by their messages otherwise."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest
import trio

from clipsaver import errors, signed_links
from clipsaver.discord_rest.client import open_client
from clipsaver.discord_rest.flow import Policy
from clipsaver.errors import ClipsaverError
from clipsaver.simulator import Access, Fault, World, open_simulator
from clipsaver.thumbnails.errors import LinkRefused, MediaGone
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.client import open_media
from clipsaver.thumbnails.media.links import Link, needs_refresh
from clipsaver.thumbnails.media.signing import Links
from tests.permits import AtOnce
from tests.thumbnails.media.cdn import TLS

NOW = 1_790_000_000.0
REFRESH = "POST /attachments/refresh-urls"
PAGE = "GET /channels/{}/messages"
ONE = "GET /channels/{}/messages/{}"


class Site:
    """A simulator whose links have all expired, and what signs them again."""

    def __init__(self, simulator, discord, links, clock):
        self.simulator = simulator
        self.world = simulator.world
        self.faults = simulator.faults
        self.discord = discord
        self.links = links
        self.clock = clock

    async def clips(self, channel_id=None):
        """The links of a channel's files, read when they were fresh."""
        channel_id = channel_id or next(iter(self.world.histories))
        page = await self.discord.history(channel_id)
        return [
            Link(
                f"{message.id}-{file.id}",
                channel_id,
                int(message.id),
                file.url,
                signed_links.expires_at(file.url),
            )
            for message in page.messages
            for file in message.attachments
        ]

    def expire(self):
        self.clock[0] += 3600

    @property
    def now(self):
        return datetime.fromtimestamp(self.clock[0], UTC)

    def requests(self, route):
        return sum(self.simulator.statistics().by_route.get(route, {}).values())

    async def all(self, links):
        """What became of each, asked by as many tasks at once."""
        fates = {}

        async def ask(link):
            try:
                fates[link] = await self.links.refresh(link)
            except ClipsaverError as error:
                fates[link] = error

        async with trio.open_nursery() as nursery:
            for link in links:
                nursery.start_soon(ask, link)
        return [fates[link] for link in links]


@asynccontextmanager
async def a_site(*, channels=1, messages=0, **options):
    world = World.generate(
        7, now=NOW, channels=channels, messages=messages, link_lifetime_s=3600, **options
    )
    clock = [NOW]
    async with (
        open_simulator(world, wall_clock=lambda: clock[0]) as simulator,
        open_client(
            simulator.token,
            api_url=simulator.api_url,
            permits=AtOnce(),
            request_timeout_s=5,
            policy=Policy(attempts=2, backoff_s=0.001),
        ) as discord,
        trio.open_nursery() as nursery,
    ):
        links = Links(discord)
        await nursery.start(links.run)
        yield Site(simulator, discord, links, clock)
        nursery.cancel_scope.cancel()


def post(site, count, *, channel_id=None, kind="plain_clip"):
    channel_id = channel_id or next(iter(site.world.histories))
    return [site.world.post(channel_id, kind, now=NOW + number) for number in range(1, count + 1)]


async def test_a_link_that_has_ended_leads_to_its_file_again():
    async with a_site() as site, open_media([site.simulator.media_host], tls=TLS) as media:
        post(site, 1)
        (old,) = await site.clips()
        site.expire()
        with pytest.raises(LinkRefused):
            await media.ranges(old.url, budget=Budget()).read(0, 10)
        assert needs_refresh(old, site.now)
        fresh = await site.links.refresh(old)
        assert (fresh.clip_id, fresh.message_id) == (old.clip_id, old.message_id)
        assert fresh.expires_at == signed_links.expires_at(fresh.url) > old.expires_at
        assert not needs_refresh(fresh, site.now)
        assert len(await media.ranges(fresh.url, budget=Budget()).read(0, 10)) == 10


async def test_tasks_that_ask_at_once_share_the_requests():
    async with a_site() as site:
        post(site, 90)
        old = await site.clips()
        site.expire()
        fresh = await site.all(old)
        assert [one.clip_id for one in fresh] == [one.clip_id for one in old]
        assert all(
            new.url.partition("?")[0] == one.url.partition("?")[0]
            for new, one in zip(fresh, old, strict=True)
        )
        assert site.requests(REFRESH) == site.links.statistics().batches <= 4
        assert site.links.statistics().asked == 90
        assert site.requests(ONE) == 0


async def test_of_two_clips_that_are_one_file_the_link_is_sent_once(monkeypatch):
    async with a_site() as site:
        post(site, 1)
        (old,) = await site.clips()
        site.expire()
        sent = []
        refresh = site.discord.attachments.refresh

        async def noted(urls):
            sent.extend(urls)
            return await refresh(urls)

        monkeypatch.setattr(site.discord.attachments, "refresh", noted)
        forwarded = msgspec.structs.replace(old, clip_id="another", message_id=old.message_id + 1)
        fresh = await site.all([old, forwarded])
        assert sent == [old.url]
        assert [one.clip_id for one in fresh] == [old.clip_id, "another"]


async def test_a_file_that_is_gone_costs_the_others_nothing():
    async with a_site() as site:
        gone, *_ = post(site, 3)
        old = await site.clips()
        site.world.delete(old[0].channel_id, gone)
        site.expire()
        fates = {one.message_id: fate for one, fate in zip(old, await site.all(old), strict=True)}
        error = fates.pop(gone)
        assert isinstance(error, MediaGone)
        assert str(gone) in str(error)
        assert error.handling is errors.Handling.DEAD
        assert all(isinstance(fate, Link) for fate in fates.values())
        # That it is gone is told by its message, and not by a link that is missing.
        assert site.requests(ONE) == 1


@pytest.mark.parametrize(
    "fault", [Fault.status(404), Fault.status(403), Fault.status(400), Fault.status(503)]
)
async def test_where_the_endpoint_fails_the_messages_are_read(fault):
    async with a_site() as site:
        post(site, 60)
        old = await site.clips()
        site.expire()
        site.faults.always(REFRESH, fault)
        pages = site.requests(PAGE)
        fresh = await site.all(old)
        assert all(one.expires_at > site.now for one in fresh)
        assert site.requests(PAGE) - pages <= 4
        assert site.requests(ONE) <= 4
        # An endpoint that will not is left alone for a while, one that cannot is not.
        before = site.requests(REFRESH)
        site.faults.clear()
        await site.links.refresh(old[0])
        assert (site.requests(REFRESH) == before) is (fault.code != 503)


async def test_an_endpoint_that_would_not_is_asked_again_later(monkeypatch):
    async with a_site() as site:
        monkeypatch.setattr("clipsaver.thumbnails.media.signing._REFUSED_S", 0.0)
        post(site, 1)
        (old,) = await site.clips()
        site.expire()
        site.faults.next(REFRESH, Fault.status(404))
        await site.links.refresh(old)
        await site.links.refresh(old)
        assert site.requests(REFRESH) == 2
        assert site.requests(ONE) == 1


async def test_messages_far_apart_and_in_several_channels_are_all_found():
    async with a_site(channels=3, messages=400, simple=True) as site:
        old = []
        for channel_id, history in site.world.histories.items():
            post(site, 2, channel_id=channel_id)
            old += (await site.clips(channel_id))[:2]
            oldest = await site.discord.history(channel_id, after=0, limit=100)
            with_files = [one for one in oldest.messages if one.attachments]
            old += [
                Link("old", channel_id, int(one.id), one.attachments[0].url, None)
                for one in with_files[:2]
            ]
            assert len(history) > 300
        site.expire()
        site.faults.always(REFRESH, Fault.status(404))
        fresh = await site.all(old)
        assert len(old) >= 9
        assert all(one.expires_at > site.now for one in fresh)


async def test_a_link_for_another_file_is_not_taken(monkeypatch):
    async with a_site() as site:
        post(site, 2)
        first, second = await site.clips()
        site.expire()

        async def crossed(urls):
            return [f"{second.url}&new=1", "", "https://evil.example/attachments/1/2/x"]

        monkeypatch.setattr(site.discord.attachments, "refresh", crossed)
        fresh = await site.links.refresh(first)
        assert fresh.url.partition("?")[0] == first.url.partition("?")[0]
        assert site.requests(ONE) == 1


async def test_a_link_that_comes_back_as_it_was_is_not_signed(monkeypatch):
    async with a_site() as site:
        post(site, 1)
        (old,) = await site.clips()
        site.expire()

        async def echo(urls):
            return urls

        monkeypatch.setattr(site.discord.attachments, "refresh", echo)
        assert (await site.links.refresh(old)).expires_at > site.now


async def test_what_is_no_attachment_is_looked_for_in_its_message_alone():
    async with a_site() as site:
        post(site, 1)
        (old,) = await site.clips()
        linked = msgspec.structs.replace(old, url="https://host.example/x.mp4")
        with pytest.raises(MediaGone, match="shows this file no more"):
            await site.links.refresh(linked)
        assert site.requests(REFRESH) == 0


async def test_a_message_without_its_files_proves_nothing_without_the_intent():
    async with a_site() as site:
        post(site, 1)
        (old,) = await site.clips()
        site.expire()
        site.faults.always(REFRESH, Fault.status(404))
        site.world.set_content_intent(granted=False)
        with pytest.raises(errors.MissingContentIntent):
            await site.links.refresh(old)


async def test_what_discord_denies_is_told_as_it_is():
    async with a_site(channels=2) as site:
        first, second, *_ = site.world.histories
        post(site, 2, channel_id=first)
        post(site, 1, channel_id=second)
        old = [*await site.clips(first), *await site.clips(second)]
        site.expire()
        site.faults.always(REFRESH, Fault.status(404))
        site.world.set_access(first, Access.NO_VIEW)
        *denied, fresh = await site.all(old)
        assert [type(one) for one in denied] == [errors.AccessDenied] * 2
        assert fresh.expires_at > site.now


async def test_a_token_that_is_rejected_is_not_tried_on_messages():
    async with a_site() as site:
        post(site, 1)
        (old,) = await site.clips()
        site.world.revoke(site.simulator.token)
        with pytest.raises(errors.TokenRejected):
            await site.links.refresh(old)
        assert site.requests(ONE) == 0


async def test_after_the_end_nothing_waits():
    async with a_site() as site:
        post(site, 1)
        (old,) = await site.clips()
    with pytest.raises(errors.DiscordUnavailable, match="ends"):
        await site.links.refresh(old)
