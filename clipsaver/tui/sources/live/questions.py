"""What of a look is asked of the database, and how old an answer may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.clips import (
    ClipFacts,
    StoredClip,
    about_how_many,
    clip_facts,
    newest_clips,
)
from clipsaver.database.run_list import ListedRun, ended_runs, read_to_the_end
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.tui.sources.live.asking import Question
from clipsaver.tui.sources.live.details import question_of
from clipsaver.tui.sources.live.sight import CLIPS, Sight, key_of_list, key_of_superseded
from clipsaver.tui.sources.seen import ClipDetail
from clipsaver.tui.sources.wanted import View, Wanted

_COUNT_S = 15.0
_LIST_S = 1.5
_DETAIL_S = 3.0
_SUPERSEDED_S = 30.0
_ENDED = 50
"""Runs that are over, below those that are not."""


class Questions:
    """`where` says where a picture is, for a person, by its key."""

    def __init__(self, where: Callable[[str], str]) -> None:
        self._where = where

    def of(self, sight: Sight) -> list[Question]:
        """What this look needs, what was never asked before what is only out of date."""
        wanted = sight.wanted
        found: list[Question] = []
        match wanted.view:
            case View.JOBS if wanted.worker is None:
                found.append(_ended_runs(wanted))
            case View.DEAD:
                found += _superseded(sight.letters.letters)
            case View.CLIPS:
                found.append(_clips(wanted))
                if wanted.chosen is not None:
                    found.append(self._clip(wanted.chosen))
            case _:
                pass
        if (run_id := sight.chosen_run) is not None:
            found.append(question_of(run_id, _DETAIL_S))
        return [*found, Question(CLIPS, _COUNT_S, about_how_many)]

    def _clip(self, clip_id: str) -> Question:
        async def ask(connection: AsyncConnection[Any]) -> ClipDetail | None:
            facts = await clip_facts(connection, clip_id)
            return None if facts is None else self._shown(facts)

        return Question(("clip", clip_id), _DETAIL_S, ask)

    def _shown(self, facts: ClipFacts) -> ClipDetail:
        key = facts.storage_key
        return ClipDetail(
            clip_id=facts.clip_id,
            codec=facts.codec,
            thumbnail_error=facts.thumbnail_error,
            thumbnail_attempts=facts.thumbnail_attempts,
            thumbnail_due_at=facts.thumbnail_due_at,
            first_seen_at=facts.first_seen_at,
            content=facts.content,
            storage_key=key,
            where=None if key is None else self._where(key),
            picture_width=facts.picture_width,
            picture_height=facts.picture_height,
            picture_bytes=facts.picture_bytes,
            source=facts.picture_source,
        )


def _ended_runs(wanted: Wanted) -> Question:
    async def ask(connection: AsyncConnection[Any]) -> list[ListedRun]:
        limit = min(_ENDED, wanted.rows)
        return await ended_runs(connection, limit=limit, types=sorted(wanted.types))

    return Question(key_of_list(wanted), _LIST_S, ask)


def _clips(wanted: Wanted) -> Question:
    async def ask(connection: AsyncConnection[Any]) -> list[StoredClip]:
        return await newest_clips(
            connection,
            limit=wanted.rows + 1,
            guild_id=wanted.guild_id,
            channel_id=wanted.channel_id,
            author_id=wanted.author_id,
            before=wanted.before,
        )

    return Question(key_of_list(wanted), _LIST_S, ask)


def _superseded(letters: Sequence[DeadLetter]) -> list[Question]:
    channels = sorted({int(one.channel_id) for one in letters if _is_id(one.channel_id)})
    if not channels:
        return []
    oldest = datetime.fromtimestamp(min(one.died_at_ms for one in letters) / 1000, tz=UTC)

    async def ask(connection: AsyncConnection[Any]) -> frozenset[str]:
        read = await read_to_the_end(connection, channels, oldest)
        return frozenset(one.letter_id for one in letters if _is_read_since(one, read))

    return [Question(key_of_superseded(letters), _SUPERSEDED_S, ask)]


def _is_read_since(letter: DeadLetter, read: dict[tuple[str, int], datetime]) -> bool:
    if not _is_id(letter.channel_id):
        return False
    began = read.get((letter.type, int(letter.channel_id)))
    return began is not None and began.timestamp() * 1000 > letter.died_at_ms


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
