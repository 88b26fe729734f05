"""Files over real sockets: signatures, expiry, ranges and fresh links."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from clipsaver.simulator import Fault, Simulator, World
from clipsaver.simulator.api.cdn import GONE
from clipsaver.simulator.files.media import PROBED_VIDEOS, by_name, content_of, media_of
from clipsaver.simulator.files.stills import still_of
from tests.simulator.serving import served

NOW = 1_790_000_000.0


class Clock:
    """A wall clock that a test can set forward."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def a_world(**options: Any) -> World:
    return World.generate(1, now=NOW, channels=1, messages=30, **options)


async def a_file(
    simulator: Simulator, client: httpx.AsyncClient, kind: str = "plain_clip"
) -> dict[str, Any]:
    """The attachment of a message that was just posted."""
    channel_id = next(iter(simulator.world.histories))
    message_id = simulator.world.post(channel_id, kind, now=NOW)
    message = (await client.get(f"/channels/{channel_id}/messages/{message_id}")).json()
    attachment: dict[str, Any] = message["attachments"][0]
    return attachment


async def test_files_are_as_long_as_their_messages_say() -> None:
    async with served(a_world(), wall_clock=Clock()) as (simulator, client):
        for kind in ("plain_clip", "odd_names", "unprobed_clip", "pictures", "voice_message"):
            file = await a_file(simulator, client, kind)
            for url in (file["url"], file["proxy_url"]):
                response = await client.get(url, headers={"Authorization": ""})
                media = media_of(int(file["id"]))
                assert media is not None
                assert response.content == content_of(media)
                assert len(response.content) == file["size"]
                assert response.headers["content-type"] == media.content_type
        assert simulator.statistics().cdn_requests == 10


async def test_links_expire_and_pages_carry_fresh_ones() -> None:
    clock = Clock()
    async with served(a_world(link_lifetime_s=100), wall_clock=clock) as (simulator, client):
        file = await a_file(simulator, client)
        path = f"/channels/{next(iter(simulator.world.histories))}/messages?limit=1"
        old = (await client.get(path)).json()[0]["attachments"][0]["url"]
        assert (await client.get(old)).status_code == 200
        clock.now += 100
        for url in (old, file["url"], file["url"].partition("?")[0]):
            gone = await client.get(url)
            assert (gone.status_code, gone.text) == (404, GONE)
        fresh = (await client.get(path)).json()[0]["attachments"][0]["url"]
        assert (await client.get(fresh)).status_code == 200


async def test_refreshing_links() -> None:
    clock = Clock()
    async with served(a_world(link_lifetime_s=100), wall_clock=clock) as (simulator, client):
        file = await a_file(simulator, client)
        clock.now += 500
        bare = file["url"].partition("?")[0]
        urls = [file["url"], bare, "https://elsewhere.example/x.mp4"]
        answer = await client.post("/attachments/refresh-urls", json={"attachment_urls": urls})
        refreshed = answer.json()["refreshed_urls"]
        assert [each["original"] for each in refreshed] == urls
        assert [each["refreshed"] is not None for each in refreshed] == [True, True, False]
        assert (await client.get(refreshed[0]["refreshed"])).status_code == 200


async def test_refreshing_refuses_what_is_no_list_of_links() -> None:
    async with served(a_world()) as (_, client):
        path = "/attachments/refresh-urls"
        for body in ({"attachment_urls": ["x"] * 51}, {"attachment_urls": []}, {"urls": ["x"]}):
            response = await client.post(path, json=body)
            assert (response.status_code, response.json()["code"]) == (400, 50035)
        typeless = await client.post(path, content=b'{"attachment_urls": ["x"]}')
        assert typeless.status_code == 400


async def test_the_file_of_a_deleted_message_is_gone() -> None:
    async with served(a_world()) as (simulator, client):
        file = await a_file(simulator, client)
        channel_id, history = next(iter(simulator.world.histories.items()))
        assert history.last_message_id is not None
        simulator.world.delete(channel_id, history.last_message_id)
        assert (await client.get(file["url"])).status_code == 404
        body = {"attachment_urls": [file["url"]]}
        answer = await client.post("/attachments/refresh-urls", json=body)
        assert answer.json()["refreshed_urls"][0]["refreshed"] is None


async def test_ranges() -> None:
    async with served(a_world(), wall_clock=Clock()) as (simulator, client):
        file = await a_file(simulator, client)
        whole = await client.get(file["url"])
        assert whole.headers["accept-ranges"] == "bytes"

        async def part(**headers: str) -> httpx.Response:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.get(file["url"], headers=named)

        first = await part(Range="bytes=0-99")
        assert (first.status_code, first.content) == (206, whole.content[:100])
        assert first.headers["content-range"] == f"bytes 0-99/{file['size']}"
        last = await part(Range="bytes=-10", If_Range=whole.headers["etag"])
        assert last.content == whole.content[-10:]
        beyond = await part(Range=f"bytes={file['size']}-")
        assert beyond.status_code == 416
        assert beyond.headers["content-range"] == f"bytes */{file['size']}"
        changed = await part(Range="bytes=0-9", If_Range='"another"')
        assert (changed.status_code, changed.content) == (200, whole.content)
        assert (await part(If_None_Match=whole.headers["etag"])).status_code == 304


async def test_head_tells_the_length_without_the_file() -> None:
    async with served(a_world(), wall_clock=Clock()) as (simulator, client):
        file = await a_file(simulator, client)
        head = await client.head(file["url"])
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) == file["size"]
        # The connection goes on after it.
        assert (await client.get(file["url"])).status_code == 200


async def test_other_paths_and_methods() -> None:
    async with served(a_world()) as (simulator, client):
        file = await a_file(simulator, client)
        assert (await client.post(file["url"])).status_code == 405
        assert (await client.get(f"{simulator.base_url}/favicon.ico")).status_code == 404


STILLS = {"webp": ("image/webp", b"RIFF"), "jpeg": ("image/jpeg", b"\xff\xd8\xff")}


@pytest.mark.parametrize("wanted", ["webp", "jpeg"])
async def test_the_media_proxy_makes_stills_of_what_was_probed(wanted: str) -> None:
    async with served(a_world(), wall_clock=Clock()) as (simulator, client):
        content_type, magic = STILLS[wanted]
        for kind in ("plain_clip", "ten_clips"):
            file = await a_file(simulator, client, kind)
            still = await client.get(f"{file['proxy_url']}format={wanted}&width=320&height=180")
            assert still.headers["content-type"] == content_type
            assert still.content.startswith(magic)
        # The CDN knows no formats, and a still needs the signature as well.
        assert len((await client.get(f"{file['url']}format={wanted}")).content) == file["size"]
        bare = file["proxy_url"].partition("?")[0]
        assert (await client.get(f"{bare}?format={wanted}")).status_code == 404


async def test_the_media_proxy_makes_none_of_what_has_no_size() -> None:
    async with served(a_world(), wall_clock=Clock()) as (simulator, client):
        for kind, picture_format in (
            ("unprobed_clip", "webp"),
            ("voice_message", "webp"),
            ("plain_clip", "bmp"),
        ):
            file = await a_file(simulator, client, kind)
            answer = await client.get(f"{file['proxy_url']}format={picture_format}")
            assert answer.status_code == 415


async def test_a_still_exists_of_every_video_that_was_probed() -> None:
    for media in PROBED_VIDEOS:
        for wanted, (content_type, magic) in STILLS.items():
            still = still_of(media, wanted)
            assert still is not None
            assert still.content_type == content_type
            assert still.content.startswith(magic)
    picture = by_name("picture.png")
    still = still_of(picture, "webp")
    assert still is not None
    assert still.content == content_of(picture)


async def test_faults_of_files() -> None:
    async with served(a_world(), wall_clock=Clock()) as (simulator, client):
        file = await a_file(simulator, client)
        whole = (await client.get(file["url"])).content

        async def part(fault: Fault, span: str = "bytes=10-19", **headers: str) -> httpx.Response:
            simulator.faults.next("GET /attachments/**", fault)
            named = {"Range": span} | {n.replace("_", "-"): v for n, v in headers.items()}
            return await client.get(file["url"], headers=named)

        ignored = await part(Fault.ignore_range())
        assert (ignored.status_code, ignored.content) == (200, whole)
        shifted = await part(Fault.wrong_range())
        assert shifted.headers["content-range"] == f"bytes 9-18/{len(whole)}"
        assert shifted.content == whole[9:19]
        later = await part(Fault.wrong_range(), "bytes=0-9")
        assert later.headers["content-range"] == f"bytes 1-10/{len(whole)}"
        changed = await part(Fault.changed_file())
        tag = (await client.get(file["url"])).headers["etag"]
        assert (changed.status_code, changed.headers["etag"] != tag) == (206, True)
        assert (await part(Fault.changed_file(), If_Range=tag)).status_code == 200
        away = await part(Fault.redirect())
        assert (away.status_code, away.headers["location"]) == (302, "https://elsewhere.example/")
        assert (await part(Fault.status(403))).status_code == 403
        # They are about files: an answer of the API stays as it is.
        simulator.faults.next("GET /users/@me", Fault.ignore_range())
        assert (await client.get("/users/@me")).status_code == 200
