"""A served world and a client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from clipsaver.simulator import Simulator, World, open_simulator


@asynccontextmanager
async def served(
    world: World, *, token: str | None = None, **options: Any
) -> AsyncIterator[tuple[Simulator, httpx.AsyncClient]]:
    """A simulator, and a client whose base address is its API."""
    async with open_simulator(world, **options) as simulator:
        headers = {
            "Authorization": f"Bot {token or simulator.token}",
            "Accept-Encoding": "identity",
        }
        async with httpx.AsyncClient(
            base_url=simulator.api_url, headers=headers, timeout=10
        ) as client:
            yield simulator, client
