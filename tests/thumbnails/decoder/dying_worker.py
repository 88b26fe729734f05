"""A worker that tells the pids of its decoders, and then waits to be killed."""

from __future__ import annotations

import sys

import trio

from clipsaver.thumbnails.decoder.decoders import open_decoders
from tests.thumbnails.decoder.stage import Clip, children_of, command


async def work(options: list[str]) -> None:
    async with open_decoders(command=command(*options)) as decoders, trio.open_nursery() as nursery:
        await decoders.start()
        parent = decoders.parent_pid
        assert parent is not None
        begun = [trio.Event() for _ in range(2)]

        async def begin(_start: int, _end: int) -> None:
            begun.pop().set()

        waits = list(begun)
        for clip in ("loop", "sleep"):
            nursery.start_soon(decoders.picture, Clip(clip, on_read=begin))
        for event in waits:
            await event.wait()
        sys.stderr.write(" ".join(map(str, (parent, *children_of(parent)))) + "\n")
        sys.stderr.flush()
        await trio.sleep_forever()


trio.run(work, sys.argv[1:])
