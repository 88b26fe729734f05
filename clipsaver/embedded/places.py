"""Where a server keeps its data, its socket, its log and its locks.

    data_dir/                 0700 (root's: 0711 from the start, as PostgreSQL's account must pass)
      postgres/  valkey/      0700, the data; sockets too, where their path is short and plain
      postgres.log  valkey.log
      locks/                  <server>.guard, <server>.users, <server>.running

Two things force a server elsewhere. A socket's path holds at most 107 bytes (103 on macOS), and
some characters mean something in a URL or in PostgreSQL's settings: such sockets go to a short
folder whose name is made from data_dir, so every process finds the same one. It is not made from
XDG_RUNTIME_DIR or TMPDIR, which differ between a login, cron and a service, and the former is
emptied at logout, under a running server. And the account that PostgreSQL gets from root may not
be able to reach data_dir: then data_dir/postgres is a link to a folder below /var/lib/clipsaver.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import structlog

from clipsaver.embedded.account import (
    Account,
    account_for,
    barrier,
    folders_above,
    hand_over,
    make_passable,
)
from clipsaver.embedded.locks import FileLock, open_lock
from clipsaver.errors import EmbeddedServerError

ROOT_FOLDER = Path("/var/lib/clipsaver")
"""For what root's servers need outside of private folders."""
SHORT_FOLDER = Path("/tmp")  # noqa: S108  # verified to be ours and private before use
SOCKET_PATH_BYTES = 103
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+=~-]+")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Place:
    """The folders and files of one server. `data` need not exist yet; `sockets` may be `data`."""

    data: Path
    sockets: Path
    log: Path
    locks: Path
    """Folder and beginning of the lock files' names."""
    account: Account | None
    """As whom the server runs; None: as we are."""
    owner_uid: int
    """Who owns data_dir and so everything in it that is not the server's."""

    def open_lock(self, purpose: str) -> FileLock:
        """Opens one of `guard`, `users` and `running` (see sharing.py and lifecycle.py)."""
        return open_lock(self.locks.with_name(f"{self.locks.name}.{purpose}"), self.owner_uid)


def place_server(data_dir: Path, name: str, *, socket_name: str, may_be_root: bool) -> Place:
    """Decides where a server lives and makes the folders around its data.

    Raises EmbeddedServerError if that cannot be: no permission, no space, no account, no way.
    """
    try:
        return _place_server(data_dir, name, socket_name, may_be_root=may_be_root)
    except OSError as error:
        raise EmbeddedServerError(
            f"The embedded servers cannot use {error.filename or data_dir}: {error.strerror}. "
            "Set data_dir to a folder that can be written."
        ) from error


def _place_server(data_dir: Path, name: str, socket_name: str, *, may_be_root: bool) -> Place:
    euid = os.geteuid()
    data_dir = data_dir.expanduser().resolve()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner_uid = data_dir.stat().st_uid
    if euid == 0 and owner_uid == 0 and not any(data_dir.iterdir()):
        make_passable(data_dir)  # nothing is in it yet, and what will be is private by itself
    wanted = data_dir / name
    account = account_for(
        euid=euid,
        owner_uid=(wanted.stat().st_uid if wanted.exists() else 0) or owner_uid,
        may_be_root=may_be_root,
    )
    data = wanted.resolve() if account is None else _reachable(wanted, account)
    lock_folder, log = data_dir / "locks", data_dir / f"{name}.log"
    lock_folder.mkdir(mode=0o700, exist_ok=True)
    log.touch(mode=0o600)
    if euid == 0:  # a person who tries sudo once can still use what is theirs
        os.chown(lock_folder, owner_uid, -1)
        os.chown(log, owner_uid, -1)
    return Place(
        data=data,
        sockets=_socket_folder(data, socket_name, euid, account),
        log=log,
        locks=lock_folder / name,
        account=account,
        owner_uid=owner_uid,
    )


def _reachable(wanted: Path, account: Account) -> Path:
    """The folder for the data of a server that root runs as another account."""
    blocked_by = barrier(folders_above(wanted), account)
    if blocked_by is None:
        if wanted.is_symlink() and wanted.resolve().parent == ROOT_FOLDER / _key(wanted):
            _root_folder(wanted)  # somebody may have removed it
        return wanted.resolve()
    if wanted.exists() or wanted.is_symlink():
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and the account '{account.name}' cannot reach the "
            f"data in {wanted.resolve()} because {blocked_by} is private: allow it to pass with "
            f"`chmod o+x {blocked_by}`, or set data_dir to another folder."
        )
    elsewhere = _root_folder(wanted) / wanted.name
    _log.info("embedded.data_elsewhere", data=str(elsewhere), private=str(blocked_by))
    wanted.symlink_to(elsewhere)
    return elsewhere


def _root_folder(data: Path) -> Path:
    """A folder for this data below ROOT_FOLDER, which any account may pass and root alone fill."""
    folder = ROOT_FOLDER / _key(data)
    make_passable(ROOT_FOLDER)
    make_passable(folder)
    return folder


def _socket_folder(data: Path, socket_name: str, euid: int, account: Account | None) -> Path:
    if is_socket_path(data / socket_name):
        return data
    if euid == 0:
        folder = _root_folder(data) / "sockets"
    else:
        folder = SHORT_FOLDER / f"clipsaver-{euid}-{_key(data)}"
    _make_private(folder, account)
    return folder


def is_socket_path(path: Path) -> bool:
    """Whether a socket can have this path, and stand in URLs and settings as it is."""
    fits = len(os.fsencode(path)) <= SOCKET_PATH_BYTES
    return fits and PLAIN_PATH.fullmatch(str(path)) is not None


def _make_private(folder: Path, account: Account | None) -> None:
    """Makes the folder; what is there already must be a real one that nobody else can enter."""
    try:
        folder.mkdir(mode=0o700)
        hand_over(folder, account)
    except FileExistsError:
        pass
    found = folder.lstat()
    uid = os.geteuid() if account is None else account.uid
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & 0o077:
        raise EmbeddedServerError(
            f"{folder} is not a private folder of uid {uid}, so no socket is put there: remove it, "
            "or set data_dir to a path of fewer than 80 plain characters."
        )


def _key(data: Path) -> str:
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
