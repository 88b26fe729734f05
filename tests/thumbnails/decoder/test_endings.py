"""Who is to blame for a decoder that gave no answer, and what is to be done next."""

from __future__ import annotations

import signal

import pytest

from clipsaver.errors import Handling
from clipsaver.thumbnails.decoder.endings import cause_of, too_late


@pytest.mark.parametrize(
    ("status", "reason", "handling"),
    [
        (None, "decoder_unavailable", Handling.WAIT),
        (0, "decoder_crashed", Handling.DEAD),
        (70, "decoder_crashed", Handling.DEAD),
        (-signal.SIGSEGV, "decoder_crashed", Handling.DEAD),
        (-signal.SIGABRT, "decoder_crashed", Handling.DEAD),
        (-60, "decoder_crashed", Handling.DEAD),
        (-signal.SIGXCPU, "decoder_timed_out", Handling.DEAD),
        (-signal.SIGALRM, "decoder_timed_out", Handling.DEAD),
        (-signal.SIGKILL, "decoder_killed", Handling.RETRY),
    ],
)
def test_an_end_tells_its_cause(status: int | None, reason: str, handling: Handling) -> None:
    error = cause_of(status)
    assert (error.reason, error.handling) == (reason, handling)


def test_a_crash_names_its_signal() -> None:
    assert "SIGSEGV" in str(cause_of(-signal.SIGSEGV))
    assert "signal 60" in str(cause_of(-60))


def test_whose_turn_it_was_bears_the_blame() -> None:
    assert too_late(60.0, waits_for_media=True).reason == "media_unavailable"
    assert str(too_late(0.5, waits_for_media=False)) == "no picture within 0.5 s"
