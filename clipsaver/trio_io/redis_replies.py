"""From raw replies to what redis-py's commands return, for single commands and for pipelines.

redis-py names that are not documented; `redis~=8.1` is pinned and a contract test holds each:
`redis._parsers.response_callbacks.get_response_callbacks`, `redis.client.EMPTY_RESPONSE`,
`redis.client.NEVER_DECODE`, `redis._parsers.encoders.Encoder`, and that command methods use of
their client only `execute_command`, `get_encoder`, `get_connection_kwargs`, `_is_async_client`
(a mark for type checkers) and `_event_dispatcher` (publish/subscribe).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from redis._parsers.encoders import Encoder
from redis._parsers.response_callbacks import get_response_callbacks
from redis.client import EMPTY_RESPONSE, NEVER_DECODE
from redis.commands import AsyncCoreCommands
from redis.exceptions import ExecAbortError, RedisError, ResponseError

if TYPE_CHECKING:
    from types import TracebackType

_callbacks = {
    name.upper(): callback
    for name, callback in get_response_callbacks(user_protocol=3, legacy_responses=True).items()
}


class CommandsInBytes(AsyncCoreCommands):
    """redis-py's command methods, with what they ask of their client."""

    _is_async_client: Literal[True] = True
    _event_dispatcher: Any = None

    def get_encoder(self) -> Encoder:
        """How text becomes bytes."""
        return Encoder(encoding="utf-8", encoding_errors="strict", decode_responses=False)  # type: ignore[no-untyped-call]

    def get_connection_kwargs(self) -> dict[str, Any]:
        """How replies are parsed."""
        return {"decode_responses": False, "protocol": 3}


class TrioPipeline(CommandsInBytes):
    """Commands collected by calling their methods, sent by `execute` in one round trip."""

    def __init__(
        self,
        run_together: Callable[[Sequence[tuple[Any, ...]]], Awaitable[list[Any]]],
        *,
        transaction: bool,
    ) -> None:
        """`run_together` sends commands in one go and returns their raw replies."""
        self._run_together = run_together
        self._transaction = transaction
        self._commands: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    async def __aenter__(self) -> TrioPipeline:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self._commands = []

    def __len__(self) -> int:
        return len(self._commands)

    def __bool__(self) -> bool:
        """A pipeline is one even while it is empty."""
        return True

    def execute_command(self, *args: Any, **options: Any) -> TrioPipeline:
        """Collect a command; what redis-py's command methods call."""
        if args[0] == "WATCH":
            raise RedisError("WATCH needs a connection of its own, which this client does not lend")
        self._commands.append((args, options))
        return self

    async def execute(
        self,
        raise_on_error: bool = True,  # noqa: FBT001, FBT002 - redis-py's signature
    ) -> list[Any]:
        """Send what was collected; returns one reply per command.

        Raises the first command's error, or returns errors in their places where `raise_on_error`
        is false. A ConnectionError (a server that is loading, a refused login) is always raised.
        """
        commands, self._commands = self._commands, []
        if not commands:
            return []
        wire = [args for args, _ in commands]
        if self._transaction:
            wire = [("MULTI",), *wire, ("EXEC",)]
        replies = await self._run_together(wire)
        if self._transaction:
            replies = _transaction_replies(replies)
        results: list[Any] = []
        for number, ((args, options), reply) in enumerate(
            zip(commands, replies, strict=True), start=1
        ):
            try:
                results.append(understand(args[0], reply, options))
            except ResponseError as error:
                if raise_on_error:
                    error.add_note(f"command {number} ({args[0]}) of a pipeline")
                    raise
                results.append(error)
        return results


def _transaction_replies(replies: list[Any]) -> list[Any]:
    """EXEC's list of replies; raises why the server refused the transaction, if it did."""
    outcome = replies[-1]
    if isinstance(outcome, Exception):
        refused = [reply for reply in replies[:-1] if isinstance(reply, Exception)]
        if isinstance(outcome, ExecAbortError) and refused:
            raise refused[0] from outcome
        raise outcome
    return list(outcome)


def understand(name: Any, reply: Any, options: dict[str, Any]) -> Any:
    """Turn a reply into what redis-py's client returns for the command, or raise it."""
    if isinstance(reply, Exception):
        if isinstance(reply, ResponseError) and EMPTY_RESPONSE in options:
            return options[EMPTY_RESPONSE]
        raise reply
    options.pop(EMPTY_RESPONSE, None)
    options.pop(NEVER_DECODE, None)
    options.pop("keys", None)  # for redis-py's client-side cache
    callback = _callbacks.get(name.upper())
    return reply if callback is None else callback(reply, **options)
