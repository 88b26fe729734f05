"""What Discord answered instead, or that it did not."""

from __future__ import annotations

from clipsaver.errors.roots import ClipsaverError, ExitCode, Handling


class DiscordError(ClipsaverError):
    """An exchange with Discord that did not end with the wanted answer."""

    reason = "discord"
    exit_code = ExitCode.JOB_FAILED

    def __init__(
        self, message: str, *, route: str, status: int | None = None, code: int | None = None
    ) -> None:
        """`route` is method and path with ids and cursor; `code` is Discord's own error code."""
        facts = [route]
        if status is not None:
            facts.append(f"HTTP {status}")
        if code:
            facts.append(f"code {code}")
        super().__init__(f"{message} ({', '.join(facts)})")
        self.words = message
        self.route = route
        self.status = status
        self.code = code


class DiscordUnavailable(DiscordError):
    """No usable answer within the request's attempts and time: a 5xx, a timeout, a reset."""

    reason = "discord_unavailable"
    exit_code = ExitCode.UNREACHABLE


class RateLimited(DiscordError):
    """Discord asks for a wait that is longer than one request may take."""

    reason = "rate_limited"
    handling = Handling.WAIT

    def __init__(
        self,
        message: str,
        *,
        route: str,
        retry_after_s: float,
        status: int | None = 429,
        code: int | None = None,
    ) -> None:
        """`status` is None where nothing was sent, since the wait was known before."""
        super().__init__(message, route=route, status=status, code=code)
        self.retry_after_s = retry_after_s


class TokenRejected(DiscordError):
    """401: the token is wrong or revoked. Nothing more is sent with it for a while."""

    reason = "token_rejected"
    handling = Handling.WAIT
    exit_code = ExitCode.REFUSED_BY_DISCORD


class AccessDenied(DiscordError):
    """403: the bot may not do this; asking again would count against the host's budget."""

    reason = "access_denied"
    handling = Handling.DEAD


class MissingHistoryPermission(AccessDenied):
    """The channel can be seen but not its history: Discord answers 200 with an empty list."""

    reason = "missing_read_message_history"


class MissingContentIntent(AccessDenied):
    """Messages come without content, attachments and embeds: the privileged intent is off."""

    reason = "missing_message_content_intent"


class SearchDenied(AccessDenied):
    """403 to a search: the bot may not use it in this guild, whatever else it may do there."""

    reason = "search_denied"


class SearchNotReady(DiscordError):
    """202 to each question in the time that a request may take: the index is still being built."""

    reason = "search_not_ready"
    handling = Handling.WAIT

    def __init__(
        self, message: str, *, route: str, retry_after_s: float, code: int | None = None
    ) -> None:
        """`retry_after_s` is what Discord asked for last, in seconds."""
        super().__init__(message, route=route, status=202, code=code)
        self.retry_after_s = retry_after_s


class NotFound(DiscordError):
    """404: the channel, message or guild is not there (any more)."""

    reason = "not_found"
    handling = Handling.DEAD


class RequestRefused(DiscordError):
    """400 and other answers that cannot change unless the request does."""

    reason = "request_refused"
    handling = Handling.DEAD
