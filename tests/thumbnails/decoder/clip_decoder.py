"""A parent of decoders, run as a script, whose clips say what shall become of their decoder.

A clip is a line of text: the name of one of the functions below, and words for it. What they got
hold of they tell as the words of a Broken. Options say what this parent lacks, as other systems do.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from clipsaver.thumbnails.decoder.layers.kernel import Kernel
from clipsaver.thumbnails.decoder.layers.limits import Limits
from clipsaver.thumbnails.decoder.layers.order import child_layers, parent_layers
from clipsaver.thumbnails.decoder.zygote import serve
from clipsaver.thumbnails.picture import errors
from clipsaver.thumbnails.picture.found import Picture
from clipsaver.thumbnails.picture.sources import Ranges
from clipsaver.thumbnails.picture.wanted import Wanted
from tests.thumbnails.decoder.pictures import picture_of

CONNECTION = 3


def decode(ranges: Ranges, wanted: Wanted) -> Picture:
    """Does what the clip says."""
    name, *words = ranges.read(0, 1000).decode().split()
    if name == "picture":
        return picture_of(wanted)
    if name == "asks":
        for word in words:
            start, end = word.split("-")
            ranges.read(int(start), int(end))
        return picture_of(wanted)
    if name == "raises":
        raise getattr(errors, words[0])(" ".join(words[1:]))
    if name == "tries":
        raise errors.Broken(_tried(ATTEMPTS[words[0]], *words[1:]))
    DEEDS[name](*words)
    raise errors.Broken(f"{name} did no harm")


def _tried(attempt: Callable[..., object], *words: str) -> str:
    try:
        got = attempt(*words)
    except OSError as refusal:
        return errno.errorcode[refusal.errno or 0]
    except ValueError:  # what Python makes of it for limits
        return "EPERM"
    return f"got {got}"


def _loop() -> None:
    while True:
        pass


def _say(words: str) -> None:
    os.write(CONNECTION, bytes.fromhex(words))
    time.sleep(3600)


def _hang_up() -> None:
    os.close(CONNECTION)
    time.sleep(3600)


def _chatter() -> None:
    for _ in range(100_000):
        os.write(CONNECTION, b"R" + (16).to_bytes(4, "big") + bytes(15) + b"\1")


def _recurse() -> None:
    _recurse()


def _unwilling_loop() -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    _loop()


DEEDS: dict[str, Callable[..., object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda status: os._exit(int(status)),
    "loop": _loop,
    "unwilling": _unwilling_loop,
    "sleep": lambda: time.sleep(3600),
    "memory": lambda: bytearray(8 << 30),
    "recursion": _recurse,
    "say": _say,
    "hang-up": _hang_up,
    "chatter": _chatter,
    "quit": lambda: sys.exit(5),
}


def _fork() -> str:
    born = 0
    for _ in range(50):
        if os.fork() == 0:
            time.sleep(3600)
        born += 1
    return f"{born} processes"


def _wait_for_an_address() -> str:
    return " ".join(sorted(name for _, name in socket.if_nameindex()))


ATTEMPTS: dict[str, Callable[..., object]] = {
    "open": lambda path: os.open(path, os.O_RDONLY),
    "create": lambda path: os.open(path, os.O_WRONLY | os.O_CREAT, 0o600),
    "unlink": os.unlink,
    "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix-socket": lambda: socket.socket(socket.AF_UNIX),
    "fork": _fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "kill": lambda pid: os.kill(int(pid), signal.SIGTERM),
    "stop-itself": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "prlimit": lambda pid: resource.prlimit(int(pid), resource.RLIMIT_NOFILE, (0, 0)),
    "raise-a-limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    "become-root": lambda: os.setuid(0),
    "unshare": lambda: Kernel().call("unshare", 0x10000000),
    "devices": _wait_for_an_address,
    "uid": os.getuid,
    "descriptors": lambda: " ".join(str(one) for one in range(5000) if _is_open(one)),
    "write-to-stderr": lambda: os.write(2, b"\x1b]0;owned\x07"),
    "modules": lambda: " ".join(sys.modules),
}


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", help="the layers of children that there are")
    parser.add_argument("--untied", action="store_true", help="as where no kernel ends children")
    parser.add_argument("--without-pidfd", action="store_true")
    parser.add_argument("--cpu", type=int, default=10)
    parser.add_argument("--fails", help="says this and ends")
    parser.add_argument("--control", type=int, required=True)
    given = parser.parse_args()
    if given.fails:
        sys.exit(given.fails)
    if given.without_pidfd and hasattr(os, "pidfd_open"):
        del os.pidfd_open
    kernel = Kernel()
    own = [layer for layer in parent_layers(kernel) if not given.untied or layer.name != "tie"]
    children = [
        Limits(cpu_s=given.cpu) if layer.name == "limits" else layer
        for layer in child_layers(kernel)
        if given.only is None or layer.name in given.only
    ]
    control = socket.socket(fileno=given.control)
    serve(control, lambda: decode, own_layers=own, child_layers=children)


if __name__ == "__main__":
    main()
