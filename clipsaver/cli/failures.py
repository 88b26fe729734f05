"""What a person is told when a command fails, and its exit code."""

from __future__ import annotations

import errno
import os
import select
import sys
import traceback

from clipsaver.errors import ClipsaverError, ConfigError, ExitCode, UsageError
from clipsaver.masking import mask
from clipsaver.terminal_text import printable

READER_LEFT = 141
"""128 + SIGPIPE: what a shell reports of any program whose reader has gone, as with `| head`."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def report(error: BaseException) -> int:
    """Say on stderr what happened, in one sentence for each error of ours; returns the exit code.

    What we did not raise on purpose is a bug, and is shown with its traceback.
    """
    leaves = leaves_of(error)
    if any(isinstance(leaf, BrokenPipeError) for leaf in leaves) and _stdout_is_gone():
        return READER_LEFT
    full = [leaf for leaf in leaves if isinstance(leaf, OSError) and leaf.errno in _NO_ROOM]
    if full:
        _say(f"clipsaver: what it writes is not whole: {full[0].strerror}; make room and repeat it")
        drop_stdout()
        return ExitCode.USAGE
    ours = [leaf for leaf in leaves if isinstance(leaf, ClipsaverError)]
    interrupted = any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves)
    if any(not isinstance(leaf, ClipsaverError | KeyboardInterrupt) for leaf in leaves):
        text = "".join(traceback.format_exception(error))
        _say(*mask(text).splitlines())
        return ExitCode.JOB_FAILED
    for line in dict.fromkeys(line for each in ours for line in sentences(each)):
        _say(f"clipsaver: {line}")
    if interrupted:
        _say("clipsaver: interrupted")
        return ExitCode.INTERRUPTED
    return max(each.exit_code for each in ours)


def leaves_of(error: BaseException) -> list[BaseException]:
    """The errors that a nursery's group holds, however deep; of any other error itself."""
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in leaves_of(inner)]


def sentences(error: ClipsaverError) -> list[str]:
    """The error in words, safe to print: one line, or one for each problem of a configuration."""
    if isinstance(error, ConfigError):
        return [printable(mask(str(problem))) for problem in error.problems]
    if isinstance(error, UsageError):  # may list what is wrong, a line each
        return [printable(mask(line)) for line in str(error).split("\n")]
    return [printable(mask(str(error))) or error.reason.replace("_", " ")]


def _stdout_is_gone() -> bool:
    """Whether the pipe that broke is our own stdout, not some socket; if so it is dropped."""
    try:
        stdout = sys.stdout.fileno()
    except OSError:  # not a file at all, as under a test
        return False
    poll = select.poll()
    poll.register(stdout, 0)
    if not any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0)):
        return False
    drop_stdout()
    return True


def drop_stdout() -> None:
    """What is left to write goes nowhere, where the interpreter would complain at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))
