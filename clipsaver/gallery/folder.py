"""The folder of a gallery. Nothing is changed in one that somebody else filled."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clipsaver.embedded.locks import open_lock
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable
from clipsaver.thumbnails.storage.keys import checked

PAGE = "index.html"
PICTURES = "thumbnails"
MARKER = ".clipsaver-gallery"
"""Its presence says that the folder is ours; held as a lock while somebody writes."""


class GalleryFolder:
    """The files of one gallery; made by `open_folder`. All methods block, and raise UsageError."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pictures = root / PICTURES
        self._sizes = dict(self._found())

    @property
    def page(self) -> Path:
        return self._root / PAGE

    def has(self, key: str, size_bytes: int) -> bool:
        """Whether the picture is there. Under one key there is never another one: see
        `thumbnails.storage.keys`; but it may be cut off, where a power cut met its writing."""
        return self._sizes.get(key) == size_bytes

    def write_picture(self, key: str, content: bytes) -> None:
        """Under its key, whole or not at all."""
        path = self._pictures / checked(key)
        with _said(path):
            path.parent.mkdir(exist_ok=True)
            _write_whole(path, [content])
        self._sizes[key] = len(content)

    def write_page(self, pieces: Iterable[str]) -> None:
        """In place of the page that was there, whole or not at all."""
        with _said(self.page):
            _write_whole(self.page, (piece.encode() for piece in pieces))

    def remove_others(self, wanted: Collection[str]) -> int:
        """Our pictures that the page does not show any more; returns how many there were."""
        unwanted = self._sizes.keys() - wanted
        for key in unwanted:
            path = self._pictures / key
            with _said(path):
                path.unlink(missing_ok=True)
                if not any(path.parent.iterdir()):
                    path.parent.rmdir()
            del self._sizes[key]
        return len(unwanted)

    def _found(self) -> Iterator[tuple[str, int]]:
        """Keys and sizes of the pictures that are there; what a writing left unfinished goes."""
        with _said(self._pictures):
            for path in self._pictures.glob("*/*"):
                key = path.relative_to(self._pictures).as_posix()
                if path.name.startswith(".") and path.suffix == ".part":
                    path.unlink(missing_ok=True)
                elif _is_key(key) and path.is_file() and not path.is_symlink():
                    yield key, path.stat().st_size


@contextmanager
def open_folder(root: Path, storage: Path | None) -> Iterator[GalleryFolder]:
    """A gallery's folder, made if need be, and nobody else's for the time of the block.

    `storage` is where the pictures come from, where that is a folder. Raises UsageError where it is
    not empty and no gallery, where another command writes it, and where it cannot be written.
    """
    name = printable(str(root))
    _check_apart(root, storage)
    if root.exists() and not root.is_dir():
        raise UsageError(f"{name}: it is no folder; name a new one")
    with _said(root):
        root.mkdir(parents=True, exist_ok=True)
        is_ours = (root / MARKER).is_file()
        if not is_ours and any(root.iterdir()):
            raise UsageError(
                f"{name}: it is not empty and no gallery of clipsaver, so nothing was written; "
                "name a new folder"
            )
        lock = open_lock(root / MARKER, os.geteuid())
    try:
        if not lock.try_exclusive():
            raise UsageError(f"{name}: another clipsaver writes this gallery; wait until it has")
        _make_picture_folder(root / PICTURES)
        yield GalleryFolder(root)
    finally:
        lock.close()


def _check_apart(root: Path, storage: Path | None) -> None:
    """Copies are removed when they are not wanted any more; originals must not be among them."""
    if storage is None:
        return
    ours, theirs = root.resolve(), storage.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        raise UsageError(
            f"{printable(str(root))}: clipsaver keeps its thumbnails in {printable(str(storage))}; "
            "name a folder that is neither in it nor around it"
        )


def _make_picture_folder(path: Path) -> None:
    with _said(path):
        path.mkdir(exist_ok=True)
        links = [one for one in (path, *path.iterdir()) if one.is_symlink()]
    if links:
        raise UsageError(
            f"{printable(str(links[0]))}: it leads elsewhere, where nothing may be written or "
            "removed; delete the link"
        )


def _write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.writelines(pieces)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _is_key(text: str) -> bool:
    try:
        return bool(checked(text))
    except ValueError:
        return False


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """An error of the file system in words."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{printable(str(path))}: it cannot be written: {error.strerror}"
        ) from error
