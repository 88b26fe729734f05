"""Requests of a `message` job with 1,000 ids: `python -m benchmarks.messages`.

One worker and the simulator over a real socket. All requests of the worker's life count, also
those for the channel and the intent; beside them stands what one request for each id would cost.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import httpx
import psycopg

from benchmarks.scanning import drained, empty, push, simulated
from clipsaver.embedded import open_servers_blocking
from clipsaver.log import configure_logging

IDS = 1_000
MOST_REQUESTS = 20
STRETCHES = {"one after the other": 1, "every other one": 2, "every tenth": 10, "every 150th": 150}


def ids_of(world: dict[str, object], client: httpx.Client, count: int) -> list[str]:
    """The newest messages of the world's channel, newest first."""
    (channel,) = world["channels"]  # type: ignore[misc]
    found: list[str] = []
    while len(found) < count:
        cursor = f"&before={found[-1]}" if found else ""
        page = client.get(f"/channels/{channel}/messages?limit=100{cursor}").raise_for_status()
        found += [message["id"] for message in page.json()]
    return found


def asked(client: httpx.Client, world: dict[str, object]) -> int:
    """Requests that the simulator has answered so far."""
    root = str(world["api_url"]).partition("/api/")[0]
    by_route = client.get(f"{root}/simulator/statistics").raise_for_status().json()["by_route"]
    return sum(sum(answers.values()) for answers in by_route.values())


def main() -> int:
    """Returns 1 where a busy stretch takes more than 20 requests."""
    configure_logging("warning")
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    is_fine = True
    try:
        with (
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
            simulated(0.1, 150_500, channels=1) as world,
            httpx.Client(
                base_url=str(world["api_url"]), headers={"Authorization": f"Bot {world['token']}"}
            ) as client,
        ):
            everything = ids_of(world, client, 150 * IDS)
            for name, step in STRETCHES.items():
                empty(servers)
                push(servers, world, type="message", message_ids=everything[: step * IDS : step])
                before = asked(client, world)
                run = drained(folder, servers, world)
                requests = asked(client, world) - before
                assert servers.database_url
                with psycopg.connect(servers.database_url) as connection:
                    row = connection.execute("select state, messages from clipsaver.runs")
                    assert row.fetchone() == ("SUCCEEDED", IDS)
                is_fine &= step > 1 or requests <= MOST_REQUESTS
                print(
                    f"{IDS} ids, {name:<20} {requests:>5} requests, {IDS / requests:6.1f} ids each,"
                    f" {run.wall_s:5.1f} s without limits",
                    flush=True,
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
