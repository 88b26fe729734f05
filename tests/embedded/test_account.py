"""As whom a server runs, and which folders that account can pass."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clipsaver.embedded.account import (
    Account,
    Folder,
    account_for,
    barrier,
    folders_above,
    look_up,
    subprocess_arguments,
)
from clipsaver.errors import EmbeddedServerError

POSTGRES = Account("postgres", 101, 104)
NOBODY = Account("nobody", 65534, 65534)
ALICE = Account("alice", 1000, 1000)


def only(*accounts: Account):
    by_key = {key: account for account in accounts for key in (account.name, account.uid)}
    return by_key.get


@pytest.mark.parametrize(
    ("euid", "owner_uid", "may_be_root", "known", "expected"),
    [
        pytest.param(1000, 1000, False, [], None, id="an ordinary user runs it as themselves"),
        pytest.param(1000, 0, False, [POSTGRES], None, id="and cannot do otherwise"),
        pytest.param(0, 0, True, [POSTGRES], None, id="Valkey runs as root"),
        pytest.param(0, 0, False, [NOBODY, POSTGRES], POSTGRES, id="PostgreSQL does not"),
        pytest.param(0, 0, False, [NOBODY], NOBODY, id="postgres may not exist"),
        pytest.param(0, 1000, False, [ALICE, POSTGRES], ALICE, id="sudo: a person's data"),
        pytest.param(0, 1000, True, [ALICE, POSTGRES], ALICE, id="sudo: Valkey as well"),
        pytest.param(0, 65534, False, [NOBODY, POSTGRES], NOBODY, id="as whoever has the data"),
    ],
)
def test_who_runs_a_server(euid, owner_uid, may_be_root, known, expected) -> None:
    account = account_for(
        euid=euid, owner_uid=owner_uid, may_be_root=may_be_root, lookup=only(*known)
    )
    assert account == expected


@pytest.mark.parametrize(("owner_uid", "words"), [(0, "ordinary user"), (77, "uid 77")])
def test_no_account_is_a_sentence_with_a_way_out(owner_uid: int, words: str) -> None:
    with pytest.raises(EmbeddedServerError, match=words):
        account_for(euid=0, owner_uid=owner_uid, may_be_root=False, lookup=only())


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "passes"),
    [
        (0o700, 0, 0, False),
        (0o711, 0, 0, True),
        (0o710, 0, ALICE.gid, True),
        (0o701, 0, ALICE.gid, False),
        (0o100, ALICE.uid, 0, True),
        (0o077, ALICE.uid, ALICE.gid, False),
    ],
)
def test_passing_a_folder_takes_the_bit_of_ones_own_class(mode, uid, gid, passes) -> None:
    root, folder = Folder(Path("/"), 0o755, 0, 0), Folder(Path("/x"), mode, uid, gid)
    assert barrier([root, folder], ALICE) == (None if passes else folder.path)


def test_folders_above_follows_links(tmp_path: Path) -> None:
    real = tmp_path / "real" / "inner"
    real.mkdir(parents=True)
    (tmp_path / "link").symlink_to(real)
    paths = [folder.path for folder in folders_above(tmp_path / "link" / "not-yet")]
    assert paths[0] == Path("/")
    assert paths[-2:] == [(tmp_path / "real").resolve(), real.resolve()]


def test_this_machine_knows_us() -> None:
    us = look_up(os.getuid())
    assert us is not None
    assert look_up(us.name) == us
    assert look_up("no-such-account-here") is None


def test_a_child_gets_no_groups_of_ours() -> None:
    assert subprocess_arguments(None) == {}
    assert subprocess_arguments(ALICE) == {"user": 1000, "group": 1000, "extra_groups": []}
