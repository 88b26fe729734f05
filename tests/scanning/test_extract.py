"""Every place in which a video can hide, and every trap around it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from clipsaver.discord_rest import models
from clipsaver.job_settings import compile_pattern
from clipsaver.records import Clip, ClipSource
from clipsaver.scanning.extract import Found, Rules, extract
from clipsaver.scanning.hollow import is_hollow

MESSAGE_ID = 1_100_000_000_000_000_000
CDN = "https://cdn.discordapp.com/attachments/7"
SIGNED = "ex=65f0a1b2&is=65ef5032&hm=0123abcd"

ALL_SOURCES = frozenset(ClipSource)
BY_DEFAULT = ALL_SOURCES - {ClipSource.EMBED}


def rules(**changes: Any) -> Rules:
    given: dict[str, Any] = {
        "allowed_mime_types": frozenset({"video/*"}),
        "sources": BY_DEFAULT,
        "pattern": None,
        "store_content": True,
    }
    return Rules(**(given | changes))


def message(**fields: Any) -> models.Message:
    author = {"id": "42", "username": "ann", "global_name": "Ann", "avatar": "a1b2"}
    raw = {"id": str(MESSAGE_ID), "author": author, "content": "look", **fields}
    return msgspec.json.decode(msgspec.json.encode(raw), type=models.Message)


def attachment(filename: str = "a.mp4", **fields: Any) -> dict[str, Any]:
    return {"id": "11", "filename": filename, "size": 5, "url": f"{CDN}/11/a.mp4?{SIGNED}"} | fields


def media(url: str = f"{CDN}/21/c.mp4?{SIGNED}", **fields: Any) -> dict[str, Any]:
    return {"url": url, "content_type": "video/mp4"} | fields


def find(one: models.Message, **changes: Any) -> Found:
    return extract([one], 7, rules(**changes))


def hashed(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("filename", "content_type", "stored_type"),
    [
        pytest.param("a.mp4", "video/mp4", "video/mp4", id="plain"),
        pytest.param("a.MP4", None, "video/mp4", id="no content type, extension in capitals"),
        pytest.param("a.mkv", "application/octet-stream", "video/x-matroska", id="octet-stream"),
        pytest.param("a.mov", "", "video/quicktime", id="empty content type"),
        pytest.param("a.webm", "video/webm; codecs=vp9", "video/webm", id="parameters"),
        pytest.param("a.txt", "Video/MP4", "video/mp4", id="known type, lying name"),
        pytest.param("x.mp4", "image/png", None, id="a picture named like a video"),
        pytest.param("x.mp3.gz", "audio/mpeg", None, id="audio"),
        pytest.param("movie", None, None, id="nothing tells"),
        pytest.param("movie.exe", "application/octet-stream", None, id="other extension"),
        pytest.param("code.ts", None, None, id="TypeScript is not a transport stream"),
        pytest.param("mp4", None, None, id="a name that is only an extension"),
    ],
)
def test_type_of_an_attachment(
    filename: str, content_type: str | None, stored_type: str | None
) -> None:
    found = find(message(attachments=[attachment(filename, content_type=content_type)]))
    assert [clip.content_type for clip in found.clips] == ([stored_type] if stored_type else [])


def test_all_that_an_attachment_tells_is_kept() -> None:
    found = find(
        message(
            edited_timestamp="2023-05-01T10:00:00.123000+00:00",
            attachments=[
                attachment(
                    title="The win",
                    content_type="video/mp4",
                    size=12_345,
                    width=1920,
                    height=1080,
                    duration_secs=2.5,
                    placeholder="thumbhash==",
                    flags=1,
                )
            ],
        )
    )
    assert found.clips == (
        Clip(
            clip_id=f"{MESSAGE_ID}-11",
            message_id=MESSAGE_ID,
            channel_id=7,
            author_id=42,
            source=ClipSource.ATTACHMENT,
            attachment_id=11,
            filename="a.mp4",
            title="The win",
            content_type="video/mp4",
            size_bytes=12_345,
            width=1920,
            height=1080,
            duration_seconds=2.5,
            url=f"{CDN}/11/a.mp4?{SIGNED}",
            url_expires_at=datetime.fromtimestamp(0x65F0A1B2, UTC),
            placeholder="thumbhash==",
            spoiler=False,
            discord_clip=True,
            posted_at=datetime(2023, 4, 24, 10, 7, 17, 11000, UTC),
        ),
    )
    assert [m.content for m in found.messages] == ["look"]
    assert [m.edited_at for m in found.messages] == [datetime(2023, 5, 1, 10, 0, 0, 123000, UTC)]
    assert [(a.username, a.global_name, a.avatar) for a in found.authors] == [
        ("ann", "Ann", "a1b2")
    ]


def test_two_files_of_one_name_are_two_clips() -> None:
    twice = [attachment("clip.mp4", id="11"), attachment("clip.mp4", id="12")]
    found = find(message(attachments=twice))
    assert [clip.clip_id for clip in found.clips] == [f"{MESSAGE_ID}-11", f"{MESSAGE_ID}-12"]
    assert len(found.messages) == len(found.authors) == 1


def test_one_file_met_twice_is_one_clip() -> None:
    found = find(
        message(
            attachments=[attachment()],
            components=[{"type": 13, "file": media(attachment_id="11")}],
        )
    )
    assert [clip.source for clip in found.clips] == [ClipSource.ATTACHMENT]


@pytest.mark.parametrize(
    "fields", [{"flags": 8}, {"filename": "SPOILER_a.mp4"}], ids=["flag", "prefix"]
)
def test_spoilers(fields: dict[str, Any]) -> None:
    (clip,) = find(message(attachments=[attachment() | fields])).clips
    assert clip.spoiler


FORWARDED = {"message": {"type": 0, "content": "original words", "attachments": [attachment()]}}


class TestForwards:
    def test_the_clip_belongs_to_the_forwarder(self) -> None:
        found = find(message(content="", message_snapshots=[FORWARDED]))
        (clip,) = found.clips
        assert (clip.source, clip.clip_id) == (ClipSource.FORWARD, f"{MESSAGE_ID}-11")
        assert clip.author_id == 42

    def test_components_inside_are_found(self) -> None:
        inner = {"message": {"components": [{"type": 13, "file": media(attachment_id="31")}]}}
        (clip,) = find(message(message_snapshots=[inner])).clips
        assert (clip.source, clip.attachment_id) == (ClipSource.FORWARD, 31)

    def test_a_snapshot_without_its_message(self) -> None:
        assert not find(message(message_snapshots=[{}])).clips

    def test_switched_off(self) -> None:
        only = frozenset({ClipSource.ATTACHMENT})
        assert not find(message(message_snapshots=[FORWARDED]), sources=only).clips

    def test_an_embed_inside_is_still_an_embed(self) -> None:
        video = {"url": "https://example.org/v.mp4", "content_type": "video/mp4"}
        inner = {"message": {"embeds": [{"type": "video", "video": video}]}}
        one = message(message_snapshots=[inner])
        assert not find(one).clips
        (clip,) = find(one, sources=ALL_SOURCES).clips
        assert clip.clip_id == f"{MESSAGE_ID}-forward-{hashed(video['url'])}"


class TestComponents:
    def test_gallery_and_file_nested_in_containers(self) -> None:
        gallery = {"type": 12, "items": [{"media": media(attachment_id="21"), "spoiler": True}]}
        file = {
            "type": 13,
            "file": media(f"{CDN}/22/x?{SIGNED}", attachment_id="22"),
            "name": "n.mp4",
            "size": 9,
        }
        inner = {"type": 17, "components": [gallery, {"type": 17, "components": [file]}]}
        found = find(message(flags=1 << 15, content="", components=[inner]))
        assert [(c.attachment_id, c.spoiler, c.filename, c.size_bytes) for c in found.clips] == [
            (21, True, "c.mp4", None),
            (22, False, "n.mp4", 9),
        ]
        assert {c.source for c in found.clips} == {ClipSource.COMPONENT}

    def test_a_section_with_an_accessory(self) -> None:
        section = {"type": 9, "components": [], "accessory": {"type": 11, "media": media()}}
        assert len(find(message(components=[section])).clips) == 1

    def test_without_attachment_id_the_link_without_signature_is_the_identity(self) -> None:
        first = media("https://cdn.example.org/v.mp4?quality=high&ex=65f0a1b2&is=1&hm=2")
        later = media("https://cdn.example.org/v.mp4?quality=high&ex=75f0a1b2&is=3&hm=4&")
        ids = {
            find(message(components=[{"type": 13, "file": one}])).clips[0].clip_id
            for one in (first, later)
        }
        name = hashed("https://cdn.example.org/v.mp4?quality=high")
        assert ids == {f"{MESSAGE_ID}-component-{name}"}

    def test_a_type_that_does_not_exist_yet(self) -> None:
        novel = {"type": 999, "components": [{"type": 13, "file": media()}], "glow": {"x": 1}}
        assert len(find(message(components=[novel])).clips) == 1

    def test_depth_is_bounded(self) -> None:
        tree: dict[str, Any] = {"type": 13, "file": media()}
        for _ in range(60):
            tree = {"type": 17, "components": [tree]}
        assert not find(message(components=[tree])).clips


def embed(type_: str, url: str | None, content_type: str | None = None) -> dict[str, Any]:
    video = {} if url is None else {"video": {"url": url, "content_type": content_type}}
    return {"type": type_, "url": "https://example.org/", "title": "T", **video}


@pytest.mark.parametrize(
    ("given", "is_clip"),
    [
        pytest.param(embed("video", "https://h.org/a.mp4"), True, id="direct link"),
        pytest.param(embed("video", f"{CDN}/1/a.mp4?{SIGNED}"), True, id="pasted CDN link"),
        pytest.param(embed("rich", "https://h.org/f", "video/webm"), True, id="type decides"),
        pytest.param(embed("article", "https://h.org/a.mp4?x=1"), True, id="query after name"),
        pytest.param(embed("video", "https://www.youtube.com/embed/x"), False, id="player"),
        pytest.param(embed("video", "https://h.org/a.mp4", "text/html"), False, id="player type"),
        pytest.param(embed("gifv", "https://h.org/a.mp4", "video/mp4"), False, id="gifv"),
        pytest.param(embed("image", None), False, id="picture"),
        pytest.param(embed("video", "https://[half/a.mp4"), False, id="a link that is none"),
    ],
)
def test_embeds_where_they_are_allowed(given: dict[str, Any], is_clip: bool) -> None:
    one = message(embeds=[given])
    assert not find(one).clips, "off by default"
    found = find(one, sources=ALL_SOURCES)
    assert [clip.source for clip in found.clips] == ([ClipSource.EMBED] if is_clip else [])


def test_a_reply_does_not_own_what_it_answers() -> None:
    referenced = {"id": "5", "author": {"id": "6"}, "attachments": [attachment()]}
    assert not find(message(type=19, referenced_message=referenced)).clips


def test_only_what_is_allowed() -> None:
    one = message(attachments=[attachment(id="1"), attachment("b.webm", id="2")])
    found = find(one, allowed_mime_types=frozenset({"video/webm"}))
    assert [clip.attachment_id for clip in found.clips] == [2]


class TestPattern:
    def test_searched_in_the_text(self) -> None:
        goal = compile_pattern(r"(?i)\bgoal\b")
        assert find(message(content="GOAL!", attachments=[attachment()]), pattern=goal).clips
        assert not find(message(content="goals", attachments=[attachment()]), pattern=goal).clips

    def test_searched_in_what_is_forwarded(self) -> None:
        inner = {"message": {"content": "what a goal", "attachments": [attachment()]}}
        assert find(message(message_snapshots=[inner]), pattern=compile_pattern("goal")).clips

    def test_any_text(self) -> None:
        text = "naïve 🎬 \x00 \u202e"
        one = message(content=text, attachments=[attachment()])
        assert find(one, pattern=compile_pattern("🎬")).clips


def test_content_is_left_out_where_it_may_not_be_stored() -> None:
    found = find(message(attachments=[attachment()]), store_content=False)
    assert [m.content for m in found.messages] == [None]


@pytest.mark.parametrize(
    ("field", "value", "column"),
    [
        ("size", -1, "size_bytes"),
        ("size", 2**63, "size_bytes"),
        ("width", 2**31, "width"),
        ("height", -5, "height"),
        ("duration_secs", -1.0, "duration_seconds"),
    ],
)
def test_numbers_that_no_column_holds_are_unknown(field: str, value: Any, column: str) -> None:
    (clip,) = find(message(attachments=[attachment(**{field: value})])).clips
    assert getattr(clip, column) is None


def test_messages_without_files_leave_nothing() -> None:
    found = extract([message(), message(content="https://h.org/a.mp4")], 7, rules())
    assert found == Found((), (), ())


@pytest.mark.parametrize(
    ("fields", "hollow"),
    [
        ({"content": "words"}, False),
        ({"content": "", "attachments": [attachment()]}, False),
        ({"content": "", "sticker_items": [{"id": "1"}]}, False),
        ({"content": "", "poll": {"question": {}}}, False),
        ({"content": "", "type": 7}, False),
        ({"content": "", "message_snapshots": [FORWARDED]}, False),
        ({"content": ""}, True),
        ({"content": "", "type": 19}, True),
        ({"content": "", "message_snapshots": [{"message": {"content": ""}}]}, True),
        ({"content": "", "attachments": [], "embeds": [], "components": []}, True),
    ],
)
def test_hollow_messages(fields: dict[str, Any], hollow: bool) -> None:
    assert is_hollow(message(**fields)) is hollow
