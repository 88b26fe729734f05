"""Another account than root's, with nothing of its own."""

from __future__ import annotations

import os
from typing import Protocol

ID = 65_533
"""No account has it (Debian reserves 65000 to 65533), and user namespaces of containers, which
mostly end at 65535, know it. Not `nobody`: an embedded PostgreSQL of root's may run as that one,
and processes of one account may signal each other."""


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

    def __init__(self, accounts: Accounts = os) -> None:
        self._accounts = accounts

    def applies(self) -> str:
        return "" if self._accounts.geteuid() == 0 else "not root, so as the worker itself"

    def apply(self) -> str:
        self._accounts.setgroups([])
        self._accounts.setgid(ID)
        self._accounts.setuid(ID)
        return f"uid {ID} instead of root"
