"""What is known of the clip beside its picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipsaver.thumbnails.picture import colours
from clipsaver.thumbnails.picture.content_type import content_type_of
from clipsaver.thumbnails.picture.found import Facts

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from clipsaver.thumbnails.picture.opening import Reel
    from clipsaver.thumbnails.picture.outline import Outline
    from clipsaver.thumbnails.picture.stills import Pose

HIGHEST_RATE = 1000


def facts_of(
    reel: Reel, outline: Outline, frame: VideoFrame, pose: Pose, duration_s: float | None
) -> Facts:
    """Of the file, its track and one picture of it."""
    rate = reel.track.average_rate
    return Facts(
        content_type=content_type_of(reel.demuxer, outline.beginning),
        codec=reel.track.codec_context.codec.canonical_name,
        width=pose.shown.width,
        height=pose.shown.height,
        stored_width=pose.stored.width,
        stored_height=pose.stored.height,
        duration_s=duration_s,
        frames_per_s=float(rate) if rate is not None and 0 < rate <= HIGHEST_RATE else None,
        is_hdr=colours.is_hdr(frame.color_trc),
    )
