"""redis-py's exceptions in our words, for every command that this room sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import AuthenticationError, InvalidResponse, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from clipsaver.errors import RedisUnavailable, UsageError

_WHAT_TO_DO = {
    "LOADING": "it is still loading its data; this passes by itself",
    "BUSY": "it is busy with a script; if that does not pass, `SCRIPT KILL` ends it",
    "READONLY": "it is a replica and takes no writes; point redis.url at the primary",
    "UNBLOCKED": "it ended a read that waited, as a primary does that becomes a replica",
    "MASTERDOWN": "it is a replica that has lost its primary; point redis.url at the primary",
    "OOM": "its memory is full (maxmemory) and it cannot write; give it more memory",
    "MISCONF": "it cannot save to its disk and so takes no writes; free space there",
    "NOREPLICAS": "it has too few replicas to take writes (min-replicas-to-write)",
    "CLUSTERDOWN": "its cluster is down",
    "TRYAGAIN": "its cluster is moving this slot; this passes by itself",
    "MOVED": "it is part of a cluster, which clipsaver cannot use; use a single server or Sentinel",
    "NOAUTH": "it wants a password; put it into redis.url",
    "WRONGPASS": "it refuses the user name or the password of redis.url",
    "NOPERM": "its user may not run a command or use a key that clipsaver needs; extend its ACL",
}


class GroupMissing(Exception):
    """The stream or its group is not there (any more): a state that never leaves this room."""


@contextmanager
def translated(server: str) -> Iterator[None]:
    """Raise RedisUnavailable for a server that cannot be reached or cannot serve now.

    `server` names it for a person, without the password. UsageError for a key of another type.
    What is left (a wrong command or script) is our mistake and passes as it is.
    """
    try:
        yield
    except AuthenticationError as error:
        raise RedisUnavailable(
            f"Redis at {server} refuses the login of redis.url: {error}"
        ) from error
    except (RedisTimeoutError, TimeoutError) as error:
        raise RedisUnavailable(
            f"Redis at {server} did not answer in time; is it overloaded or cut off? ({error})"
        ) from error
    except ResponseError as error:
        _raise_for_code(error, server)
        raise
    except (RedisConnectionError, InvalidResponse, OSError) as error:
        if (code := code_of(error)) in _WHAT_TO_DO:
            raise RedisUnavailable(f"Redis at {server}: {_WHAT_TO_DO[code]}") from error
        raise RedisUnavailable(
            f"Redis at {server} cannot be reached; is it running, and is redis.url right? ({error})"
        ) from error


def code_of(error: BaseException) -> str:
    """The server's error code, such as `NOGROUP`; redis-py cuts some off the message."""
    status = getattr(error, "status_code", None)
    if isinstance(status, str) and status:
        return status
    return str(error).partition(" ")[0]


def _raise_for_code(error: RedisError, server: str) -> None:
    code = code_of(error)
    if code == "NOGROUP" or "no such key" in str(error):
        raise GroupMissing(str(error)) from error
    if code == "WRONGTYPE":
        raise UsageError(
            f"a key of redis.stream at {server} holds something else: is the name in use by "
            f"another program? ({error})"
        ) from error
    if code in _WHAT_TO_DO:
        raise RedisUnavailable(f"Redis at {server}: {_WHAT_TO_DO[code]} ({error})") from error
