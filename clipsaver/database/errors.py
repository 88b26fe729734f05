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

_NO_LOGIN = "it refuses the user or password; correct database.url"
_NO_ROOM = (
    "it has no connection left; raise its max_connections or the CONNECTION LIMIT of the user or "
    "database, or lower database.pool_size and database.writers"
)
_NO_DATABASE = "there is no database of that name; create it, or correct database.url"
_ANOTHER_MOMENT = "it is starting up or shutting down; it will be asked again"

_ADVICE: tuple[tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], str], ...] = (
    (errors.DiskFull, "its disk is full; make room there"),
    (errors.TooManyConnections, _NO_ROOM),
    (errors.ReadOnlySqlTransaction, "it is read-only, as a replica is; set database.url to the "
     "primary"),
    (errors.InsufficientPrivilege, "its user lacks a right; grant it, or use the schema's owner"),
    ((errors.InvalidPassword, errors.InvalidAuthorizationSpecification),
     _NO_LOGIN),
    (errors.InvalidCatalogName, _NO_DATABASE),
    (errors.CannotConnectNow, _ANOTHER_MOMENT),
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
            return DatabaseUnavailable(f"{where}: {_advice(error)}", said=said)
        case Verdict.REPEAT:
            return DatabaseUnavailable(f"{where}: a lock or a statement took too long", said=said)
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
    for clue, advice in _CLUES:
        if clue in said:
            return advice
    return "it does not answer; is it running, and is database.url right?"


_CLUES = (
    ("too many clients", _NO_ROOM),
    ("too many connections for", _NO_ROOM),
    ("remaining connection slots", _NO_ROOM),
    ("starting up", _ANOTHER_MOMENT),
    ("shutting down", _ANOTHER_MOMENT),
    ("password authentication failed", _NO_LOGIN),
    ("no password supplied", "it wants a password; put one into database.url"),
    ('role "', _NO_LOGIN),
    ("no pg_hba.conf entry", "its pg_hba.conf lets nobody in from here as that user; add a line "
     "there, or correct database.url"),
    ("not currently accepting connections", "somebody has closed that database; open it again "
     "with alter database … allow_connections true"),
    ("permission denied for database", "its user may not connect to it; grant connect"),
    ("does not exist", _NO_DATABASE),
    ("resolve host", "the name of its host is not known; correct database.url, or see to DNS"),
    ("translate host name", "the name of its host is not known; correct database.url, or see to "
     "DNS"),
    ("does not support SSL", "it does not speak TLS; set it up there, or take sslmode out of "
     "database.url"),
    ("certificate", "its certificate, or ours, is not accepted; correct sslmode and sslrootcert "
     "in database.url"),
)  # fmt: skip


def _first_line(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
