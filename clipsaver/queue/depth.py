"""How much is left to do."""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.queue.link import Link


@dataclass(frozen=True, slots=True)
class LeftToDo:
    """Entries by place, all counted at one moment."""

    stream: int
    """Those that are pending included."""
    delayed: int
    pending: int

    @property
    def nothing(self) -> bool:
        """True when a worker that drains may end."""
        return not (self.stream or self.delayed or self.pending)


async def left_to_do(link: Link) -> LeftToDo:
    """What stands on the stream and in the delayed set."""
    names = link.names
    counts = await link.run("depth", [names.stream, names.delayed], [names.group])
    return LeftToDo(*map(int, counts))
