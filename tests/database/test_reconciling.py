"""What is on record of clips that somebody else shows."""

from __future__ import annotations

from clipsaver.database import reconciling
from tests.database.making import SETTINGS, a_clip, a_page, add_run, commit_pages, rows


async def test_what_is_known_of_clips_that_are_shown(conn) -> None:
    """Page 1 reads the ids from 100 up to 200 of channel 70."""
    await add_run(conn, "s/1")
    clips = [a_clip(110 + number) for number in range(6)]
    reasons = (None, "message", "attachment", "settings", "purge")
    await commit_pages(conn, [a_page("s/1", 1, *clips[:5])])
    for clip, reason in zip(clips, reasons, strict=False):
        await conn.execute(
            "update clips set deleted_reason = %s, deleted_at = case when %s then now() end "
            "where clip_id = %s",
            [reason, reason is not None, clip.clip_id],
        )
    assert len(await rows(conn, "select from clips")) == 5
    elsewhere = [a_clip(99), a_clip(200), a_clip(120, channel_id=71)]
    known = await reconciling.on_record(conn, [*clips, *elsewhere], SETTINGS)
    assert known.stored == {"110-1", "111-1", "112-1"}, "the others may come back, or are not there"
    assert known.read == {clip.clip_id for clip in clips}
    assert (await reconciling.on_record(conn, clips, "other")).read == frozenset()
