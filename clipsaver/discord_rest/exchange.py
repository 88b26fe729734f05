"""One exchange over httpx: a request goes to the API's host, an answer or a failure comes back.

The transport is driven without httpx's client: its redirects, cookies, environment proxies and
hooks are just what a token must not meet, and each request would pay for them.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import httpx
import trio

from clipsaver import __version__
from clipsaver.discord_rest import headers
from clipsaver.discord_rest.flow import Failure
from clipsaver.discord_rest.outcomes import Answer, read_answer
from clipsaver.discord_rest.routes import Request
from clipsaver.errors import UsageError
from clipsaver.trio_io.http import H11Transport, HttpStatistics

USER_AGENT = f"DiscordBot (https://github.com/clipsaver/clipsaver, {__version__})"


_NO_BODY = httpx.ByteStream(b"")


class Exchange:
    """Sends requests to `api_url` with the token."""

    def __init__(
        self,
        token: str,
        api_url: str,
        transport: httpx.AsyncBaseTransport,
        *,
        timeout_s: float,
        compress: bool,
    ) -> None:
        self.api_url = checked_api_url(api_url)
        self._transport = transport
        self._timeout_s = timeout_s
        self._headers = httpx.Headers(
            {
                "Host": httpx.URL(self.api_url).netloc.decode("ascii"),
                "User-Agent": USER_AGENT,
                "Authorization": f"Bot {_checked_token(token)}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate" if compress else "identity",
            }
        )

    def connections(self) -> HttpStatistics | None:
        """Of the transport, where it is ours."""
        transport = self._transport
        return transport.statistics() if isinstance(transport, H11Transport) else None

    async def send(self, request: Request) -> Answer | Failure:
        """One sending, whole: a body that was cut off or cannot be unpacked is a failure."""
        call = httpx.Request(
            request.route.method,
            self.api_url + request.target,
            headers=self._headers if not request.body else self._announcing(request.body),
            # Named, or httpx would look for what the headers should say of it.
            stream=_NO_BODY if not request.body else httpx.ByteStream(request.body),
        )
        # httpx's errors hold the request, which holds the token: they end here.
        with trio.move_on_after(self._timeout_s):
            try:
                response = await self._transport.handle_async_request(call)
                try:
                    body = await _whole(response)
                except BaseException:
                    with trio.move_on_after(1, shield=True):
                        await response.aclose()
                    raise
            except httpx.TimeoutException:
                return self._too_late()
            except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as error:
                return Failure(f"the exchange broke: {_cause(error)}", trio.current_time())
            limits = headers.read(response.headers.raw)
            return read_answer(response.status_code, limits, body, trio.current_time())
        return self._too_late()

    def _announcing(self, body: bytes) -> httpx.Headers:
        headers = self._headers.copy()
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(body))
        return headers

    def _too_late(self) -> Failure:
        return Failure(f"no whole answer within {self._timeout_s:g} s", trio.current_time())


async def _whole(response: httpx.Response) -> bytes:
    """The body, unpacked; one that came as it is spares httpx's decoders."""
    if "content-encoding" in response.headers:
        return await response.aread()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    parts = [part async for part in response.stream]
    await response.stream.aclose()
    return parts[0] if len(parts) == 1 else b"".join(parts)


def checked_api_url(api_url: str) -> str:
    """The address without a slash at its end. Raises UsageError where a token must not go."""
    parts = urlsplit(api_url)
    host = parts.hostname or ""
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    if not host or not secure or parts.username or parts.query or parts.fragment:
        raise UsageError(
            "discord.api_url must be https, or http to this machine itself, without a password "
            f"and without ? or #, since the bot token is sent there; it points to {host!r} "
            f"by {parts.scheme!r}"
        )
    return api_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_token(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            "the bot token is empty or holds a space, a line break or a letter that no token has; "
            "copy it again (Developer Portal, Bot, Reset Token)"
        )
    return token


def _cause(error: Exception) -> str:
    """What broke, without the request: the kind of error, and its words if there are any."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
