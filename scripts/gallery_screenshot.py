"""A picture of a gallery for docs/gallery.md, of the made-up clips of the terminal UI.

`python -m scripts.gallery_screenshot` draws it anew; it needs Chromium on PATH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from clipsaver.database.clip_list import ListedClip
from clipsaver.database.clips import StoredClip
from clipsaver.database.thumbnails.results import StoredPicture
from clipsaver.gallery.entries import Entries, picture_key
from clipsaver.gallery.folder import open_folder
from clipsaver.gallery.page import block_text, page
from clipsaver.thumbnails.storage.keys import key_of
from clipsaver.tui.sources.simulated.cast import CHANNELS
from clipsaver.tui.sources.simulated.clips import Clip, clips_of_past
from clipsaver.tui.sources.simulated.fleet import BEGAN_AT_MS
from clipsaver.tui.sources.simulated.pictures import draw

PICTURE = Path(__file__).parent.parent / "docs" / "screenshots" / "gallery.png"
_NOW = datetime.fromtimestamp(BEGAN_AT_MS / 1000, UTC)
_COUNT = 400
_SPOILERS, _NSFW = 7, "gear"
_SWITCHES = (
    "--headless",
    "--no-sandbox",  # which root has to say; it opens a page of ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1000,690",
)


def listed(number: int, clip: Clip) -> ListedClip:
    """The clip with what only a gallery asks for."""
    of_both = {field.name for field in fields(StoredClip)} & {
        field.name for field in fields(ListedClip)
    }
    stored = clip.stored
    width, height = clip.size()
    key = key_of(stored.clip_id, "small", 1)
    picture = StoredPicture("small", key, width, height, 0, "image/webp", "decode")
    is_made = stored.thumbnail_state == "ready"
    return ListedClip(
        **{name: getattr(stored, name) for name in of_both},
        attachment_id=None,
        codec=None,
        placeholder=None,
        spoiler=number % _SPOILERS == _SPOILERS - 1,
        discord_clip=False,
        edited_at=None,
        content=clip.content,
        guild_name=next(one.guild for one in CHANNELS if one.guild_id == stored.guild_id),
        channel_type=0,
        nsfw=stored.channel_name == _NSFW,
        parent_id=None,
        parent_name=None,
        author_username=stored.author_name,
        author_is_bot=False,
        thumbnail_error=clip.error,
        thumbnail_error_message=None,
        thumbnail_attempts=clip.attempts,
        thumbnail_due_at=None,
        first_seen_at=stored.posted_at,
        updated_at=stored.posted_at,
        deleted_at=None,
        deleted_reason=None,
        small=picture if is_made else None,
        large=None,
    )


def _write(root: Path) -> Path:
    past = clips_of_past(CHANNELS, BEGAN_AT_MS, 1, _COUNT, is_strange=False)
    made_up = [clip for clip in past if clip.stored.thumbnail_state == "ready"]
    clips = [listed(number, clip) for number, clip in enumerate([past[0], *made_up])]
    entries = Entries()
    pictures = {key for clip in clips if (key := picture_key(clip)) is not None}
    block = block_text(entries.block(clips, pictures))
    with open_folder(root, None) as folder:
        for clip in clips:
            if clip.small is not None:
                content = draw(clip.small.storage_key, clip.small.width, clip.small.height)
                folder.write_picture(clip.small.storage_key, content)
        folder.write_page(page([block], entries.guild_names, _NOW))
        return folder.page


def main() -> None:
    """Makes the gallery in a folder of its own and has a browser draw it."""
    browser = shutil.which("chromium")
    if browser is None:
        sys.exit("chromium is not on PATH: install it, or leave the picture as it is")
    with tempfile.TemporaryDirectory() as scratch:
        shown = _write(Path(scratch) / "gallery")
        PICTURE.parent.mkdir(exist_ok=True)
        profile = f"--user-data-dir={scratch}/profile"
        subprocess.run(  # noqa: S603 -- all of it is written here
            [browser, *_SWITCHES, profile, f"--screenshot={PICTURE}", shown.as_uri()],
            check=True,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TZ": "UTC"},
        )
    with Image.open(PICTURE) as picture:
        picture.convert("RGB").save(PICTURE, optimize=True)
    sys.stdout.write(f"{PICTURE.name} {PICTURE.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
