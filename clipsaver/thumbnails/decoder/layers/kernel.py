"""The system calls that Python has no name for. Tests bring a kernel that refuses them."""

from __future__ import annotations

import ctypes
import errno
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38


class Kernel:
    """The one that this process runs on."""

    def __init__(self) -> None:
        self.platform = sys.platform
        self._libc = ctypes.CDLL(None, use_errno=True)

    @property
    def is_linux(self) -> bool:
        return self.platform == "linux"

    def call(self, name: str, *arguments: object) -> int:
        """A function of the C library by its name. Raises OSError where it fails or is missing."""
        try:
            function = getattr(self._libc, name)
        except AttributeError:
            raise OSError(errno.ENOSYS, f"{name} is not in this C library") from None
        given = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in arguments]
        result: int = function(*given)
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")
        return result

    def prctl(self, option: int, value: int) -> None:
        """Something about this process; see prctl(2)."""
        self.call("prctl", option, value, 0, 0, 0)
