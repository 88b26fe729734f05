"""Which kinds of messages there are, and how often each is posted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clipsaver.simulator.dice import Dice
from clipsaver.simulator.writing.draft import Draft
from clipsaver.simulator.writing.kinds import nested, plain, uploads


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message."""

    name: str
    write: Callable[[Draft], None]
    weight: int = 1
    """How often it comes beside the others of its table."""


def _table(
    *rows: Callable[[Draft], None] | tuple[Callable[[Draft], None], int],
) -> tuple[Kind, ...]:
    pairs = [row if isinstance(row, tuple) else (row, 1) for row in rows]
    return tuple(Kind(write.__name__, write, weight) for write, weight in pairs)


CLIP_KINDS = _table(
    (uploads.plain_clip, 12),
    uploads.unprobed_clip,
    uploads.untyped_clip,
    uploads.untyped_mov,
    uploads.octet_stream_clip,
    uploads.parameters_in_type,
    uploads.capital_type,
    uploads.video_named_text,
    uploads.two_of_one_name,
    uploads.clip_among_others,
    uploads.ten_clips,
    uploads.spoiler_by_flag,
    uploads.spoiler_by_name,
    (uploads.discord_clip, 2),
    uploads.odd_names,
    uploads.clip_from_webhook,
    uploads.clip_from_bot,
    uploads.edited_clip,
    (nested.forwarded_clip, 2),
    nested.forwarded_untyped,
    nested.forwarded_gallery,
    (nested.gallery, 2),
    nested.nested_container,
    nested.file_component,
    nested.linked_gallery,
)
"""Kinds that hold at least one clip by default."""

OTHER_KINDS = _table(
    (plain.talk, 40),
    plain.long_text,
    (plain.odd_talk, 2),
    plain.nothing,
    (plain.reply, 4),
    plain.joined,
    plain.pinned_something,
    plain.boosted,
    plain.poll,
    plain.sticker,
    uploads.picture_named_mp4,
    (uploads.pictures, 3),
    uploads.untyped_text,
    uploads.octet_stream_archive,
    uploads.voice_message,
    nested.forwarded_text,
    nested.component_text,
    nested.linked_file,
    nested.pasted_cdn_link,
    nested.player_page,
    nested.animated_picture,
    nested.rich_embed,
    nested.article,
    nested.suppressed_link,
)
"""Kinds that hold no clip, or only one in an embed."""

THREAD_STARTER = Kind("thread_starter", plain.thread_starter)
TEXT_KINDS = frozenset(
    write.__name__
    for write in (
        plain.talk,
        plain.long_text,
        plain.odd_talk,
        plain.nothing,
        plain.reply,
        plain.joined,
        plain.pinned_something,
        plain.boosted,
        plain.thread_starter,
    )
)
"""Names of kinds that are nothing but text: no search for anything else can find them."""
BY_NAME = {kind.name: kind for kind in (*CLIP_KINDS, *OTHER_KINDS, THREAD_STARTER)}


@dataclass(frozen=True, slots=True)
class Mix:
    """What is posted in a channel: how many messages hold clips, and of which kinds."""

    clip_share: float
    clips: tuple[Kind, ...]
    others: tuple[Kind, ...]
    """Each kind stands here as often as its weight says, so that one throw picks it."""

    def pick(self, dice: Dice) -> Kind:
        """The kind of the next message."""
        return dice.pick(self.clips if dice.chance(self.clip_share) else self.others)

    def holds_clip(self, dice: Dice) -> bool:
        """Whether `pick` with the same throws would choose a kind with clips."""
        return dice.chance(self.clip_share)


def full_mix(clip_share: float) -> Mix:
    """Every kind there is."""
    return Mix(clip_share, _weighted(CLIP_KINDS), _weighted(OTHER_KINDS))


def simple_mix(clip_share: float) -> Mix:
    """Talk, and clips as plain attachments: for measuring, where kinds would blur the figures."""
    return Mix(clip_share, (BY_NAME["plain_clip"],), (BY_NAME["talk"],))


def _weighted(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    return tuple(kind for kind in kinds for _ in range(kind.weight))
