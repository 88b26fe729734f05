"""psycopg's errors in clipsaver's words, translated once.

`verdict` says what an error means for whoever wrote: be patient, repeat, or give up the data.
Source of the codes: PostgreSQL's documentation, appendix A "PostgreSQL Error Codes".
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from clipsaver.errors import ClipsaverError, DatabaseUnavailable, DataRejected, SchemaError


class Verdict(enum.Enum):
    """What an error of the database means."""

    AWAY = "away"
    """The database cannot serve now; the same statement can succeed later."""
    REPEAT = "repeat"
    """Two transactions were in each other's way; the same one succeeds when repeated."""
    SCHEMA = "schema"
    """The tables are not those of this version."""
    DATA = "data"
    """The values cannot be stored; the same ones never can."""
    BUG = "bug"
    """Anything else: a mistake of ours."""


_BY_CODE = {
    "25006": Verdict.AWAY,  # read-only transaction: a replica
    "55P03": Verdict.REPEAT,  # lock not available within lock_timeout
    "57014": Verdict.REPEAT,  # cancelled by statement_timeout
    "42501": Verdict.AWAY,  # no right to do this: until somebody grants it
    "42P01": Verdict.SCHEMA,  # undefined table
    "42703": Verdict.SCHEMA,  # undefined column
    "42704": Verdict.SCHEMA,  # undefined object
    "42883": Verdict.SCHEMA,  # undefined function
    "3F000": Verdict.SCHEMA,  # no such schema
}
_BY_CLASS = {
    "08": Verdict.AWAY,  # connection
    "22": Verdict.DATA,  # data exception
    "23": Verdict.DATA,  # integrity constraint
    "28": Verdict.AWAY,  # wrong password, no such role
    "3D": Verdict.AWAY,  # no such database
    "40": Verdict.REPEAT,  # serialization failure, deadlock
    "53": Verdict.AWAY,  # disk full, out of memory, too many connections
    "54": Verdict.DATA,  # a value too large for an index
    "57": Verdict.AWAY,  # shutting down, starting up
    "58": Verdict.AWAY,  # I/O error
    "XX": Verdict.AWAY,  # internal error, corrupt page: nothing of ours to give up for it
}

_ADVICE: tuple[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], str], ...] = (
    (errors.DiskFull, "its disk is full; make room there"),
    (errors.TooManyConnections, "it has no connection left; raise max_connections, or lower "
     "database.pool_size and database.writers"),
    (errors.ReadOnlySqlTransaction, "it is read-only, as a replica is; set database.url to the "
     "primary"),
    (errors.InsufficientPrivilege, "its user lacks a right; grant it, or use the schema's owner"),
    ((errors.InvalidPassword, errors.InvalidAuthorizationSpecification),
     "it refuses the user or password; correct database.url"),
    (errors.InvalidCatalogName, "there is no database of that name; create it, or correct "
     "database.url"),
    (errors.CannotConnectNow, "it is starting up or shutting down; it will be asked again"),
    ((errors.AdminShutdown, errors.CrashShutdown), "it was shut down; start it again"),
)  # fmt: skip


def verdict(error: psycopg.Error) -> Verdict:
    """What the error means, from its SQLSTATE; without one from its class."""
    code = error.sqlstate
    if code is None:  # raised on this side of the wire
        if isinstance(error, psycopg.DataError):
            return Verdict.DATA
        is_lost = isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
        return Verdict.AWAY if is_lost else Verdict.BUG
    return _BY_CODE.get(code) or _BY_CLASS.get(code[:2], Verdict.BUG)


def translate(error: psycopg.Error, where: str) -> ClipsaverError | None:
    """The error in our words, None for a bug. `where` names the database, without its password."""
    said = _first_line(error)
    match verdict(error):
        case Verdict.AWAY:
            return DatabaseUnavailable(f"{where}: {_advice(error)} ({said})")
        case Verdict.REPEAT:
            return DatabaseUnavailable(f"{where}: a lock or a statement took too long ({said})")
        case Verdict.SCHEMA:
            return SchemaError(
                f"{where}: its tables are not those of this version ({said}); "
                "run `clipsaver db migrate`"
            )
        case Verdict.DATA:
            return DataRejected(f"{where} refuses the data ({said})")
        case Verdict.BUG:
            return None


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Raises psycopg's errors as clipsaver's; what is a bug of ours stays as it is."""
    try:
        yield
    except psycopg.Error as error:
        ours = translate(error, where)
        if ours is None:
            raise
        raise ours from error


def _advice(error: psycopg.Error) -> str:
    for kinds, advice in _ADVICE:
        if isinstance(error, kinds):
            return advice
    said = str(error)
    # Errors while connecting carry no SQLSTATE, only the server's words.
    for clue, kind in _CLUES:
        if clue in said:
            return _advice(kind())
    return "it does not answer; is it running, and is database.url right?"


_CLUES = (
    ("too many clients", errors.TooManyConnections),
    ("remaining connection slots", errors.TooManyConnections),
    ("starting up", errors.CannotConnectNow),
    ("shutting down", errors.CannotConnectNow),
    ("password authentication failed", errors.InvalidPassword),
    ("does not exist", errors.InvalidCatalogName),
)


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
