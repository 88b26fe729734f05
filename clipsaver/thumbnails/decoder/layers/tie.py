"""A process that ends when its parent does, however that ends."""

from __future__ import annotations

import os
import signal

from clipsaver.thumbnails.decoder.layers.kernel import PR_SET_PDEATHSIG, Kernel


class Tie:
    """After `user`: the kernel forgets it when a process becomes another user.

    The signal comes when the *thread* that started this process ends; so the worker starts its
    child from the thread that Trio runs in, and not from one of Trio's worker threads, which end
    after 10 idle seconds. Elsewhere than on Linux the end of the socket to the parent does it.
    """

    name = "tie"

    def __init__(self, kernel: Kernel, parent: int) -> None:
        """`parent` is the pid that this process must still have as its parent."""
        self._kernel = kernel
        self._parent = parent

    def applies(self) -> str:
        return "" if self._kernel.is_linux else "only Linux has it; the end of a socket does it"

    def apply(self) -> str:
        self._kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._parent:  # it ended before we asked to be told
            os._exit(0)
        return "ends with its parent"
