"""The worker's end of the parent of its decoders: starts it, has it fork, and ends it."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from typing import IO, TYPE_CHECKING

import msgspec
import trio

from clipsaver.terminal_text import printable
from clipsaver.thumbnails.decoder import handing
from clipsaver.thumbnails.decoder.layers.probe import Isolation
from clipsaver.thumbnails.errors import DecoderUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

START_S = 60.0
"""Imports and warming take 1 s, and much longer on a cold slow disk."""
_END_S = 5.0
"""From SIGKILL, or the end of its socket, until a process is gone."""
LONGEST_END_S = 3 * _END_S
"""What `end` of a parent or a child may take at most; whoever calls it shields it for so long."""
PRODUCTION = (sys.executable, "-P", "-m", "clipsaver.thumbnails.decoder")
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "HOME")
_WORDS_BYTES = 2_000

Popen = subprocess.Popen[bytes]


class Child:
    """One decoder that lives, until `end`."""

    def __init__(
        self, pid: int, pidfd: int | None, data: trio.SocketStream, life: trio.socket.SocketType
    ) -> None:
        self.pid = pid
        self.data = data
        self._pidfd = pidfd
        self._life = life
        self._status: int | None = None
        self._is_over = False
        self.cpu_s = 0.0
        """After `end`, as far as it was told: what it used, and the most memory it held."""
        self.peak_bytes = 0

    @property
    def is_orphan(self) -> bool:
        """After `end`: nobody told how it ended, since its parent was gone before."""
        return self._status is None

    def kill(self) -> None:
        """Ends it now, whatever it does; nothing if it has ended."""
        if self._pidfd is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        with suppress(OSError):  # its parent has not reaped it yet, so it kills no other
            self._life.shutdown(socket.SHUT_WR)

    async def status(self) -> int | None:
        """Waits for its end; the exit code or minus the signal, None where its parent is gone."""
        if not self._is_over:
            told = await _received(self._life, handing.NOTE_BYTES)
            self._is_over = True
            if len(told) == handing.NOTE_BYTES:
                note = handing.read_note(told)
                self._status = os.waitstatus_to_exitcode(note.number)
                self.cpu_s, self.peak_bytes = note.cpu_ms / 1000, note.peak_kib * 1024
        return self._status

    async def end(self) -> None:
        """Kills it and returns when it is gone, or after a bounded time."""
        self.kill()
        self.data.socket.close()
        with trio.move_on_after(_END_S):
            await self.status()
        self._life.close()
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None


class ParentGone(Exception):
    """The parent has ended, or is stuck and was ended: no child of it lives."""


class WarmProcess:
    """A parent that is ready to fork; made by `start_warm_process`, and whoever has it ends it."""

    def __init__(
        self,
        process: Popen,
        control: trio.socket.SocketType,
        errors: IO[bytes] | int,
        isolation: Isolation,
    ) -> None:
        self._process = process
        self._control = control
        self._errors = errors
        self._turn = trio.Lock()
        self.isolation = isolation

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    async def fork(self, patience_s: float) -> Child:
        """A new child. Raises ParentGone, and DecoderUnavailable where the system has no room."""
        with ExitStack() as undone:
            try:
                ours, its = _socket_pair(undone)
                life, its_life = _socket_pair(undone)
            except OSError as error:
                raise DecoderUnavailable("no decoder can be forked", said=error) from error
            watched = trio.socket.from_stdlib_socket(life)
            try:
                with trio.fail_after(patience_s):
                    async with self._turn:
                        await self._control.sendmsg([handing.JOB], [handing.rights(its, its_life)])
                    its.close()
                    its_life.close()  # the parent's is the only one now, and tells that it is gone
                    kind, number, pidfd = await _birth(watched)
            except (trio.TooSlowError, OSError, struct.error) as error:
                self._process.kill()
                raise ParentGone from error
            if kind != handing.BORN:
                raise DecoderUnavailable("no decoder can be forked", said=os.strerror(number))
            undone.pop_all()
        # Where this is left before, the parent sees `life` end, and kills a child all the same.
        data = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
        return Child(number, pidfd, data, watched)

    async def end(self) -> str:
        """Ends it with all its children; how that went and its last words, for a person."""
        self._control.close()
        return await _ended(self._process, self._errors)


async def start_warm_process(command: Sequence[str] = PRODUCTION) -> WarmProcess:
    """A parent that has told what isolates its children. Raises DecoderUnavailable.

    `command` is given the number of its end of the control socket as a last argument.
    """
    errors = _errors_file()
    with ExitStack() as undone:
        try:
            ours, its = _socket_pair(undone)
            process = _spawn(command, its, errors)
        except OSError as error:
            _last_of(errors)
            raise DecoderUnavailable("the decoders cannot be started", said=error) from error
        its.close()
        undone.pop_all()
    control = trio.socket.from_stdlib_socket(ours)
    try:
        with trio.move_on_after(START_S):
            isolation = await _isolation(control)
            return WarmProcess(process, control, errors, isolation)
        problem = f"not ready after {START_S:.0f} s"
    except (OSError, struct.error, msgspec.MsgspecError) as error:
        problem = str(error)
    except BaseException:
        control.close()
        process.kill()
        with trio.move_on_after(LONGEST_END_S, shield=True):
            await _ended(process, errors)
        raise
    control.close()
    words = await _ended(process, errors)
    raise DecoderUnavailable("the decoders cannot be started", said=words or problem)


def _socket_pair(undone: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Both ends are closed with the stack. Raises OSError where there is no room for more."""
    one, other = socket.socketpair()
    return undone.enter_context(one), undone.enter_context(other)


def _spawn(command: Sequence[str], its: socket.socket, errors: IO[bytes] | int) -> Popen:
    """In the thread that Trio runs in, with whose end the kernel ends the process (layers.tie).

    Its environment holds no token and no password. In a session of its own, so that ctrl-c does
    not reach it. A daemon thread reaps it, so that no zombie stays.
    """
    process = subprocess.Popen(  # noqa: S603  # our own Python, no shell
        [*command, str(its.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        pass_fds=(its.fileno(),),
        start_new_session=True,
    )
    threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()
    return process


def _errors_file() -> IO[bytes] | int:
    """A file without a name, since nobody reads a pipe meanwhile; none where there is no room."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return subprocess.DEVNULL


async def _isolation(control: trio.socket.SocketType) -> Isolation:
    head = await _received(control, handing.READY_HEAD.size)
    (length,) = handing.READY_HEAD.unpack(head)
    if length > handing.LONGEST_READY:
        raise OSError("it said something else than what isolates its children")
    return msgspec.msgpack.decode(await _received(control, length), type=Isolation)


async def _birth(life: trio.socket.SocketType) -> tuple[bytes, int, int | None]:
    """What became of the fork, its pid or errno, and a pidfd where the system has them."""
    space = socket.CMSG_SPACE(struct.calcsize("i"))
    content, ancillary, _, _ = await life.recvmsg(handing.NOTE_BYTES, space)
    descriptors = handing.taken(ancillary)
    note = handing.read_note(content)
    return note.kind, note.number, descriptors[0] if descriptors else None


async def _received(connection: trio.socket.SocketType, count: int) -> bytes:
    """So many bytes; fewer only where the other side is gone."""
    content = b""
    with suppress(ConnectionError):
        while len(content) < count and (some := await connection.recv(count - len(content))):
            content += some
    return content


async def _ended(process: Popen, errors: IO[bytes] | int) -> str:
    """Waits for the end of a process that was told to, for a bounded time, and enforces it.

    Returns how it ended and the last of what it wrote, on one line.
    """
    for _ in range(2):
        with trio.move_on_after(_END_S):
            await trio.to_thread.run_sync(process.wait, abandon_on_cancel=True)
            break
        process.kill()
    return _in_words(process.returncode, _last_of(errors))


def _last_of(errors: IO[bytes] | int) -> bytes:
    """The end of what was written, and closes it."""
    if isinstance(errors, int):
        return b""
    with errors:
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - _WORDS_BYTES))
        return errors.read()


def _in_words(returncode: int | None, said: bytes) -> str:
    if returncode is None:
        how = "it does not end"
    elif returncode < 0:
        how = f"it was ended by signal {-returncode}"
    else:
        how = f"it ended with exit status {returncode}"
    last = printable(said.decode(errors="replace")).strip()
    return f"{how}: {last}" if last else how
