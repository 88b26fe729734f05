"""As whom the servers run, and whether that account can reach a folder.

PostgreSQL refuses uid 0. Started by root it runs as an unprivileged account: the one that owns the
data if that is not root (a person's data, and now sudo), else `postgres` or `nobody`. Such an
account cannot pass a private folder such as a root home with mode 0700, so what it needs must lie
elsewhere then (places.py, relocation.py). A user namespace would make that needless, but
containers, where people are root most often, forbid it; one way that works everywhere is better.

The decisions take uids and modes as arguments.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipsaver.errors import EmbeddedServerError

UNPRIVILEGED_NAMES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An entry of the password database: initdb refuses a uid that has none."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Folder:
    """What decides whether somebody may pass a folder."""

    path: Path
    mode: int
    uid: int
    gid: int


Lookup = Callable[[int | str], Account | None]


def look_up(name_or_uid: int | str) -> Account | None:
    """The account with this name or uid, or None."""
    try:
        by_uid = isinstance(name_or_uid, int)
        entry = pwd.getpwuid(name_or_uid) if by_uid else pwd.getpwnam(name_or_uid)  # type: ignore[arg-type]
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def account_for(
    *, euid: int, owner_uid: int, may_be_root: bool, lookup: Lookup = look_up
) -> Account | None:
    """The account to run a server as; None means: as we are.

    `owner_uid` owns the server's data, or the folder in which it will be. Raises
    EmbeddedServerError if there is no account that would do.
    """
    if euid != 0:
        return None
    if owner_uid != 0:
        account = lookup(owner_uid)
        if account is None:
            raise EmbeddedServerError(
                f"The embedded servers' data belongs to uid {owner_uid}, which has no account on "
                "this machine: give the data to an existing account, or set data_dir to another "
                "folder."
            )
        return account
    if may_be_root:
        return None
    for name in UNPRIVILEGED_NAMES:
        if account := lookup(name):
            return account
    raise EmbeddedServerError(
        "PostgreSQL does not run as root, and this machine has neither an account 'postgres' nor "
        "'nobody' to run it as: start clipsaver as an ordinary user, or set database.url."
    )


def barrier(folders: Iterable[Folder], account: Account) -> Path | None:
    """The first folder that the account may not pass; None if its way is free."""
    for folder in folders:
        if folder.uid == account.uid:
            needed = 0o100
        elif folder.gid == account.gid:
            needed = 0o010
        else:
            needed = 0o001
        if not folder.mode & needed:
            return folder.path
    return None


def folders_above(path: Path) -> list[Folder]:
    """The existing folders that lead to `path`, from the root, links followed."""
    real = path.resolve()
    found = []
    for parent in reversed(real.parents):
        if parent.exists():
            entry = parent.stat()
            found.append(Folder(parent, entry.st_mode, entry.st_uid, entry.st_gid))
    return found


def hand_over(path: Path, account: Account | None) -> None:
    """Gives a folder and what is in it to the account; links are given, not followed."""
    if account is None:
        return
    os.chown(path, account.uid, account.gid, follow_symlinks=False)
    for folder, names, files in os.walk(path):
        for name in [*names, *files]:
            os.chown(Path(folder, name), account.uid, account.gid, follow_symlinks=False)


def make_passable(folder: Path) -> None:
    """Makes a folder that any account may pass, whatever the umask, and only we may fill."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)


def subprocess_arguments(account: Account | None) -> dict[str, Any]:
    """Arguments for `subprocess` that run a child as the account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}
