"""How the worker and the parent of its decoders hand each other descriptors over a unix socket.

    worker -> parent    JOB with two descriptors: the child's end of its conversation, and the
                        parent's end of a socket about that child's life
    on the latter       BORN with the pid and, where the system has them, a pidfd; or UNBORN with
                        an errno; later ENDED with the status that waitpid told, and what the child
                        used. The worker closes its end to have the child killed, if it still lives.

All are of one length and are sent at once. Before the first of them the parent says `Ready`.
"""

from __future__ import annotations

import socket
import struct
from array import array
from collections.abc import Iterable
from typing import NamedTuple

JOB = b"J"
BORN, UNBORN, ENDED = b"B", b"U", b"E"

_NOTE = struct.Struct("!ciII")
NOTE_BYTES = _NOTE.size
READY_HEAD = struct.Struct("!I")
LONGEST_READY = 64 * 1024
"""What a parent says of itself when it is warm, in bytes."""


class Note(NamedTuple):
    """One message about the life of a child."""

    kind: bytes
    number: int
    """Its pid, an errno, or the status that waitpid told."""
    cpu_ms: int = 0
    """Of one that ended, as the next."""
    peak_kib: int = 0
    """The most memory that was resident, what it shared with its parent included."""


def note(told: Note) -> bytes:
    """The message as it is sent."""
    return _NOTE.pack(*told)


def read_note(content: bytes) -> Note:
    """What such a message says. Raises struct.error where it is cut off."""
    return Note(*_NOTE.unpack(content))


def rights(*ends: socket.socket) -> tuple[int, int, array[int]]:
    """Their descriptors, to be sent along with a message."""
    return socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [end.fileno() for end in ends])


def taken(ancillary: Iterable[tuple[int, int, bytes]]) -> list[int]:
    """The descriptors that came along with a message; whoever takes them closes them."""
    descriptors = array("i")
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(
                content[: len(content) // descriptors.itemsize * descriptors.itemsize]
            )
    return list(descriptors)


def receive_job(control: socket.socket) -> tuple[socket.socket, socket.socket] | None:
    """The ends of one job; None where the worker is gone, or sent something else."""
    content, descriptors, _, _ = socket.recv_fds(control, len(JOB), 2)
    ends = tuple(socket.socket(fileno=one) for one in descriptors)
    if content != JOB or len(ends) != 2:
        for end in ends:
            end.close()
        return None
    return ends[0], ends[1]
