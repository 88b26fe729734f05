"""redis-py's exceptions in our words, for every command that is sent."""

from __future__ import annotations

import re
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
    "WRONGPASS": "it refuses the user name or the password; correct redis.url",
    "NOPERM": "its user may not run a command or use a key that clipsaver needs; extend its ACL",
}

_CLUES = (
    ("Name or service not known", "the name of its host is not known; correct redis.url, or see "
     "to DNS"),
    ("nodename nor servname", "the name of its host is not known; correct redis.url, or see to "
     "DNS"),
    ("No address associated", "the name of its host is not known; correct redis.url, or see to "
     "DNS"),
    ("name resolution", "the name of its host cannot be looked up; see to DNS"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; name the authority's file with "
     "?ssl_ca_certs= in redis.url"),
    ("WRONG_VERSION_NUMBER", "it does not speak TLS there; write redis:// instead of rediss://, "
     "or correct the port"),
    ("RECORD_LAYER_FAILURE", "it does not speak TLS there; write redis:// instead of rediss://, "
     "or correct the port"),
    ("Protocol error", "what answers there is no Redis, or one that wants TLS; correct redis.url "
     "(rediss:// for TLS)"),
    ("the server closed the connection", "it closed the connection; if that goes on, is TLS "
     "wanted there (rediss://), or has it no connection left (maxclients)?"),
    ("no sentinel answers", "none of its sentinels answers; are they running, and is redis.url "
     "right?"),
    ("sentinels refuse the login", "its sentinels want a user name or a password, or others; "
     "?sentinel_username= and sentinel_password= in redis.url"),
    ("sentinels know no service", "its sentinels do not know a primary of that name; correct "
     "redis.url"),
    ("sentinels know no primary", "its sentinels know of no primary that is up; this passes when "
     "they have promoted a replica"),
    ("not a sentinel", "what answers there is no sentinel; correct redis.url"),
    ("previous master is now a slave", "it has become a replica; its sentinels are asked for the "
     "new primary"),
    ("max number of clients", "it has no connection left; raise its maxclients"),
)  # fmt: skip
_IN_SCRIPT = re.compile(r"@user_script: ?\d+: -?([A-Z]{2,}) ")
"""Before Redis 7 what a script's command was answered stands in the middle of the message."""
OLDEST_REDIS = "7.0"
"""The first whose scripts may write after they asked for the time, and whose XCLAIM drops entries
that were deleted."""


class GroupMissing(Exception):
    """A stream or its group is not there (any more); never leaves the room of the stream."""


@contextmanager
def translated(server: str) -> Iterator[None]:
    """Raise RedisUnavailable for a server that cannot be reached or cannot serve now.

    `server` names it for a person, without the password. UsageError for a key of another type.
    What is left (a wrong command or script) is our mistake and passes as it is.
    """
    try:
        yield
    except (RedisTimeoutError, TimeoutError) as error:
        doubt = ", or does it not speak TLS there" if server.startswith("rediss") else ""
        raise RedisUnavailable(
            f"Redis at {server} did not answer in time; is it overloaded or cut off{doubt}?",
            said=error,
        ) from error
    except ResponseError as error:
        _raise_for_code(error, server)
        raise
    except (RedisConnectionError, InvalidResponse, OSError) as error:
        obstacle = _obstacle_in(error)
        raise RedisUnavailable(f"Redis at {server}: {obstacle}", said=error) from error


def code_of(error: BaseException) -> str:
    """The server's error code, such as `NOGROUP`; redis-py cuts some off the message."""
    status = getattr(error, "status_code", None)
    said = str(error)
    if "ACL failure in script" in said or "executing the script can't run" in said:
        return "NOPERM"
    if in_script := _IN_SCRIPT.search(said):
        return in_script[1]
    if isinstance(status, str) and status:
        return status
    return said.partition(" ")[0]


def _obstacle_in(error: Exception) -> str:
    """What keeps us from a connection, and what to do."""
    if (code := code_of(error)) in _WHAT_TO_DO:
        return _WHAT_TO_DO[code]
    said = str(error)
    for clue, obstacle in _CLUES:
        if clue in said:
            return obstacle
    if isinstance(error, AuthenticationError):
        return _WHAT_TO_DO["WRONGPASS"]
    return "it cannot be reached; is it running, and is redis.url right?"


def _raise_for_code(error: RedisError, server: str) -> None:
    code, said = code_of(error), str(error)
    if code == "NOGROUP" or "no such key" in said:
        raise GroupMissing(said) from error
    if code == "WRONGTYPE":
        raise UsageError(
            f"a key at {server} holds something else than ours: is redis.stream in use by "
            f"another program? ({error})"
        ) from error
    if code in _WHAT_TO_DO:
        raise RedisUnavailable(f"Redis at {server}: {_WHAT_TO_DO[code]}", said=error) from error
    if "DB index is out of range" in said:
        raise RedisUnavailable(
            f"Redis at {server}: it has no database of that number; correct redis.url", said=error
        ) from error
    if "unknown command" in said and "HELLO" in said.upper():
        raise UsageError(too_old(server, "one before 6.0"))


def too_old(server: str, version: str) -> str:
    """What to say of a server that lacks commands which we cannot do without."""
    return (
        f"Redis at {server} is too old: it is {version}, and {OLDEST_REDIS} or newer, or any "
        "Valkey, is needed"
    )
