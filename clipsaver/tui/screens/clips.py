"""The list of clips, with the picture of the one under the cursor beside what is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from clipsaver.tui.looking.pages import PAGE, page_at
from clipsaver.tui.pictures.decoding import Pixels
from clipsaver.tui.pictures.gallery import NoPicture
from clipsaver.tui.screens.listing import ListingScreen
from clipsaver.tui.sources.seen import ClipsBody, Seen
from clipsaver.tui.sources.wanted import Wanted
from clipsaver.tui.viewmodel.rows import Look
from clipsaver.tui.widgets.picture import Picture


class ClipsScreen(ListingScreen):
    """On 120 columns the picture is on the right; on 80 it is above a clip that was opened."""

    DEFAULT_CSS = """
    ClipsScreen #picture, ClipsScreen #large { display: none; width: 50%; height: 100%; }
    ClipsScreen.-pictures #large { display: block; }
    ClipsScreen.-pictures.-wide #picture { display: block; }
    ClipsScreen > #opened { layout: vertical; }
    ClipsScreen.-wide > #opened { layout: horizontal; }
    ClipsScreen.-pictures #large { width: 100%; height: 11; }
    ClipsScreen.-pictures.-wide #large { width: 50%; height: 100%; }
    """

    def body(self) -> Iterable[Widget]:
        sharp = self.application.sharp
        self.picture, self.large = (
            Picture(id="picture", sharp=sharp),
            Picture(id="large", sharp=sharp),
        )
        line, box, *_ = super().body()
        yield line
        yield box
        yield Horizontal(self.panes, self.picture, id="below")
        yield Vertical(self.large, self.detail, id="opened")

    def on_mount(self) -> None:
        super().on_mount()
        self.set_class(self.application.shows_pictures, "-pictures")

    def wanted(self) -> Wanted:
        """The page that the cursor is in; at the end of what is shown, what comes behind it."""
        seen = self.application.looker.state.by_view.get(self.view)
        body = seen.body if seen else None
        asked = replace(super().wanted(), rows=PAGE)
        if not isinstance(body, ClipsBody) or not self.is_mounted:
            return asked
        rows, key = self.table.shown_rows, self.table.cursor_key
        is_at_end = not rows or key == rows[-1].key
        keys = (index for index, one in enumerate(body.clips) if one.clip_id == key)
        at = len(body.clips) - 1 if is_at_end and body.is_more else next(keys, 0)
        return replace(asked, before=page_at(body.clips, at))

    def look_beside(self, look: Look) -> Look:
        """What stands beside the picture has half of the width."""
        if not look.is_wide or not self.application.shows_pictures:
            return look
        return replace(look, width=look.width // 2, is_wide=False)

    def paint_body(self, look: Look) -> None:
        self.set_class(look.is_wide, "-wide")
        super().paint_body(look)

    def paint_beside(self, seen: Seen, look: Look) -> None:
        super().paint_beside(seen, look)
        if self.application.shows_pictures and (self.opened or look.is_wide):
            self._paint_picture(seen, self.large if self.opened else self.picture)

    def _paint_picture(self, seen: Seen, picture: Picture) -> None:
        body, width_height = seen.body, picture.room
        known = body.detail if isinstance(body, ClipsBody) else None
        if known is None or known.clip_id != self.target() or not all(width_height):
            picture.show(None)
        elif known.storage_key is None:
            picture.show(None, "no picture")
        else:
            found = self.application.gallery.want(known.storage_key, *width_height)
            pixels = found if isinstance(found, Pixels) else None
            picture.show(pixels, found.words if isinstance(found, NoPicture) else "")

    def cover(self) -> None:
        """Pixels of some terminals stay where they are when something else is drawn there."""
        self.picture.show(None)
        self.large.show(None)
