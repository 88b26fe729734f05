"""Looks around on this machine: what is installed, and where data would be kept."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from clipsaver import __version__
from clipsaver.config import EMBEDDED, Config
from clipsaver.doctor.facts import Library, Machine, StorageFacts
from clipsaver.doctor.of_machine import needs_of


def look_at_machine(config: Config) -> Machine:
    """Writes nothing."""
    urls = (str(config.redis.url), str(config.database.url))
    needs = needs_of(requires("clipsaver") or [], platform.python_version(), sys.platform)
    return Machine(
        python=platform.python_version(),
        clipsaver=__version__,
        storage=_storage(config.data_dir, is_needed=EMBEDDED in urls),
        libraries=tuple(
            Library(name, _installed(name), wanted) for name, wanted in sorted(needs.items())
        ),
    )


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _storage(folder: Path, *, is_needed: bool) -> StorageFacts:
    """Of a folder that is not there yet, what the nearest one above it that is allows."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    obstacle, free_bytes = "", None
    if not place.is_dir():
        obstacle = f"{place} is no folder"
    elif not os.access(place, os.W_OK | os.X_OK):
        obstacle = f"this user may not write in {place}"
    else:
        disk = os.statvfs(place)
        free_bytes = disk.f_bavail * disk.f_frsize
        if disk.f_flag & os.ST_RDONLY:
            obstacle = f"{place} is on a disk that takes no writes"
    return StorageFacts(folder, is_needed, obstacle, free_bytes)
