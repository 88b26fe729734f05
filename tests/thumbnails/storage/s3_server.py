"""A real server that speaks S3, for the time of a test run: it comes as a wheel."""

from __future__ import annotations

import itertools
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clipsaver.thumbnails.storage import S3Access
from tests.servers import _running, _short_folder

KEY = "AKIAEXAMPLEKEY000001"
SECRET = "secret/of+the-example-1234567890"
_START_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class S3Server:
    """Its one bucket is a folder, which rclone looks into at its start only."""

    bucket: Path
    access: S3Access
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_place(self) -> str:
        """A part of the bucket that is empty."""
        return f"s3://{self.bucket.name}/part-{next(self._numbers)}/of-it"


@contextmanager
def s3_server() -> Iterator[S3Server]:
    folder = _short_folder("s3")
    bucket = folder / "buckets" / "pictures"
    bucket.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    rclone = Path(sys.executable).with_name("rclone")
    command = [str(rclone), "serve", "s3", "--config", "/dev/null", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{KEY},{SECRET}", str(bucket.parent)]
    with _running(command, folder, stop="TERM"):
        _wait_for(port, folder / "server.log")
        access = S3Access(f"http://127.0.0.1:{port}", "us-east-1", KEY, SECRET)
        yield S3Server(bucket, access)


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"rclone did not start:\n{log.read_text()}") from error
            time.sleep(0.01)
        else:
            return
