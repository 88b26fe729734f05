"""Thumbnails as the worker that clipsaver replaces makes them.

The whole file is downloaded, ffprobe looks at it, ffmpeg writes the picture at 1 s as PNG, and
Pillow makes both sizes of it.
"""

from __future__ import annotations

import importlib
import io
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image

BOXES = ((320, 180), (640, 360))


@dataclass(frozen=True)
class Programs:
    """Where they are, and what they say of themselves."""

    ffmpeg: str
    ffprobe: str
    version: str


def programs() -> Programs:
    """Those of the wheel in the group `peers`, else those on PATH. Raises SystemExit without."""
    try:
        wheel = importlib.import_module("ffmpeg")
        found = [str(wheel.FFMPEG_PATH), str(wheel.FFPROBE_PATH)]
    except (ImportError, AttributeError):
        found = [shutil.which(name) or "" for name in ("ffmpeg", "ffprobe")]
    if not all(Path(path).is_file() for path in found):
        raise SystemExit(
            "there is no ffmpeg and ffprobe to measure beside: the wheel that `make bench` "
            "installs is for Linux on x86-64; elsewhere, put both on PATH"
        )
    said = subprocess.run([found[0], "-version"], capture_output=True, text=True, check=True)
    return Programs(*found, version=" ".join(said.stdout.split()[:3]))


@dataclass(frozen=True)
class OldWay:
    """What it works with."""

    client: httpx.Client
    programs: Programs
    folder: Path

    def make(self, url: str) -> list[bytes]:
        """Both pictures. Raises RuntimeError where ffmpeg makes none."""
        clip, png = self.folder / "clip", self.folder / "picture.png"
        png.unlink(missing_ok=True)
        with self.client.stream("GET", url) as response, clip.open("wb") as file:
            for part in response.iter_raw():
                file.write(part)
        self._probe(clip)
        extract = ["-v", "error", "-ss", "1", "-i", str(clip), "-frames:v", "1", "-y", str(png)]
        subprocess.run([self.programs.ffmpeg, *extract], stdin=subprocess.DEVNULL, check=True)
        if not png.exists():
            raise RuntimeError(f"ffmpeg made no picture of {url}")
        with Image.open(png) as picture:
            return [_sized(picture, box) for box in BOXES]

    def _probe(self, clip: Path) -> None:
        asked = ["-v", "error", "-of", "json", "-show_format", "-show_streams", str(clip)]
        told = subprocess.run([self.programs.ffprobe, *asked], capture_output=True, check=True)
        if not json.loads(told.stdout)["streams"]:
            raise RuntimeError("ffprobe sees no streams")


def _sized(picture: Image.Image, box: tuple[int, int]) -> bytes:
    scale = min(1.0, box[0] / picture.width, box[1] / picture.height)
    size = (round(picture.width * scale), round(picture.height * scale))
    small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    small.save(kept, "WEBP", quality=85, method=6)
    return kept.getvalue()
