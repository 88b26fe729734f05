"""Removes what was kept long enough: texts, clips, and clips that are gone at Discord."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from clipsaver.config import Config
from clipsaver.database import retention
from clipsaver.database.purging.clips import delete_clips
from clipsaver.scanning.retention import Retention
from clipsaver.snowflake import MAX_ID
from clipsaver.thumbnails.storage.keys import key_ranges
from clipsaver.worker.privacy.chores import Chore, Hand
from clipsaver.worker.privacy.clearing import clear_away

_log = structlog.get_logger()

_FIRST_IN_S = 600.0
_EVERY_S = 3600.0
_DAY_S = 86_400.0
_STEP = 200
"""Messages, clips or channels of one statement."""


def retaining(config: Config) -> Chore:
    """The chore."""
    return Chore("retention", _FIRST_IN_S, _Retaining(config).do)


def in_force(config: Config) -> dict[str, int | bool]:
    """For how long texts, clips and deleted clips are kept, where not for good, for the log."""
    privacy = config.privacy
    days = {
        "content_days": privacy.content_days,
        "clip_days": privacy.clip_days,
        "deleted_days": privacy.deleted_days,
    }
    told: dict[str, int | bool] = {name: limit for name, limit in days.items() if limit}
    return told if config.scan.store_content else {**told, "store_content": False}


@dataclass(frozen=True, slots=True)
class _Retaining:
    config: Config

    async def do(self, hand: Hand) -> float:
        """One round, in bounded steps; what is still too young is for the next one."""
        privacy, now, done = self.config.privacy, hand.now, Counter[str]()
        ages = Retention.of(privacy)
        texts_before = ages.oldest_text(now) if self.config.scan.store_content else MAX_ID
        if texts_before:
            done["texts"] = await _forget_texts(hand, texts_before)
        if clips_before := ages.oldest_clip(now):
            await _uncover(hand, clips_before)  # first: what is removed must not count as read
            done += await _remove(hand, partial(retention.old_clips, older_than=clips_before))
        if privacy.deleted_days:
            gone_before = now - privacy.deleted_days * _DAY_S
            done += await _remove(hand, partial(retention.clips_gone, before=gone_before))
        done["files"] = await clear_away(hand)
        if counts := {name: count for name, count in done.items() if count}:
            _log.info("retention_done", **counts)
        return _EVERY_S


async def _forget_texts(hand: Hand, older_than: int) -> int:
    texts = 0
    while True:
        emptied = await hand.place.with_database(
            lambda conn: retention.forget_texts(conn, older_than, limit=_STEP)
        )
        texts += emptied
        if emptied < _STEP:
            return texts
        await hand.keep()


async def _uncover(hand: Hand, older_than: int) -> None:
    after: tuple[int, str] | None = (0, "")
    while after is not None:
        place = after
        after = await hand.place.with_database(
            lambda conn: retention.uncover(conn, older_than, place, limit=_STEP)  # noqa: B023
        )
        await hand.keep()


async def _remove(hand: Hand, find: Callable[..., Awaitable[list[str]]]) -> Counter[str]:
    """Removes the clips that it finds, with all that is only theirs, step by step."""
    done, with_database = Counter[str](), hand.place.with_database
    while True:
        clips = await with_database(lambda conn: find(conn, limit=_STEP))
        if not clips:
            return done
        gone = await with_database(lambda conn: delete_clips(conn, clips, key_ranges=key_ranges))  # noqa: B023
        done += Counter(clips=gone.clips, messages=gone.messages)
        done += Counter(pictures=gone.pictures, authors=gone.authors)
        await hand.keep()
