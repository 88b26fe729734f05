"""seccomp: the system calls that decoding needs, and no other.

The filter is made by libseccomp, which knows the numbers of every architecture, through
`pyseccomp`; where either is missing the layer is off. A call that is not allowed fails with EPERM.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

ALLOWED = (
    # the socket to the worker, and standard error, which leads nowhere
    "read", "write", "readv", "writev", "recvfrom", "sendto", "close",
    # memory
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap",
    # time and chance
    "clock_getres", "clock_gettime", "clock_nanosleep", "getrandom", "getrusage", "gettimeofday",
    "nanosleep", "time", "times",
    # what Python and the C library do of their own accord
    "futex", "futex_time64", "getcpu", "getpid", "gettid", "restart_syscall", "rseq",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity", "sched_yield",
    "set_robust_list", "sigaltstack", "sysinfo", "uname",
    # the end
    "exit", "exit_group",
)  # fmt: skip
"""Left out on purpose, though they look harmless: `fcntl` and `ioctl` can have the kernel send any
signal to a process of the same account; `prlimit64` and `tgkill` reach such processes as well;
`sendmsg` and `recvmsg` carry descriptors."""


class SystemCalls:
    """The last layer, since the others need calls that it forbids. Needs `no_new_privs`."""

    name = "seccomp"

    def __init__(self, rules: Any | None, why_not: str = "") -> None:
        """`rules` as `load_rules` makes them, in the parent, so that a child only loads them."""
        self._rules = rules
        self._why_not = why_not

    def applies(self) -> str:
        return self._why_not

    def apply(self) -> str:
        assert self._rules is not None
        self._rules.load()
        return "only the system calls that decoding needs"


def prepared(platform: str) -> SystemCalls:
    """The layer with its filter made, or with why there is none."""
    if platform != "linux":
        return SystemCalls(None, "only Linux has it")
    try:
        import pyseccomp
    except ImportError:
        return SystemCalls(None, "the package pyseccomp is not installed")
    except (RuntimeError, OSError, AttributeError) as missing:
        return SystemCalls(None, f"libseccomp cannot be loaded: {missing}")
    try:
        return SystemCalls(_rules(pyseccomp))
    except OSError as refusal:
        return SystemCalls(None, f"libseccomp makes no filter: {refusal.strerror}")


def _rules(seccomp: ModuleType) -> Any:
    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        if number >= 0:  # below 0: this architecture has no such call, or this libseccomp no name
            rules.add_rule(seccomp.ALLOW, number)
    return rules
