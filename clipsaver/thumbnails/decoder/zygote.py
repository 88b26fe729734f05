"""The parent of all decoders: warm, and forks one child for each clip.

A fresh Python takes 250 ms until it can decode; a fork of one that can takes 5 ms, and leaves a
clean heap to the next clip, whatever the last one did. It reads nothing that comes from a clip.

Ends, with all its children, when the worker does: the kernel sees to it on Linux, and the end of
the control socket everywhere. Signals by which people and systems end a worker are ignored, since
a worker finishes the clips that it is at before it ends.
"""

from __future__ import annotations

import gc
import os
import resource
import selectors
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from clipsaver.thumbnails.decoder import handing
from clipsaver.thumbnails.decoder.asking import answer
from clipsaver.thumbnails.decoder.child import (
    MOST_DESCRIPTORS,
    fork_child,
    isolation_of_children,
)
from clipsaver.thumbnails.decoder.layers.layer import try_layer
from clipsaver.thumbnails.decoder.layers.probe import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clipsaver.thumbnails.decoder.asking import MakePicture
    from clipsaver.thumbnails.decoder.layers.layer import Layer

_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_CONTROL, _WAKE = "control", "wake"


def serve(
    control: socket.socket,
    prepare: Callable[[], MakePicture],
    *,
    own_layers: Sequence[Layer],
    child_layers: Sequence[Layer],
) -> None:
    """Takes jobs from the control socket until it ends.

    `prepare` imports what the children run and warms it up; it runs below our own layers and
    starts no thread. What it raises ends the process, with a traceback on standard error.
    """
    for one in _IGNORED:
        signal.signal(one, signal.SIG_IGN)
    control = _limited(control)
    own = tuple(try_layer(layer) for layer in own_layers)
    make = prepare()
    gc.collect()
    gc.freeze()  # else each collection in a child copies the pages that it shares with us
    children = isolation_of_children(child_layers)
    ready = msgspec.msgpack.encode(Isolation(own + children.layers, children.reaches))
    control.sendall(handing.READY_HEAD.pack(len(ready)) + ready)
    _Brood(control, make, child_layers).tend()


def _limited(control: socket.socket) -> socket.socket:
    """The same socket with a low number, like all others from now on: a child closes those that
    are below a limit, and a worker with many connections gave it a high one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft > MOST_DESCRIPTORS:
        resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, hard))
    with control:
        return control.dup()


class _Brood:
    """The children that live, and for each the socket on which the worker is told of its life."""

    def __init__(self, control: socket.socket, make: MakePicture, layers: Sequence[Layer]) -> None:
        self._control = control
        self._make = make
        self._layers = layers
        self._lives: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()

    def tend(self) -> None:
        """Until the worker is gone; none is left then."""
        wake, signalled = socket.socketpair()
        for end in (wake, signalled):
            end.settimeout(0)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._control, selectors.EVENT_READ, _CONTROL)
        self._selector.register(wake, selectors.EVENT_READ, _WAKE)
        try:
            while self._heed(wake):
                pass
        finally:
            for pid in self._lives:
                os.kill(pid, signal.SIGKILL)

    def _heed(self, wake: socket.socket) -> bool:
        """Does what is to be done now, or next; False once the worker is gone."""
        ready = {key.data for key, _ in self._selector.select()}
        if _WAKE in ready:
            with suppress(BlockingIOError):
                wake.recv(4096)
            self._reap()
        for pid in ready & self._lives.keys():  # the worker has closed it: it wants no more
            self._selector.unregister(self._lives[pid])
            os.kill(pid, signal.SIGKILL)
        if _CONTROL not in ready:
            return True
        job = handing.receive_job(self._control)
        if job is None:
            return False
        self._bear(*job)
        return True

    def _bear(self, connection: socket.socket, life: socket.socket) -> None:
        try:
            pid = fork_child(connection, self._layers, lambda only, _: answer(only, self._make))
        except OSError as error:
            with suppress(OSError):
                life.send(handing.note(handing.Note(handing.UNBORN, error.errno or 0)))
            life.close()
            return
        finally:
            connection.close()
        self._lives[pid] = life
        self._selector.register(life, selectors.EVENT_READ, pid)
        with suppress(OSError):  # a worker that does not want it any more has closed its end
            _tell_birth(life, pid)

    def _reap(self) -> None:
        while self._lives:
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            life = self._lives.pop(pid)
            with suppress(KeyError):
                self._selector.unregister(life)
            with suppress(OSError):
                life.send(handing.note(_end_of(status, used)))
            life.close()


def _end_of(status: int, used: resource.struct_rusage) -> handing.Note:
    cpu_ms = round((used.ru_utime + used.ru_stime) * 1000)
    peak_kib = used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)  # bytes there
    return handing.Note(handing.ENDED, status, cpu_ms, peak_kib)


def _tell_birth(life: socket.socket, pid: int) -> None:
    """With a pidfd where the system has them: by it the worker can end the child itself."""
    born = handing.note(handing.Note(handing.BORN, pid))
    try:
        pidfd = os.pidfd_open(pid)
    except (OSError, AttributeError):
        life.send(born)
        return
    try:
        socket.send_fds(life, [born], [pidfd])
    finally:
        os.close(pidfd)
