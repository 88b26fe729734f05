"""What it means that a decoder has ended, or goes on, without an answer. Pure."""

from __future__ import annotations

import signal

from clipsaver.thumbnails.decoder.layers.limits import CPU_S, LIFE_S
from clipsaver.thumbnails.errors import (
    DecoderCrashed,
    DecoderKilled,
    DecoderTimedOut,
    DecoderUnavailable,
    MediaUnavailable,
    ThumbnailError,
)


def too_late(wall_s: float, *, waits_for_media: bool) -> ThumbnailError:
    """Of a clip that has had its time; whose turn it was bears the blame."""
    if waits_for_media:
        return MediaUnavailable(f"its bytes took longer than the {wall_s:g} s that a clip may")
    return DecoderTimedOut(f"no picture within {wall_s:g} s")


def cause_of(status: int | None) -> ThumbnailError:
    """Of an end that was not ours.

    `status` is an exit status, minus the number of a signal, or None where nobody is left to tell.
    """
    if status is None:
        return DecoderUnavailable("the parent of the decoders has ended, and this one with it")
    if status >= 0:
        return DecoderCrashed(f"the decoder ended without an answer, with exit status {status}")
    match -status:
        case signal.SIGXCPU:
            return DecoderTimedOut(f"no picture within {CPU_S} s of computing")
        case signal.SIGALRM:
            return DecoderTimedOut(f"no picture within the {LIFE_S} s that a decoder lives")
        case signal.SIGKILL:
            return DecoderKilled("the decoder was killed from outside, as for lack of memory")
        case number:
            return DecoderCrashed(f"the decoder was ended by {_name(number)}")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # of the real-time ones
        return f"signal {number}"
