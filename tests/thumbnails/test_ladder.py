"""Which source is next, and what an attempt comes to."""

from __future__ import annotations

import pytest

from clipsaver.errors import DiscordUnavailable
from clipsaver.thumbnails.errors import (
    DecoderCrashed,
    DecoderUnavailable,
    LinkRefused,
    MediaEmpty,
    MediaForbidden,
    MediaGone,
    MediaUnavailable,
    RangesIgnored,
    StillUnsupported,
)
from clipsaver.thumbnails.ladder import Next, Source, after, conclusion, words
from clipsaver.thumbnails.picture.errors import Broken, NoVideo, Unsupported


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (Broken("x"), Next.OTHER),
        (NoVideo("x"), Next.OTHER),
        (RangesIgnored("x"), Next.OTHER),
        (DecoderCrashed("x"), Next.OTHER),
        (StillUnsupported("x"), Next.OTHER),
        (MediaGone("x"), Next.END),
        (MediaEmpty("x"), Next.END),
        (MediaForbidden("x"), Next.END),
        (MediaUnavailable("x"), Next.END),
        (DecoderUnavailable("x"), Next.END),
        (LinkRefused("x", status=403), Next.SIGN),
    ],
)
def test_what_comes_after_an_error(error, step):
    assert after(error, was_signed=False) is step


def test_a_link_is_signed_once():
    assert after(LinkRefused("x", status=404), was_signed=True) is Next.END


def test_a_fresh_link_that_leads_nowhere_means_that_the_file_is_gone():
    ended = conclusion([(Source.DECODE, LinkRefused("x answers 404", status=404))])
    assert isinstance(ended, MediaGone)


def test_a_fresh_link_that_is_refused_may_be_this_machines_trouble():
    """The CDN refuses some hosts' addresses."""
    ended = conclusion([(Source.DECODE, LinkRefused("x answers 403", status=403))])
    assert isinstance(ended, MediaUnavailable)


def test_the_clips_own_bytes_tell_why_where_all_sources_fail():
    failures = [(Source.DECODE, NoVideo("sound alone")), (Source.DISCORD, StillUnsupported("415"))]
    assert isinstance(conclusion(failures), NoVideo)
    assert words(failures) == "decode: sound alone; discord: 415"


@pytest.mark.parametrize(
    "passing", [MediaUnavailable("503"), DiscordUnavailable("x", route="GET x")]
)
def test_what_may_pass_counts_more(passing):
    failures = [(Source.DECODE, Unsupported("x")), (Source.DISCORD, passing)]
    assert conclusion(failures) is passing


@pytest.mark.parametrize(
    "said",
    [MediaUnavailable("503"), LinkRefused("404", status=404), LinkRefused("403", status=403)],
)
def test_of_a_broken_file_the_proxy_has_nothing_to_say(said):
    failures = [(Source.DECODE, broken := Broken("x")), (Source.DISCORD, said)]
    assert conclusion(failures) is broken


def test_that_the_proxy_does_not_know_a_file_does_not_mean_that_it_is_gone():
    """Its bytes were read a moment ago."""
    failures = [
        (Source.DECODE, unsupported := Unsupported("x")),
        (Source.DISCORD, LinkRefused("404", status=404)),
    ]
    assert conclusion(failures) is unsupported
