"""No capabilities, no way to get any, and no image of the memory in a core file."""

from __future__ import annotations

import ctypes

from clipsaver.thumbnails.decoder.layers.kernel import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    Kernel,
)

_CAPABILITY_VERSION_3 = 0x20080522


class Privileges:
    """A user namespace makes a process root within it, which reaches much code of the kernel."""

    name = "privileges"

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def applies(self) -> str:
        return "" if self._kernel.is_linux else "only Linux has them"

    def apply(self) -> str:
        self._kernel.prctl(PR_SET_NO_NEW_PRIVS, 1)
        # Also for speed: a crash dump that is piped to a program takes a second or more.
        self._kernel.prctl(PR_SET_DUMPABLE, 0)
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        none = (ctypes.c_uint32 * 6)()
        self._kernel.call("capset", header, none)
        return "no capabilities, no new ones"
