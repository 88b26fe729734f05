import pytest

from clipsaver.discord_rest.bucket_log import MARGIN_S
from clipsaver.discord_rest.guard import (
    ASK_AGAIN_S,
    INVALID_HOLD,
    INVALID_WARNING,
    INVALID_WINDOW_S,
    Guard,
)
from clipsaver.discord_rest.headers import NOTHING
from clipsaver.discord_rest.limiter import Wait, Why
from clipsaver.discord_rest.outcomes import Answer, Refusal, Scope


def answer(status, at, scope=None, retry_after_s=1.0):
    refusal = Refusal(scope, retry_after_s) if scope else None
    return Answer(status, NOTHING, b"", at, None, refusal)


def test_a_rejected_token_is_tried_once_in_five_minutes():
    guard = Guard()
    assert not guard.may_ask_again(0.0)
    guard.answered(answer(401, 10.0))
    assert guard.held_since == 10.0
    assert not guard.may_ask_again(10.0 + ASK_AGAIN_S - 1)
    assert guard.may_ask_again(10.0 + ASK_AGAIN_S)
    assert not guard.may_ask_again(10.0 + ASK_AGAIN_S + 1)
    guard.answered(answer(401, 312.0))
    assert guard.held_since == 10.0
    assert guard.may_ask_again(10.0 + 2 * ASK_AGAIN_S)
    guard.answered(answer(200, 611.0))
    assert guard.held_since is None
    assert not guard.may_ask_again(1e6)


def test_trouble_on_a_trial_proves_nothing_of_the_token():
    guard = Guard()
    guard.answered(answer(401, 0.0))
    guard.answered(answer(503, 1.0))
    guard.answered(answer(403, 1.0))
    assert guard.held_since == 0.0


@pytest.mark.parametrize(
    ("scope", "why"), [(Scope.GLOBAL, Why.GLOBAL), (Scope.CLOUDFLARE, Why.BLOCKED)]
)
def test_what_closes_everything(scope, why):
    guard = Guard()
    guard.answered(answer(429, 5.0, scope, 60.0))
    guard.answered(answer(429, 6.0, Scope.GLOBAL, 1.0))
    assert guard.check(64.0) == Wait(65.0 + MARGIN_S, why)
    assert guard.check(65.1) is None


@pytest.mark.parametrize("scope", [Scope.USER, Scope.SHARED])
def test_what_closes_a_channel_only(scope):
    guard = Guard()
    guard.answered(answer(429, 5.0, scope, 60.0))
    assert guard.check(5.0) is None


def test_which_answers_are_invalid_requests():
    guard = Guard()
    guard.answered(answer(401, 0.0))
    guard.answered(answer(403, 1.0))
    guard.answered(answer(429, 2.0, Scope.USER))
    guard.answered(answer(429, 2.0, Scope.SHARED))
    guard.answered(answer(404, 2.0))
    guard.answered(answer(500, 2.0))
    assert guard.invalid(3.0) == 3
    assert guard.invalid(INVALID_WINDOW_S) == 2
    assert guard.invalid(INVALID_WINDOW_S + 2) == 0


def test_too_many_invalid_requests_are_warned_of_once_and_then_held():
    guard, warnings = Guard(), 0
    for count in range(INVALID_HOLD):
        assert guard.check(count / 100) is None
        guard.answered(answer(403, count / 100))
        warned = guard.warns(count / 100)
        assert not warned or count + 1 == INVALID_WARNING
        warnings += warned
    assert warnings == 1
    assert guard.check(100.0) == Wait(INVALID_WINDOW_S, Why.INVALID)
    assert guard.check(INVALID_WINDOW_S) is None
    # Once they are over, a new flood is warned of again.
    assert not guard.warns(5 * INVALID_WINDOW_S)
    for _ in range(INVALID_WARNING):
        guard.answered(answer(403, 5 * INVALID_WINDOW_S))
    assert guard.warns(5 * INVALID_WINDOW_S)
