"""What answers without a file mean: every status means something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.errors import Handling
from clipsaver.thumbnails.errors import (
    LinkRefused,
    MediaForbidden,
    MediaGone,
    MediaUnavailable,
)
from clipsaver.thumbnails.media.refusals import Broken, refusal, refused_again

WHERE = "https://cdn.discordapp.com/attachments/1/2/x.mp4"


@given(st.integers(100, 999), st.text(max_size=20), st.none() | st.floats(0, 1e5))
def test_every_status_has_one_meaning(status, location, wait_s):
    error = refusal(WHERE, status, {"location": location}, wait_s)
    if 300 <= status < 400:
        assert type(error) is MediaForbidden
    elif 400 <= status < 500 and status not in (408, 425):
        assert type(error) is LinkRefused
        assert error.status == status
    else:
        assert type(error) in (Broken, MediaUnavailable)
    assert str(status) in str(error)


def test_where_a_redirect_leads_is_told_without_its_path():
    target = "https://elsewhere.example/secret?hm=1"
    error = refusal(WHERE, 301, {"location": target}, None)
    assert "elsewhere.example" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("status", "kind", "handling"),
    [
        (404, MediaGone, Handling.DEAD),
        (410, MediaGone, Handling.DEAD),
        (403, MediaUnavailable, Handling.RETRY),
        (401, MediaUnavailable, Handling.RETRY),
    ],
)
def test_a_fresh_link_that_is_refused(status, kind, handling):
    refused = refusal(WHERE, status, {}, None)
    assert isinstance(refused, LinkRefused)
    again = refused_again(refused)
    assert (type(again), again.handling) == (kind, handling)
    assert f"HTTP {status}" in str(again)
