"""Landlock with no rules: no file, no TCP port, no signal to others. Source: landlock(7)."""

from __future__ import annotations

import ctypes
import os

from clipsaver.thumbnails.decoder.layers.kernel import Kernel

# The same numbers on every architecture, as all calls since Linux 5.1.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1

_FILES_SINCE = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Access rights to files by the version of the interface that brought them."""
_PORTS_SINCE = {4: 0b11}
"""Binding and connecting TCP sockets."""
_SCOPES_SINCE = {6: 0b11}
"""Abstract unix sockets and signals, to processes outside."""


def ruleset(version: int) -> tuple[int, ...]:
    """What is denied where the kernel has this version: as many fields as that knows."""

    def until(since: dict[int, int]) -> int:
        return sum(bits for first, bits in since.items() if first <= version)

    fields = [until(_FILES_SINCE)]
    if version >= 4:
        fields.append(until(_PORTS_SINCE))
    if version >= 6:
        fields.append(until(_SCOPES_SINCE))
    return tuple(fields)


class Landlock:
    """Since Linux 5.13, where it was not switched off at boot. After `privileges`."""

    name = "landlock"

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def applies(self) -> str:
        if not self._kernel.is_linux:
            return "only Linux has it"
        try:
            self._version()
        except OSError:
            return "not in this kernel, or switched off"
        return ""

    def apply(self) -> str:
        version = self._version()
        fields = ruleset(version)
        attributes = (ctypes.c_uint64 * len(fields))(*fields)
        size = ctypes.sizeof(attributes)
        rules = self._kernel.call("syscall", _CREATE_RULESET, attributes, size, 0)
        try:
            self._kernel.call("syscall", _RESTRICT_SELF, rules, 0)
        finally:
            os.close(rules)
        beyond = ", no TCP port" * (version >= 4) + ", no signal to others" * (version >= 6)
        return f"no file{beyond} (version {version})"

    def _version(self) -> int:
        return self._kernel.call("syscall", _CREATE_RULESET, None, 0, _ASK_VERSION)
