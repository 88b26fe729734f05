"""What a person sees of the demo: progress as it goes, then the clips."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console, JustifyMethod
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from clipsaver.database.clips import StoredClip
from clipsaver.queue.produce import JobState, JobStatus
from clipsaver.terminal_text import printable

_PLAIN_EVERY_S = 2.0
_SHOWN_CLIPS = 15
_WIDE = 100
_JUSTIFY: dict[str, JustifyMethod] = {"size": "right"}

Scans = Mapping[str, JobStatus | None]
"""Channel name -> what its job's hash says; None before a worker took it."""


@dataclass(frozen=True, slots=True)
class Totals:
    """All scans together."""

    channels: int
    done: int
    messages: int
    clips: int

    @classmethod
    def of(cls, scans: Scans) -> Totals:
        known = [status for status in scans.values() if status is not None]
        return cls(
            channels=len(scans),
            done=sum(status.state.is_over for status in known),
            messages=sum(status.messages for status in known),
            clips=sum(status.clips for status in known),
        )

    def __str__(self) -> str:
        return (
            f"{self.messages:,} messages read, {self.clips:,} clips found, "
            f"{self.done} of {self.channels} channels done"
        )


class Seldom:
    """Says what it is told, every two seconds."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._next_s = time.monotonic() + _PLAIN_EVERY_S

    def __call__(self, words: str) -> None:
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + _PLAIN_EVERY_S
            self._say(words)


class PlainProgress:
    """A line every two seconds, for pipes and logs."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def __enter__(self) -> PlainProgress:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def show(self, scans: Scans, elapsed_s: float, *, is_last: bool = False) -> None:
        """Says how far all scans are, not more often than that."""
        if is_last or elapsed_s >= self._next_s:
            self._next_s = elapsed_s + _PLAIN_EVERY_S
            sys.stdout.write(f"{elapsed_s:5.1f} s  {Totals.of(scans)}\n")
            sys.stdout.flush()


class LiveProgress:
    """A table that is drawn again in place, for a terminal."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=8, transient=False)

    def __enter__(self) -> LiveProgress:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, scans: Scans, elapsed_s: float, *, is_last: bool = False) -> None:
        """Draws the scans as they stand."""
        height = self._live.console.size.height
        self._live.update(_scan_table(scans, elapsed_s, rows=max(3, height - 8)), refresh=is_last)


def _scan_table(scans: Scans, elapsed_s: float, *, rows: int) -> Table:
    table = Table(
        title=f"{elapsed_s:.0f} s: {Totals.of(scans)}", title_justify="left", expand=False
    )
    table.add_column("channel", max_width=24, no_wrap=True)
    table.add_column("progress", width=24)
    table.add_column("messages", justify="right")
    table.add_column("clips", justify="right")
    table.add_column("state", no_wrap=True)
    running_first = sorted(scans.items(), key=lambda scan: _order(scan[1]))
    for name, status in running_first[:rows]:
        share = 0.0 if status is None else 1.0 if status.state.is_over else status.share or 0.0
        table.add_row(
            Text(printable(name)),
            ProgressBar(total=1.0, completed=share, width=24),
            f"{status.messages:,}" if status else "",
            f"{status.clips:,}" if status else "",
            Text(_state(status)),
        )
    if len(scans) > rows:
        table.caption = f"and {len(scans) - rows} more"
    return table


def _order(status: JobStatus | None) -> int:
    if status is None:
        return 1
    return 2 if status.state.is_over else 0


def _state(status: JobStatus | None) -> str:
    if status is None:
        return "on the stream"
    if status.state is JobState.DEAD:
        return f"dead: {printable(status.reason or '')}"
    if status.waits_for:
        return f"waits: {printable(status.waits_for)}"
    return status.state.value


def print_clips(console: Console, clips: Sequence[StoredClip], total: int) -> None:
    """The newest clips as a table; a narrow terminal gets fewer columns."""
    shown = clips[:_SHOWN_CLIPS]
    is_wide = console.width >= _WIDE
    table = Table(title=f"The newest {len(shown)} of {total:,} clips", title_justify="left")
    fixed = {"posted (UTC)": 16, "size": 8} | ({"type": 16, "found in": 10} if is_wide else {})
    borders = 3 * (len(fixed) + 3) + 1
    spare = max(30, console.width - sum(fixed.values()) - borders)
    texts = {"channel": spare // 3, "by": spare // 4, "file": spare - spare // 3 - spare // 4}
    for name in ("posted (UTC)", *texts, *list(fixed)[1:]):
        width = fixed.get(name) or texts[name]
        table.add_column(name, no_wrap=True, width=width, justify=_JUSTIFY.get(name, "left"))
    for clip in shown:
        more = (Text(printable(clip.content_type)), clip.source) if is_wide else ()
        table.add_row(
            f"{clip.posted_at:%Y-%m-%d %H:%M}",
            Text(printable(clip.channel_name or str(clip.channel_id))),
            Text(printable(clip.author_name)),
            Text(printable(clip.filename)),
            _size(clip.size_bytes),
            *more,
        )
    console.print(table)


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return "?"
    kib = size_bytes / 1024
    return f"{kib:,.0f} KiB" if kib < 1024 else f"{kib / 1024:,.1f} MiB"
