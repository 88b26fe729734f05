"""The simulator's own endpoints, for people who build against it. Discord has none of these."""

from __future__ import annotations

from typing import Any

import msgspec

from clipsaver.simulator.api import answers
from clipsaver.simulator.api.answers import Answer, Request
from clipsaver.simulator.traffic.faults import Fault, Faults
from clipsaver.simulator.traffic.statistics import Statistics
from clipsaver.simulator.world.search import SearchSettings
from clipsaver.simulator.world.world import World
from clipsaver.simulator.writing.kinds.mix import BY_NAME


def serve(request: Request, world: World, faults: Faults, statistics: Statistics) -> Answer:
    """GET /simulator, /simulator/planted, /simulator/statistics; POST and DELETE of faults.

    PUT /simulator/search says how search falls short; see `SearchSettings`. POST
    /simulator/messages has somebody post now, which is what watching is tried with.
    """
    match request.method, request.path:
        case "GET", "/simulator":
            return answers.ok(_overview(world))
        case "GET", "/simulator/planted":
            return _planted(request, world)
        case "GET", "/simulator/statistics":
            return answers.ok(statistics.as_json())
        case "POST", "/simulator/faults":
            return _add_fault(request, faults)
        case "PUT", "/simulator/search":
            return _set_search(request, world)
        case "POST", "/simulator/messages":
            return _post(request, world)
        case "DELETE", "/simulator/faults":
            faults.clear()
            return answers.ok({})
        case _:
            return answers.text(404, "The simulator has no such endpoint.\n")


class FaultRule(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /simulator/faults."""

    pattern: str
    """Such as `GET /channels/*/messages`; see `Faults.next`."""
    fault: Fault
    times: int | None = 1
    """null: from now on, always."""
    probability: float = 1.0
    """Only where times is null."""
    after: int = 0
    """So many requests that fit come first."""


def _add_fault(request: Request, faults: Faults) -> Answer:
    try:
        rule = msgspec.json.decode(request.body, type=FaultRule)
    except msgspec.MsgspecError as error:
        return answers.text(400, f"This is no fault: {error}\n")
    if rule.times is None:
        faults.always(rule.pattern, rule.fault, rule.probability, after=rule.after)
    else:
        faults.next(rule.pattern, rule.fault, rule.times, after=rule.after)
    return answers.ok(rule)


class Post(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /simulator/messages."""

    channel_id: str
    kind: str = "plain_clip"
    """One of `writing.kinds.mix`."""
    content: str | None = None
    """null: what the kind says."""


def _post(request: Request, world: World) -> Answer:
    try:
        post = msgspec.json.decode(request.body, type=Post)
    except msgspec.MsgspecError as error:
        return answers.text(400, f"This is no post: {error}\n")
    if post.kind not in BY_NAME:
        return answers.text(400, f"This is no post: its kind is none of {', '.join(BY_NAME)}\n")
    channel_id = int(post.channel_id) if post.channel_id.isdecimal() else 0
    if channel_id not in world.histories:
        return answers.text(404, f"No channel {post.channel_id} holds messages.\n")
    message_id = world.post(channel_id, post.kind, content=post.content)
    return answers.ok({"id": str(message_id), "channel_id": str(channel_id)})


def _set_search(request: Request, world: World) -> Answer:
    try:
        world.search = msgspec.json.decode(request.body, type=SearchSettings)
    except msgspec.MsgspecError as error:
        return answers.text(400, f"This is no way to search: {error}\n")
    return answers.ok(world.search)


def _overview(world: World) -> dict[str, Any]:
    return {
        "token": world.token,
        "guilds": [str(guild_id) for guild_id in world.guilds],
        "channels": [
            {
                "id": str(channel.channel_id),
                "guild_id": str(channel.guild_id),
                "type": int(channel.type),
                "name": channel.name,
                "access": str(world.access(channel)),
                "messages": len(world.histories[channel.channel_id]),
            }
            for channel in world.channels.values()
            if channel.channel_id in world.histories
        ],
    }


def _planted(request: Request, world: World) -> Answer:
    query = request.query()
    if "channel_id" not in query:
        wanted = list(world.histories)
    else:
        channel_id = answers.snowflake_parameter(query, "channel_id")
        if channel_id not in world.histories:
            return answers.text(404, f"No channel {query['channel_id']} holds messages.\n")
        wanted = [channel_id]
    rows = [_as_json(planted) for channel in wanted for planted in world.iter_planted(channel)]
    return answers.ok(rows)


def _as_json(planted: object) -> dict[str, Any]:
    """Ids as strings, as everywhere in Discord's JSON."""
    row: dict[str, Any] = msgspec.to_builtins(planted)
    for key in ("message_id", "channel_id", "attachment_id"):
        if row[key] is not None:
            row[key] = str(row[key])
    return row
