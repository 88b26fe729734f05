"""Asking the kernel about a socket without waiting."""

from __future__ import annotations

import select


def is_readable(fd: int) -> bool:
    """Whether a read would not wait: there are bytes, the end of the stream, or an error.

    `poll` rather than `select`, which fails for descriptors from 1024 on.
    """
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(0))
