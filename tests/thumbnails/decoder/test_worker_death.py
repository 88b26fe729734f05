"""A worker that is killed leaves no process behind, whatever its decoders are doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trio

from tests.thumbnails.decoder.stage import has_ended

ROOT = Path(__file__).parents[3]


def started(*options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.thumbnails.decoder.dying_worker", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


@pytest.mark.parametrize(
    ("options", "freezes_parent"),
    [
        ((), False),
        ((), True),
        # As on a system that does not end children with their parents: the sockets do it.
        (("--only", "limits", "--untied"), False),
    ],
)
async def test_no_process_outlives_a_worker_that_is_killed(
    options: tuple[str, ...], freezes_parent: bool
) -> None:
    worker = started(*options)
    assert worker.stderr is not None
    with worker, trio.fail_after(30):
        line = await trio.to_thread.run_sync(worker.stderr.readline)
        parent, *children = map(int, line.split())
        assert len(children) == 2
        if freezes_parent:
            os.kill(parent, signal.SIGSTOP)
        worker.kill()
        for pid in (parent, *children):
            await has_ended(pid)
