"""The files that are damaged: one of each container and codec, made on the spot, or a folder's."""

from __future__ import annotations

from pathlib import Path

from tests.thumbnails.videos import Video, made

_FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"
_SMALL = (
    Video(),
    Video(muxing=(("movflags", "faststart"),)),
    Video(container="mov", turn=90),
    Video(muxing=(("movflags", _FRAGMENTS),)),
    Video(muxing=(("movflags", f"{_FRAGMENTS}+global_sidx"),)),
    Video(muxing=(("movflags", f"{_FRAGMENTS}+skip_trailer"),)),
    Video(container="mkv"),
    Video(container="flv"),
    Video(container="mkv", codec="libx265", pix_fmt="yuv420p10le", tags=(9, 16, 9, 1)),
    Video(container="webm", codec="libvpx-vp9"),
    Video(container="webm", codec="libvpx-vp9", muxing=(("live", "1"),)),
    Video(container="webm", codec="libvpx"),
    Video(codec="libsvtav1"),
    Video(container="avi", codec="mpeg4"),
    Video(container="flv", codec="flv1"),
    Video(container="mov", codec="png", pix_fmt="rgba", seconds=0.5),
    Video(container="avi", codec="mjpeg", pix_fmt="yuvj420p", seconds=0.5),
)
LARGEST_BYTES = 4 * 2**20


def files_of(folder: Path | None) -> list[bytes]:
    """The contents; of a folder those that are not too large to be damaged in a useful place."""
    if folder is None:
        return [made(video) for video in _SMALL]
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.read_bytes() for path in paths if 0 < path.stat().st_size <= LARGEST_BYTES]
