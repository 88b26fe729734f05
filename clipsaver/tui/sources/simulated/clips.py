"""The clips of a made-up fleet: rows, details, and what becomes of their thumbnails."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, replace

from clipsaver.database.clip_filter import ClipKey
from clipsaver.database.clips import StoredClip
from clipsaver.snowflake import from_unix
from clipsaver.thumbnails.storage.keys import key_of
from clipsaver.tui.sources.seen import ClipDetail
from clipsaver.tui.sources.simulated.cast import FILES, PEOPLE, STRANGE, Channel
from clipsaver.tui.sources.simulated.pictures import draw, size_of
from clipsaver.tui.sources.simulated.state import moment

_SHAPES = ((1920, 1080), (1280, 720), (1080, 1920), (2560, 1440), (640, 480))
_ERRORS = {
    "failed": ("media_unavailable", "decoder_timed_out"),
    "unavailable": ("broken", "media_gone", "no_video"),
}
_TEXTS = (None, "finally!!", "second attempt, watch the left wall", "for the archive", "lol")
MAKE_S = 6.0
"""From a clip's being known to its thumbnail."""
_FIRST_TOKEN = 71


@dataclass(slots=True)
class Clip:
    """One clip as it stands."""

    stored: StoredClip
    """Of `thumbnail_state` what was so when it was found or asked for last."""
    found_ms: int
    made_at_ms: int | None
    """When its thumbnail is made that is pending; None = nobody makes one."""
    token: int = _FIRST_TOKEN
    """Of the claim under which its picture was made."""
    error: str | None = None
    attempts: int = 0
    content: str | None = None

    def state_at(self, now_ms: int) -> str:
        """As `clips.thumbnail_state`."""
        is_made = self.made_at_ms is not None and now_ms >= self.made_at_ms
        return "ready" if is_made else self.stored.thumbnail_state

    def row_at(self, now_ms: int) -> StoredClip:
        """The clip as a list shows it."""
        state = self.state_at(now_ms)
        old = self.stored
        return old if state == old.thumbnail_state else replace(old, thumbnail_state=state)

    def storage_key(self, now_ms: int) -> str | None:
        """Of its picture; None = there is none."""
        if self.state_at(now_ms) != "ready":
            return None
        is_new = self.made_at_ms is not None and now_ms >= self.made_at_ms
        return key_of(self.stored.clip_id, "large", self.token + is_new)

    def size(self) -> tuple[int, int]:
        """Of its picture."""
        return size_of(self.stored.width or 640, self.stored.height or 360)

    def ask_for_another(self, now_ms: int) -> None:
        """Its thumbnail is made anew; a picture that is there stays until then."""
        state = self.state_at(now_ms)
        self.token += state == "ready" and self.made_at_ms is not None
        self.stored = replace(
            self.stored, thumbnail_state="ready" if state == "ready" else "pending"
        )
        self.made_at_ms, self.error, self.attempts = now_ms + round(MAKE_S * 1000), None, 0


def clip_of(
    channel: Channel,
    found_ms: int,
    posted_ms: int,
    dice: random.Random,
    *,
    state: str = "pending",
    strange: int | None = None,
) -> Clip:
    """A clip of that channel. `strange` chooses the names that strangers gave."""
    message_id = from_unix(posted_ms / 1000) + dice.randrange(1 << 22)
    attachment_id = message_id + 1 + dice.randrange(1 << 10)
    width, height = dice.choice(_SHAPES)
    filename, author, title = dice.choice(FILES), dice.choice(PEOPLE), None
    if strange is not None:
        filename, author = f"{STRANGE[strange % len(STRANGE)]}.mp4", STRANGE[-1 - strange % 7]
        title = STRANGE[(strange + 3) % len(STRANGE)]
    seconds = round(dice.lognormvariate(3.0, 0.8), 2)
    path = f"attachments/{channel.channel_id}/{attachment_id}/clip.mp4"
    expires_ms = found_ms + 86_400_000
    signed = f"ex={expires_ms // 1000:x}&is={found_ms // 1000:x}&hm={'0' * 64}"
    error = dice.choice(_ERRORS[state]) if state in _ERRORS else None
    return Clip(
        StoredClip(
            clip_id=f"{message_id}-{attachment_id}",
            message_id=message_id,
            channel_id=channel.channel_id,
            channel_name=channel.name,
            guild_id=channel.guild_id,
            author_id=from_unix(1_500_000_000) + int.from_bytes(author.encode()[:6]),
            author_name=author,
            source="forward" if dice.random() < 0.06 else "attachment",
            filename=filename,
            title=title,
            content_type="video/webm" if filename.endswith("webm") else "video/mp4",
            size_bytes=round(seconds * dice.uniform(180_000, 900_000)),
            width=width,
            height=height,
            duration_seconds=seconds,
            url=f"https://cdn.discordapp.com/{path}?{signed}",
            url_expires_at=moment(expires_ms),
            thumbnail_state=state,
            posted_at=moment(posted_ms),
        ),
        found_ms=found_ms,
        made_at_ms=found_ms + round(MAKE_S * 1000) if state == "pending" else None,
        error=error,
        attempts={"failed": 6, "unavailable": 1}.get(state, 0),
        content=title or dice.choice(_TEXTS),
    )


def clips_of_past(
    channels: tuple[Channel, ...], now_ms: int, seed: int, count: int, *, is_strange: bool
) -> list[Clip]:
    """So many clips of the last weeks, the newest first, in every state that there is."""
    dice = random.Random(f"{seed}:clips")
    found: list[Clip] = []
    posted_ms = now_ms - 40_000
    for number in range(count):
        state = "pending" if number == 0 else _state(dice, number)
        strange = number if is_strange else None
        found_ms = now_ms - 1_000 if number == 0 else posted_ms + 30_000
        one = clip_of(
            dice.choice(channels), found_ms, posted_ms, dice, state=state, strange=strange
        )
        if number and state == "pending":  # it has been tried, and is tried again later
            one.made_at_ms, one.error, one.attempts = now_ms + 90_000, "media_unavailable", 2
        found.append(one)
        posted_ms -= round(dice.expovariate(1 / 9_000_000)) + 60_000
    return found


def _state(dice: random.Random, number: int) -> str:
    always = {3: "failed", 5: "unavailable", 8: "skipped", 9: "pending"}
    drawn = dice.choices(
        ("ready", "unavailable", "failed", "skipped", "pending"), (88, 4, 3, 3, 2)
    )[0]
    return always.get(number, drawn)


def page_of(
    clips: list[Clip],
    now_ms: int,
    limit: int,
    *,
    before: ClipKey | None,
    equals: dict[str, int | None],
) -> tuple[tuple[StoredClip, ...], bool]:
    """The newest that are meant, and whether there are more."""
    wanted = {name: value for name, value in equals.items() if value is not None}
    found: list[StoredClip] = []
    for one in clips:
        if before is not None and one.stored.key >= before:
            continue
        if any(getattr(one.stored, name) != value for name, value in wanted.items()):
            continue
        if len(found) == limit:
            return tuple(found), True
        found.append(one.row_at(now_ms))
    return tuple(found), False


def detail_of(clip: Clip, now_ms: int) -> ClipDetail:
    """More about it."""
    key, (width, height) = clip.storage_key(now_ms), clip.size()
    has_picture = key is not None
    codecs = ("h264", "h264", "hevc", "av1", "vp9")
    codec = codecs[hashlib.sha256(clip.stored.clip_id.encode()).digest()[0] % len(codecs)]
    is_due = clip.made_at_ms is not None and clip.made_at_ms > now_ms and clip.attempts > 0
    return ClipDetail(
        clip_id=clip.stored.clip_id,
        codec=codec if has_picture else None,
        thumbnail_error=None if has_picture else clip.error,
        thumbnail_attempts=0 if has_picture else clip.attempts,
        thumbnail_due_at=moment(clip.made_at_ms) if is_due and clip.made_at_ms else None,
        first_seen_at=moment(clip.found_ms),
        content=clip.content,
        storage_key=key,
        where=f"simulated:{key}" if key else None,
        picture_width=width if has_picture else None,
        picture_height=height if has_picture else None,
        picture_bytes=len(draw(key, width, height)) if key else None,
        source="decode" if has_picture else None,
    )
