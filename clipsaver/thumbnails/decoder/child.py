"""What happens between the fork and the first byte of a clip: nothing stays that could be used."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import msgspec

from clipsaver.thumbnails.decoder.layers.layer import LayerState, try_layer
from clipsaver.thumbnails.decoder.layers.probe import Isolation, reached

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clipsaver.thumbnails.decoder.layers.layer import Layer

    Run = Callable[[socket.socket, tuple[LayerState, ...]], None]
    """What a child does with its one socket, once its layers have taken effect or not."""

MOST_DESCRIPTORS = 1024
"""The parent's own limit, so that a child knows where those that it is to close end."""
_HEEDED = (signal.SIGCHLD, signal.SIGALRM, signal.SIGXCPU)
_STDIN, _STDERR, _CONNECTION = 0, 2, 3
_FAULT = 70
"""Exit status of a child whose own code failed (sysexits.h: EX_SOFTWARE)."""
_PROBE_S = 10.0
_LONGEST_PROBE = 64 * 1024


def fork_child(connection: socket.socket, layers: Sequence[Layer], run: Run) -> int:
    """The pid of a child that does `run` and then ends, whatever happens. Raises OSError.

    The parent has one thread, and /dev/null as standard input.
    """
    pid = os.fork()
    if pid != 0:
        return pid
    try:
        only = _let_go(connection)
        run(only, tuple(try_layer(layer) for layer in layers))
        os._exit(0)
    finally:
        os._exit(_FAULT)


def _let_go(connection: socket.socket) -> socket.socket:
    """The connection, as the only descriptor beside three that lead nowhere."""
    signal.set_wakeup_fd(-1)
    for one in _HEEDED:  # whoever started the worker may have had it ignore or block them
        signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.dup2(_STDIN, _STDERR)
    descriptor = connection.detach()
    if descriptor != _CONNECTION:
        os.dup2(descriptor, _CONNECTION)
    os.closerange(_CONNECTION + 1, MOST_DESCRIPTORS)
    only = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=_CONNECTION)
    only.settimeout(None)
    return only


def isolation_of_children(layers: Sequence[Layer]) -> Isolation:
    """What takes effect on a child here, and what it can reach all the same: one tries it.

    Where that one brings no answer, all is off, as nothing is known.
    """
    ours, its = socket.socketpair()
    with ours:
        pid = fork_child(its, layers, _probe)
        its.close()
        ours.settimeout(_PROBE_S)
        try:
            told = b"".join(iter(lambda: ours.recv(_LONGEST_PROBE), b""))
            return msgspec.msgpack.decode(told, type=Isolation)
        except (OSError, msgspec.MsgspecError) as error:
            lost = f"the child that tried it gave no answer: {error}"
            return Isolation(
                tuple(LayerState(one.name, is_on=False, words=lost) for one in layers), ()
            )
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _probe(connection: socket.socket, states: tuple[LayerState, ...]) -> None:
    connection.sendall(msgspec.msgpack.encode(Isolation(states, reached())))
