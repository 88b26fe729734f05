"""The application while a server is away: it says so, keeps what it has, and goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from clipsaver.tui.sources.wanted import View
from tests.servers import reachable_folder
from tests.tui.live.conftest import config_of
from tests.tui.live.driving import person_at
from tests.tui.live.stage import on_asyncio
from tests.tui.live.test_outages import serving
from tests.tui.running import until


def test_redis_is_stopped_and_started(tables_url: str) -> None:
    async def act() -> None:
        with reachable_folder() as folder, ExitStack() as server:
            socket = folder / "valkey.sock"
            server.enter_context(serving(socket))
            config = config_of(f"unix://{socket}", tables_url, folder)
            async with person_at(config) as person:
                stage = person.stage
                await stage.pushed(70, 71, 72)
                await person.goes_to(View.PENDING, 3)
                await person.chooses(key := person.rows[1])
                server.close()
                await person.sees("REDIS DOWN")
                await person.sees("ctrl+r now   data of ")
                assert person.app.looker.state.is_stale(View.PENDING)
                await person.press("D")
                await person.sees("drop: Redis is down")
                await person.press("/", *"channel", "enter")
                assert (len(person.rows), person.table.cursor_key) == (3, key)

                server.enter_context(serving(socket))  # it has nothing of what was there
                await stage.pushed(70, 71)
                await person.press("ctrl+r")
                await person.sees("back after ")
                await person.has(2)
                assert not person.app.looker.state.is_stale(View.PENDING)
                await person.press("escape")
                assert "REDIS DOWN" not in person.shown

    on_asyncio(act)


@dataclass
class Gate:
    """A socket that leads to another one, while it is open."""

    inner: Path
    is_open: bool = True
    streams: list[asyncio.StreamWriter] = field(default_factory=list)

    def shut(self) -> None:
        """Cuts every connection, and lets no new one through."""
        self.is_open = False
        while self.streams:
            self.streams.pop().close()

    async def lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.close()
            return
        inner_reader, inner_writer = await asyncio.open_unix_connection(self.inner)
        self.streams += [writer, inner_writer]
        await asyncio.gather(_carry(reader, inner_writer), _carry(inner_reader, writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def gate_to(socket: Path, folder: Path) -> AsyncIterator[Gate]:
    """The gate, at a socket of the same name in the folder."""
    gate = Gate(socket)
    server = await asyncio.start_unix_server(gate.lead, folder / socket.name)
    try:
        yield gate
    finally:
        server.close()
        gate.shut()
        await asyncio.sleep(0)


def test_postgresql_goes_away_and_costs_only_what_lives_there(
    redis_url: str, tables_url: str, tmp_path: Path
) -> None:
    parts = urlsplit(tables_url)
    (host,) = parse_qs(parts.query)["host"]
    (socket,) = Path(host).glob(".s.PGSQL.*[0-9]")

    async def act() -> None:
        with reachable_folder() as folder:
            url = tables_url.replace(parts.query, parts.query.replace(host, str(folder)))
            config = config_of(redis_url, url, folder)
            async with gate_to(socket, folder) as gate, person_at(config) as person:
                await person.stage.channel(70, "clips")
                await person.stage.pushed(70)
                await person.goes_to(View.JOBS, 1)
                await person.sees("#clips")
                await person.stage.clip("5-1")
                await person.goes_to(View.CLIPS, 1)
                gate.shut()
                await person.sees("POSTGRESQL DOWN")
                assert person.rows == ["5-1"]
                assert person.app.looker.state.is_stale(View.CLIPS)
                await person.press("t")
                await person.sees("could not be done")
                await person.goes_to(View.JOBS, 1)
                await person.sees("redis ok")
                gate.is_open = True
                await person.goes_to(View.CLIPS, 1)
                await until(
                    lambda: not person.app.looker.state.is_stale(View.CLIPS),
                    "it is back",
                    seconds=20,
                )

    on_asyncio(act)
