"""A folder, and a bucket of a real server that speaks S3: rclone, over a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from clipsaver.thumbnails.storage import Storage, open_storage
from tests.thumbnails.storage.s3_server import S3Server, s3_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "folder":
        text, access = str(tmp_path / "pictures"), None
    else:
        server: S3Server = request.getfixturevalue("s3")
        text, access = server.new_place(), server.access
    async with open_storage(text, access) as opened:
        yield opened
