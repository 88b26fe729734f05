"""Which of the tracks of a container is the video."""

from __future__ import annotations

from typing import TYPE_CHECKING

from av.stream import Disposition

from clipsaver.thumbnails.picture.errors import NoVideo, Unsupported

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
_ENCRYPTION_KEY = "enc_key_id"
"""How FFmpeg's Matroska demuxer tells that a track is encrypted."""


def video_track(container: InputContainer) -> VideoStream:
    """The default one, else the largest; covers and chapter pictures are none.

    Raises NoVideo and Unsupported.
    """
    tracks = [track for track in container.streams.video if not track.disposition & _STILLS]
    if not tracks:
        raise NoVideo("the file has no video track")
    decodable = [track for track in tracks if track.codec_context is not None]
    if not decodable:
        raise Unsupported("the file's video is of a codec that is not decoded here")
    track = max(decodable, key=_preference)
    if _ENCRYPTION_KEY in track.metadata:
        raise Unsupported("the file's video is encrypted")
    return track


def _preference(track: VideoStream) -> tuple[bool, int]:
    return bool(track.disposition & Disposition.default), track.width * track.height
