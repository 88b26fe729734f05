"""Clips of strangers who mean no good, by the thousand, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clipsaver import snowflake
from clipsaver.database.clip_list import ListedClip
from clipsaver.database.thumbnails.results import StoredPicture
from tests.strangers import COUNT, TEXTS

MADE_AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
GUILD_NAME = "</script><script>document.title = 'taken'</script>.mp4"
THUMBHASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"


def a_listed_clip(number: int = 0, **fields: object) -> ListedClip:
    """A clip that nothing is special about but its number."""
    posted_at = MADE_AT - timedelta(minutes=7 * number)
    message_id = snowflake.from_unix(posted_at.timestamp()) + number
    clip = ListedClip(
        clip_id=f"{message_id}-{number}",
        message_id=message_id,
        channel_id=500,
        guild_id=7,
        author_id=900,
        source="attachment",
        attachment_id=number,
        filename=f"clip-{number}.mp4",
        title=None,
        content_type="video/mp4",
        size_bytes=1000 * number,
        width=1280,
        height=720,
        duration_seconds=number / 2,
        codec="avc1",
        url="https://cdn.discordapp.com/attachments/1/2/clip.mp4",
        url_expires_at=None,
        placeholder=None,
        spoiler=False,
        discord_clip=False,
        posted_at=posted_at,
        edited_at=None,
        content=None,
        guild_name="The guild",
        channel_name="clips",
        channel_type=0,
        nsfw=False,
        parent_id=None,
        parent_name=None,
        author_name="Ada",
        author_username="ada",
        author_is_bot=False,
        thumbnail_state="pending",
        thumbnail_error=None,
        thumbnail_error_message=None,
        thumbnail_attempts=0,
        thumbnail_due_at=None,
        first_seen_at=MADE_AT,
        updated_at=MADE_AT,
        deleted_at=None,
        deleted_reason=None,
        small=None,
        large=None,
    )
    return replace(clip, **fields)  # type: ignore[arg-type]


def a_picture(key: str, size_bytes: int = 4) -> StoredPicture:
    return StoredPicture("small", key, 320, 180, size_bytes, "image/webp", "decode")


def hostile_clips(count: int) -> list[ListedClip]:
    """Newest first, called by the texts of `strangers`. Every fifth is without length or size,
    every seventh a spoiler; there are 40 channels and 300 people, who are called like the files."""
    return [_hostile(number) for number in range(count)]


def _hostile(number: int) -> ListedClip:
    name = TEXTS[number % COUNT]
    channel, author = number % 40, number * 7 % 300
    return a_listed_clip(
        number,
        channel_id=500 + channel,
        author_id=900 + author,
        filename=f"{number} {name}",
        title=name if number % 3 == 0 else None,
        size_bytes=None if number % 5 == 0 else number * 7919 % 50_000_000,
        duration_seconds=None if number % 5 == 0 else number * 31 % 5000 / 3,
        spoiler=number % 7 == 0,
        nsfw=channel == 3,
        guild_name=GUILD_NAME,
        channel_name=TEXTS[channel * 25] + str(channel),
        channel_type=11 if channel % 4 == 1 else 0,
        parent_id=499,
        parent_name="parent <i>",
        author_name=f"{TEXTS[author * 3]} {author}",
        author_username=f"person{author}",
        placeholder=THUMBHASH if number % 2 else None,
        content=f"look at this {name}" if number % 2 else None,
        deleted_at=MADE_AT if number % 11 == 0 else None,
    )
