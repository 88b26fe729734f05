"""A folder: whole files or none, on the disk, and what is said where that cannot be."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from clipsaver.thumbnails.errors import (
    StorageDenied,
    StorageFull,
    StorageTrouble,
    StorageUnavailable,
)
from clipsaver.thumbnails.storage import key_of, open_storage

KEY = key_of("14-15", "small", 0x1F)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


async def put(root: Path, content: bytes = b"picture") -> None:
    async with open_storage(str(root)) as storage:
        await storage.put(KEY, content, "image/webp")


async def test_it_is_made_with_its_folders_for_others_to_read(tmp_path: Path) -> None:
    root = tmp_path / "a" / "b"
    before = os.umask(0o022)
    try:
        await put(root)
    finally:
        os.umask(before)
    assert files(root) == {KEY}
    assert stat.S_IMODE((root / KEY).stat().st_mode) == 0o644
    assert stat.S_IMODE((root / KEY).parent.stat().st_mode) == 0o755


async def test_opening_touches_nothing(tmp_path: Path) -> None:
    async with open_storage(str(tmp_path / "later")):
        assert not (tmp_path / "later").exists()


async def test_the_file_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the name after it: nothing else of this shows in a test, since no power is cut."""
    steps: list[str] = []
    opened: dict[int, str] = {}
    open_, sync, rename = os.open, os.fsync, Path.rename

    def see_open(path: Path, *arguments: int) -> int:
        descriptor = open_(path, *arguments)
        opened[descriptor] = Path(path).name
        return descriptor

    def see_sync(descriptor: int) -> None:
        steps.append(f"sync {opened[descriptor]}")
        sync(descriptor)

    def see_rename(path: Path, target: Path) -> Path:
        steps.append(f"{path.name} is {target.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "open", see_open)
    monkeypatch.setattr(os, "fsync", see_sync)
    monkeypatch.setattr(Path, "rename", see_rename)
    await put(tmp_path / "root")
    folder, name = KEY.split("/")
    assert steps == [
        f"sync {tmp_path.name}",
        "sync root",
        f"sync .{name}.part",
        f".{name}.part is {name}",
        f"sync {folder}",
    ]


async def test_what_a_crash_left_goes_with_the_picture(tmp_path: Path) -> None:
    folder, name = KEY.split("/")
    (tmp_path / folder).mkdir()
    (tmp_path / folder / f".{name}.part").write_bytes(b"half")
    async with open_storage(str(tmp_path)) as storage:
        assert await storage.read(KEY) is None
        await storage.delete(KEY)
    assert files(tmp_path) == set()


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.ENOSPC, StorageFull, "free some, or raise the quota"),
        (errno.EDQUOT, StorageFull, "free some, or raise the quota"),
        (errno.EROFS, StorageDenied, "mount it for writing"),
        (errno.EACCES, StorageDenied, "this account may not write there"),
        (errno.EPERM, StorageDenied, "this account may not write there"),
        (errno.EIO, StorageUnavailable, "is its disk there?"),
        (errno.ESTALE, StorageUnavailable, "is its disk there?"),
    ],
)
@pytest.mark.parametrize("call", ["open", "write", "fsync"])
async def test_failures_are_told_apart_and_leave_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    code: int,
    kind: type[StorageTrouble],
    words: str,
) -> None:
    await put(tmp_path, b"before")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(kind, match=words.replace("?", r"\?")) as caught:
            await put(tmp_path, b"after")
    assert str(caught.value).startswith(f"{tmp_path}: ")
    assert os.strerror(code) in str(caught.value)
    assert files(tmp_path) == {KEY}
    assert (tmp_path / KEY).read_bytes() == b"before"


_ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=64k none "$1"
"$2" -c "$3" "$1/full" 200000 || true
mount -t tmpfs -o ro none "$1"
"$2" -c "$3" "$1/only_read" 1 || true
"""
_STORE_ONE = """
import sys, trio
from clipsaver.thumbnails.storage import key_of, open_storage
async def main():
    async with open_storage(sys.argv[1]) as storage:
        await storage.put(key_of("14-15", "small", 1), bytes(int(sys.argv[2])), "image/webp")
trio.run(main)
"""


def test_a_disk_that_is_full_and_one_that_can_only_be_read(tmp_path: Path) -> None:
    """Real ones, in a namespace of their own that is gone afterwards."""
    alone = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], check=False).returncode:
        pytest.skip("no file system may be mounted here")
    command = [*alone, "sh", "-c", _ON_A_SMALL_DISK, "sh", str(tmp_path), sys.executable]
    ended = subprocess.run(
        [*command, _STORE_ONE], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    full, only_read = (line for line in ended.stderr.splitlines() if "thumbnails.errors" in line)
    assert f"StorageFull: {tmp_path}/full: no space is left" in full
    assert f"StorageDenied: {tmp_path}/only_read: it can only be read" in only_read


async def test_a_disk_that_hangs_does_not_hold_who_is_cancelled(tmp_path: Path) -> None:
    folder, name = KEY.split("/")
    hanging = tmp_path / folder / f".{name}.part"
    hanging.parent.mkdir()
    os.mkfifo(hanging)  # opening it for writing takes until somebody reads
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(put, tmp_path)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    os.close(os.open(hanging, os.O_RDONLY | os.O_NONBLOCK))  # lets the thread end
    assert not (tmp_path / KEY).exists()


async def test_a_folder_that_goes_while_it_serves_is_not_made_anew(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "pictures", tmp_path / "elsewhere"
    async with open_storage(str(root)) as storage:
        await storage.prove()
        root.rename(elsewhere)
        with pytest.raises(StorageUnavailable):
            await storage.put(KEY, b"picture", "image/webp")
        with pytest.raises(StorageUnavailable):
            await storage.delete(KEY)
        assert not root.exists()
        elsewhere.rename(root)
        await storage.put(KEY, b"picture", "image/webp")


async def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StorageDenied, match="something that is no folder is in its place"):
        await put(tmp_path / "taken")


@pytest.mark.parametrize(
    "key",
    ["../x.webp", "ab/../../x.webp", "/etc/passwd", "ab/.x.webp", "ab/x", "ab/x.webp\n", "", "ab/"],
)
@pytest.mark.parametrize("call", ["put", "read", "delete", "where"])
async def test_no_other_path_can_be_meant(tmp_path: Path, key: str, call: str) -> None:
    more = (b"", "image/webp") if call == "put" else ()
    async with open_storage(str(tmp_path / "root")) as storage:
        with pytest.raises(ValueError, match="is not a key of ours"):
            await getattr(storage, call)(key, *more)
    assert files(tmp_path) == set()
