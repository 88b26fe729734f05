"""Another account than root's, with nothing of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

ID = 65_533
"""No account has it (Debian reserves 65000 to 65533), and user namespaces of containers, which
mostly end at 65535, know it. Not `nobody`: an embedded PostgreSQL of root's may run as that one,
and processes of one account may signal each other."""

_CAP_KILL = 1 << 5


class Accounts(Protocol):
    """What of `os` is used; tests bring one that refuses."""

    def geteuid(self) -> int: ...
    def setgroups(self, groups: list[int], /) -> None: ...
    def setgid(self, gid: int, /) -> None: ...
    def setuid(self, uid: int, /) -> None: ...


class User:
    """Where the worker runs as root, as in most containers: files, signals and the number of
    processes are limited for others than root only."""

    name = "user"

    def __init__(
        self, accounts: Accounts = os, *, may_kill: Callable[[], bool] | None = None
    ) -> None:
        self._accounts = accounts
        self._may_kill = may_kill or _may_kill

    def applies(self) -> str:
        if self._accounts.geteuid() != 0:
            return "not root, so as the worker itself"
        if not self._may_kill():
            return "this root may not end what belongs to others (CAP_KILL)"
        return ""

    def apply(self) -> str:
        self._accounts.setgroups([])
        self._accounts.setgid(ID)
        self._accounts.setuid(ID)
        return f"uid {ID} instead of root"


def _may_kill() -> bool:
    """Root of a container may lack that; elsewhere than on Linux root lacks nothing."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return True
    effective = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return effective is None or bool(int(effective[1], 16) & _CAP_KILL)
