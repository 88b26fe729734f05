import json

import pytest

from clipsaver.discord_rest import headers
from clipsaver.discord_rest.headers import NOTHING, LimitHeaders
from clipsaver.discord_rest.outcomes import (
    NO_JSON,
    Outcome,
    Refusal,
    Scope,
    error_for,
    meaning,
    read_answer,
    row_for,
)

VIA = LimitHeaders(from_discord=True)


def read(status, body, limits=VIA):
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(status, limits, encoded, 0.0)


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (401, 50014, Outcome.TOKEN_REJECTED),
        (403, 12345, Outcome.DENIED),
        (401, NO_JSON, Outcome.TOKEN_REJECTED),
        (404, 50001, Outcome.NOT_FOUND),
        (404, NO_JSON, Outcome.NOT_FOUND),
        (502, NO_JSON, Outcome.BUSY),
        (503, 130000, Outcome.BUSY),
        (400, 40006, Outcome.BUSY),
        (521, None, Outcome.BUSY),
        (599, None, Outcome.BUSY),
        (302, None, Outcome.REFUSED),
        (204, None, Outcome.UNREADABLE),
        (418, 7, Outcome.REFUSED),
    ],
)
def test_what_has_no_row_of_its_own(status, code, outcome):
    assert row_for(status, code).outcome is outcome


SLOW = {"message": "You are being rate limited.", "retry_after": 1.25, "global": False}


@pytest.mark.parametrize(
    ("status", "limits", "body", "expected"),
    [
        (429, LimitHeaders(scope="user"), SLOW, Refusal(Scope.USER, 1.25)),
        (429, LimitHeaders(scope="shared"), SLOW, Refusal(Scope.SHARED, 1.25)),
        (429, LimitHeaders(scope="global"), SLOW, Refusal(Scope.GLOBAL, 1.25)),
        (429, LimitHeaders(is_global=True), SLOW, Refusal(Scope.GLOBAL, 1.25)),
        (429, NOTHING, SLOW | {"global": True}, Refusal(Scope.GLOBAL, 1.25)),
        (429, NOTHING, SLOW, Refusal(Scope.USER, 1.25)),
        # The body is exact, the header rounded; Reset-After may be about something else.
        (429, LimitHeaders(retry_after_s=2.0, reset_after_s=64.0), SLOW, Refusal(Scope.USER, 1.25)),
        (
            429,
            LimitHeaders(retry_after_s=2.0, from_discord=True),
            {"message": "x"},
            Refusal(Scope.USER, 2.0),
        ),
        (429, VIA, {"message": "x", "retry_after": -3}, Refusal(Scope.USER, 1.0)),
        # Not from Discord's API: no JSON, or neither Via nor retry_after.
        (429, NOTHING, b"error code: 1015", Refusal(Scope.CLOUDFLARE, 60.0)),
        (429, LimitHeaders(retry_after_s=900.0), b"<html>", Refusal(Scope.CLOUDFLARE, 900.0)),
        (429, NOTHING, {"message": "blocked", "code": 0}, Refusal(Scope.CLOUDFLARE, 60.0)),
        (429, VIA, SLOW | {"code": 130000}, Refusal(Scope.USER, 1.25)),
        (403, NOTHING, b"<html>", Refusal(Scope.CLOUDFLARE, 60.0)),
        (403, VIA, {"code": 40333, "message": "x"}, Refusal(Scope.CLOUDFLARE, 60.0)),
        (403, VIA, {"code": 10008, "message": "x"}, Refusal(Scope.CLOUDFLARE, 60.0)),
        (403, VIA, {"code": 50001, "message": "x"}, None),
        (401, VIA, {"code": 0, "message": "x"}, None),
        (503, NOTHING, b"<html>", None),
    ],
)
def test_refusals(status, limits, body, expected):
    assert read(status, body, limits).refusal == expected


def test_a_block_is_not_named_a_missing_permission():
    blocked = read(403, b"<html>", NOTHING)
    assert meaning(blocked).outcome is Outcome.BLOCKED
    assert "Cloudflare" in meaning(blocked).words


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b'{"code": "x"}'])
def test_an_error_that_is_no_error_object(body):
    given = read(500, body)
    assert given.error is None
    assert error_for("GET /x", given).status == 500


def test_field_errors_are_rendered_short():
    body = {
        "code": 50035,
        "message": "Invalid Form Body",
        "errors": {
            "limit": {"_errors": [{"code": "MAX", "message": "should be at most 100."}]},
            "items": {"0": {"id": {"_errors": [{"code": "SNOWFLAKE"}, "odd"]}}},
            "odd": 5,
        },
    }
    words = str(error_for("GET /x", read(400, body)))
    assert "[limit: should be at most 100.; items.0.id: SNOWFLAKE]" in words


def test_what_discord_says_cannot_steer_a_terminal_or_fill_it():
    said = "a\x1b[31m\nb" + "c" * 1000
    words = str(error_for("GET /x", read(400, {"code": 1, "message": said})))
    assert "\x1b" not in words
    assert "\n" not in words
    assert len(words) < 400


def test_seconds_of_a_body_are_checked_too():
    assert headers.seconds(float("nan")) is None
