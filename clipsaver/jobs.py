"""The job contract: JSON on the stream <-> typed jobs.

Producers in any language write these objects, so the rules are the contract's: ids are strings of
digits (as JSON numbers they would be rounded beyond 2**53), unknown fields are ignored, missing
optional ones take their default, and everything else that is wrong is a `BadJob` which says where.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from clipsaver.errors import BadJob
from clipsaver.job_settings import WITHOUT_NUL, Direction, Settings, compile_pattern
from clipsaver.snowflake import MAX_ID

MAX_JOB_BYTES = 256 * 1024
"""An entry over this size is not decoded; its dead letter keeps the first 64 KB."""
KEPT_OF_LARGE_JOB = 64 * 1024

Known = Literal["skip", "stop", "reread"]
Strategy = Literal["auto", "history", "search"]
Priority = Literal["backfill", "live"]

SnowflakeText = Annotated[str, Meta(pattern=r"^[0-9]{1,19}\Z")]
ClipId = Annotated[str, Meta(pattern=r"^[!-~]{1,200}\Z")]
JobId = Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
Reason = Annotated[str, Meta(max_length=200, pattern=WITHOUT_NUL)]

MessageIds = Annotated[
    tuple[SnowflakeText, ...],
    Meta(min_length=1, max_length=1000, description="The messages, all of that channel."),
]


class Job(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every job has."""

    guild_id: Annotated[SnowflakeText, Meta(description="The Discord server.")]
    job_id: Annotated[
        JobId | None,
        Meta(
            description="A name of yours: the same job pushed again under it while the first is "
            "unfinished joins that one; null = no name."
        ),
    ] = None
    settings: Annotated[Settings, Meta(description="What this job sets for itself.")] = Settings()


class ChannelJob(Job, frozen=True, kw_only=True):
    """A job that is about one channel or thread."""

    channel_id: Annotated[SnowflakeText, Meta(description="The channel or thread.")]


class BatchJob(ChannelJob, frozen=True, kw_only=True, tag="batch", omit_defaults=True):
    """Read a stretch of a channel's history."""

    direction: Annotated[
        Direction | None,
        Meta(description="Which way to read; null = settings.scan_mode, else backward."),
    ] = None
    limit: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Messages that this job may read; null = to the end."),
    ] = 100
    before_message_id: Annotated[
        SnowflakeText | None,
        Meta(
            description="Only messages with a smaller id; null = from the newest. At least one id "
            "has to be between after_message_id and this."
        ),
    ] = None
    after_message_id: Annotated[
        SnowflakeText | None,
        Meta(description="Only messages with a greater id; null = from the channel's first."),
    ] = None
    known: Annotated[
        Known,
        Meta(
            description="Messages read before under the same settings: skip = pass over them, "
            "stop = end at the first of them, reread = read them again."
        ),
    ] = "skip"
    strategy: Annotated[
        Strategy,
        Meta(
            description="history = page by page; search = by Discord's search, which proves "
            "nothing to be read; auto = by search first, where the bot may, and then the rest page "
            "by page."
        ),
    ] = "history"
    priority: Annotated[
        Priority,
        Meta(
            description="live = goes before all history, as message jobs do, and beside a job that "
            "reads the channel; for what is new."
        ),
    ] = "backfill"

    @property
    def reads(self) -> Direction:
        """The direction in force."""
        return self.direction or self.settings.scan_mode or "backward"


class MessageJob(ChannelJob, frozen=True, kw_only=True, tag="message"):
    """Read the named messages: live ones, or some that are to be looked at again."""

    message_ids: MessageIds
    priority: Annotated[
        Priority,
        Meta(description="live = goes before all history; backfill = takes its turn with it."),
    ] = "live"


class RescanJob(ChannelJob, frozen=True, kw_only=True, tag="rescan", omit_defaults=True):
    """Read again what was read before, under new settings."""

    reason: Annotated[Reason, Meta(description="Why, for the record.")] = "manual"
    reset_scan_status: Annotated[
        bool,
        Meta(description="true = the whole channel, not only what was read before."),
    ] = False


class ThumbnailRetryJob(Job, frozen=True, kw_only=True, tag="thumbnail_retry", omit_defaults=True):
    """Try the named clips that have no thumbnail again, whatever their backoff."""

    channel_id: Annotated[
        SnowflakeText | None, Meta(description="The clips' channel, for the record; null = unsaid.")
    ] = None
    clip_ids: Annotated[
        tuple[ClipId, ...], Meta(min_length=1, description="The clips, by clips.clip_id.")
    ]
    retry_count: Annotated[
        Annotated[int, Meta(ge=0)], Meta(description="How often they were asked for before.")
    ] = 0


class GuildJob(Job, frozen=True, kw_only=True, tag="guild", omit_defaults=True):
    """Find every channel and thread that can hold messages; one batch job each."""

    strategy: Annotated[
        Strategy | None,
        Meta(
            description="auto = also adds a job that searches the guild, which goes first; history "
            "= batch jobs alone; search = no batch jobs, searches the guild itself; null = the "
            "configuration's scan.strategy."
        ),
    ] = None


class MessageDeletionJob(ChannelJob, frozen=True, kw_only=True, tag="message_deletion"):
    """Look at the named messages, and delete what is stored of those that are gone for good."""

    message_ids: MessageIds


class PurgeChannelJob(ChannelJob, frozen=True, kw_only=True, tag="purge_channel"):
    """Delete all that is stored of a channel and its threads."""


class PurgeGuildJob(Job, frozen=True, kw_only=True, tag="purge_guild"):
    """Delete all that is stored of a guild."""


class PurgeAuthorJob(Job, frozen=True, kw_only=True, tag="purge_author"):
    """Delete all that is stored of a person in a guild, and store nothing of them there again."""

    author_id: Annotated[SnowflakeText, Meta(description="The person.")]


AnyJob = (
    BatchJob
    | MessageJob
    | RescanJob
    | ThumbnailRetryJob
    | GuildJob
    | MessageDeletionJob
    | PurgeChannelJob
    | PurgeGuildJob
    | PurgeAuthorJob
)

JOB_TYPES: dict[str, type[AnyJob]] = {
    str(one.__struct_config__.tag): one for one in get_args(AnyJob)
}
"""By the type as written on the stream."""

PurgeJob = PurgeChannelJob | PurgeGuildJob | PurgeAuthorJob
"""The jobs that delete because somebody says so, whatever Discord says."""

EXCLUSIVE_TYPES = frozenset({"batch", "rescan"})
"""Types that exclude each other per channel, but for some jobs: see `exclusive_channel`. A purge
waits for none of them: it has what they read refused."""

_decoder: msgspec.json.Decoder[AnyJob] = msgspec.json.Decoder(AnyJob)
_encoder = msgspec.json.Encoder()


def job_type(job: AnyJob) -> str:
    """The job's type as written on the stream."""
    tag = type(job).__struct_config__.tag
    return str(tag)


def channel_of(job: AnyJob) -> int | None:
    """The channel that the job is about, if it is about one."""
    channel = getattr(job, "channel_id", None)
    return None if channel is None else int(channel)


def is_live(job: AnyJob | BadJob) -> bool:
    """Whether it goes before history: what was posted or deleted just now."""
    return isinstance(job, MessageDeletionJob) or (
        isinstance(job, BatchJob | MessageJob) and job.priority == "live"
    )


def exclusive_channel(job: AnyJob) -> int | None:
    """The channel in which no other such job may be at work.

    Live jobs never wait for one. Nor do those that only search: behind history they are of no use.
    """
    is_search = isinstance(job, BatchJob) and job.strategy == "search"
    is_exclusive = job_type(job) in EXCLUSIVE_TYPES and not (is_live(job) or is_search)
    return channel_of(job) if is_exclusive else None


def decode(raw: bytes | str) -> AnyJob:
    """The job that an entry's `job` field holds.

    Raises BadJob with the path to what is wrong, such as `$.message_ids[3]`.
    """
    size = len(raw)
    if size > MAX_JOB_BYTES:
        raise BadJob("$", f"the job has {size:,} bytes; at most {MAX_JOB_BYTES:,} are allowed")
    try:
        job = _decoder.decode(raw)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        raise BadJob(path.rstrip("`") or "$", _in_plain_words(message)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadJob("$", f"not JSON: {error}") from None
    except RecursionError:
        raise BadJob("$", "it is nested too deeply") from None
    _check(job)
    return job


def encode(job: AnyJob) -> bytes:
    """The job as JSON, with its defaults left out; `decode` of it gives an equal job."""
    return _encoder.encode(job)


def canonical(job: AnyJob) -> str:
    """The job as JSON with sorted keys: equal jobs give equal texts."""
    return _encoder.encode(msgspec.to_builtins(job, order="sorted")).decode()


def _in_plain_words(message: str) -> str:
    """msgspec names the pattern that did not match; a person wants to know what is expected."""
    if "[0-9]{1,19}" in message:
        return "expected an id: a string of digits"
    if "{1,60}/" in message:
        return "expected a MIME type without parameters, such as video/mp4 or video/*"
    if r"[^\\x00]*" in message:
        return "a NUL character cannot be stored"
    if "[!-~]" in message:
        return "expected a clip's id, such as 175928847299117063-175928847299117064"
    if message.startswith("Expected `str`, got `int`"):
        return "expected a string, got a number (ids are strings of digits: JSON rounds numbers)"
    return message


def _check(job: AnyJob) -> None:
    """What the types cannot say."""
    for name in ("guild_id", "channel_id", "author_id", "before_message_id", "after_message_id"):
        _check_id(f"$.{name}", getattr(job, name, None))
    for index, message_id in enumerate(getattr(job, "message_ids", ())):
        _check_id(f"$.message_ids[{index}]", message_id)
    if job.settings.match_regex is not None:
        compile_pattern(job.settings.match_regex)
    if isinstance(job, BatchJob) and job.before_message_id and job.after_message_id:
        before, after = int(job.before_message_id), int(job.after_message_id)
        if before <= after + 1:
            raise BadJob("$.before_message_id", "there is no id between after and before")


def _check_id(path: str, value: str | None) -> None:
    if value is not None and int(value) > MAX_ID:
        raise BadJob(path, f"{value} is larger than any id")
