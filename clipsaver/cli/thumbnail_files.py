"""The pictures that `clipsaver thumbnail` writes: none is written over unless that is asked for."""

from __future__ import annotations

import os
from pathlib import Path

from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable
from clipsaver.thumbnails.picture.found import Picture


class PictureFiles:
    """`NAME-small.webp` and `NAME-large.webp` in a folder, which is made if need be."""

    def __init__(self, folder: Path, name: str, *, force: bool) -> None:
        self._folder = folder
        self._paths = {size: folder / f"{name}-{size}.webp" for size in ("small", "large")}
        self._force = force

    def check(self) -> None:
        """Before anything is made: raises UsageError where they could not be written."""
        if self._folder.exists() and not os.access(self._folder, os.W_OK | os.X_OK):
            raise UsageError(f"{printable(str(self._folder))}: this user may not write there")
        for path in self._paths.values():
            if not self._force and os.path.lexists(path):
                raise _is_there(path)

    def write(self, picture: Picture) -> dict[str, Path]:
        """Both; returns where they are, by size. Raises UsageError."""
        for size, content in (("small", picture.small.webp), ("large", picture.large.webp)):
            path = self._paths[size]
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                with path.open("wb" if self._force else "xb") as file:
                    file.write(content)
            except FileExistsError:
                raise _is_there(path) from None
            except OSError as error:
                raise UsageError(
                    f"{printable(str(path))} cannot be written: {error.strerror}"
                ) from error
        return self._paths


def _is_there(path: Path) -> UsageError:
    return UsageError(
        f"{printable(str(path))} is there already; --force writes over it, -o FOLDER writes "
        "elsewhere"
    )
