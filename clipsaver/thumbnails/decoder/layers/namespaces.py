"""A network without devices, and no shared memory of others, for a process and its children."""

from __future__ import annotations

from clipsaver.thumbnails.decoder.layers.kernel import Kernel

_NEWIPC = 0x08000000
_NEWUSER = 0x10000000
_NEWNET = 0x40000000


class Namespaces:
    """Before anything is imported that starts a thread: with one the kernel refuses (EINVAL).

    Root takes them without a user namespace, where its children could not become another user.
    Everybody else needs one, and many containers allow neither.
    """

    name = "namespaces"

    def __init__(self, kernel: Kernel, *, is_root: bool) -> None:
        self._kernel = kernel
        self._is_root = is_root

    def applies(self) -> str:
        return "" if self._kernel.is_linux else "only Linux has them"

    def apply(self) -> str:
        if self._is_root:
            try:
                self._kernel.call("unshare", _NEWNET | _NEWIPC)
            except OSError:
                pass  # root of a container: a user namespace may be allowed all the same
            else:
                return "network, ipc"
        self._kernel.call("unshare", _NEWUSER | _NEWNET | _NEWIPC)
        return "user, network, ipc"
