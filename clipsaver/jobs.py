"""The job contract: JSON on the stream <-> typed jobs.

Producers in any language write these objects, so the rules are the contract's: ids are strings of
digits (as JSON numbers they would be rounded beyond 2**53), unknown fields are ignored, missing
optional ones take their default, and everything else that is wrong is a `BadJob` which says where.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
import re2

from clipsaver.errors import BadJob
from clipsaver.snowflake import MAX_ID

MAX_JOB_BYTES = 256 * 1024
"""An entry over this size is not decoded; its dead letter keeps the first 64 KB."""
KEPT_OF_LARGE_JOB = 64 * 1024

Direction = Literal["backward", "forward"]
Known = Literal["skip", "stop", "reread"]
Strategy = Literal["auto", "history", "search"]

SnowflakeText = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,19}\Z")]
JobId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
MimeType = Annotated[str, msgspec.Meta(pattern=r"^[^\s\x00/;]{1,60}/[^\s\x00/;]{1,100}\Z")]
ClipId = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,200}\Z")]


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job may set for itself; what it leaves out is the configuration's."""

    allowed_mime_types: tuple[MimeType, ...] | None = None
    match_regex: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None
    """Searched in the message's text; null = every message."""
    scan_mode: Direction | None = None
    enable_message_content_storage: bool = True
    """Content is stored only where the job and the configuration both allow it."""


class Job(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """What every job has."""

    guild_id: SnowflakeText
    job_id: JobId | None = None
    settings: Settings = Settings()


class ChannelJob(Job, frozen=True, kw_only=True):
    """A job that is about one channel or thread."""

    channel_id: SnowflakeText


class BatchJob(ChannelJob, frozen=True, kw_only=True, tag="batch", omit_defaults=True):
    """Read a stretch of a channel's history."""

    direction: Direction | None = None
    """null = `settings.scan_mode`, else backward."""
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = 100
    """Messages that this job may read; null = to the end."""
    before_message_id: SnowflakeText | None = None
    """null = from the newest message."""
    after_message_id: SnowflakeText | None = None
    """null = from the beginning of the channel."""
    known: Known = "skip"
    strategy: Strategy = "history"

    @property
    def reads(self) -> Direction:
        """The direction in force."""
        return self.direction or self.settings.scan_mode or "backward"


class MessageJob(ChannelJob, frozen=True, kw_only=True, tag="message"):
    """Read the named messages: live ones, or some that are to be looked at again."""

    message_ids: Annotated[tuple[SnowflakeText, ...], msgspec.Meta(min_length=1, max_length=1000)]


class RescanJob(ChannelJob, frozen=True, kw_only=True, tag="rescan", omit_defaults=True):
    """Read again what was read before, under new settings."""

    reason: Annotated[str, msgspec.Meta(max_length=200)] = "manual"
    reset_scan_status: bool = False
    """True = the whole channel, not only what was read before."""


class ThumbnailRetryJob(Job, frozen=True, kw_only=True, tag="thumbnail_retry", omit_defaults=True):
    """Make the named clips' thumbnails again, whatever their backoff."""

    channel_id: SnowflakeText | None = None
    clip_ids: Annotated[tuple[ClipId, ...], msgspec.Meta(min_length=1)]
    retry_count: Annotated[int, msgspec.Meta(ge=0)] = 0


class GuildJob(Job, frozen=True, kw_only=True, tag="guild", omit_defaults=True):
    """Find every channel and thread that can hold messages; one batch job each."""


class MessageDeletionJob(ChannelJob, frozen=True, kw_only=True, tag="message_deletion"):
    """Messages that are gone at Discord."""

    message_ids: Annotated[tuple[SnowflakeText, ...], msgspec.Meta(min_length=1, max_length=1000)]


class PurgeChannelJob(ChannelJob, frozen=True, kw_only=True, tag="purge_channel"):
    """Delete all that is stored of a channel."""


class PurgeGuildJob(Job, frozen=True, kw_only=True, tag="purge_guild"):
    """Delete all that is stored of a guild."""


class PurgeAuthorJob(Job, frozen=True, kw_only=True, tag="purge_author"):
    """Delete all that is stored of a person in a guild."""

    author_id: SnowflakeText


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
    "batch": BatchJob,
    "message": MessageJob,
    "rescan": RescanJob,
    "thumbnail_retry": ThumbnailRetryJob,
    "guild": GuildJob,
    "message_deletion": MessageDeletionJob,
    "purge_channel": PurgeChannelJob,
    "purge_guild": PurgeGuildJob,
    "purge_author": PurgeAuthorJob,
}

EXCLUSIVE_TYPES = frozenset({"batch", "rescan", "purge_channel", "purge_guild", "purge_author"})
"""Types that exclude each other per channel; live jobs never wait for them."""

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
    for name in ("job_id", "reason"):
        if "\0" in (getattr(job, name, None) or ""):
            raise BadJob(f"$.{name}", "a NUL character cannot be stored")
    if job.settings.match_regex is not None:
        compile_pattern(job.settings.match_regex)
    if isinstance(job, BatchJob) and job.before_message_id and job.after_message_id:
        before, after = int(job.before_message_id), int(job.after_message_id)
        if before <= after + 1:
            raise BadJob("$.before_message_id", "there is no id between after and before")


def _check_id(path: str, value: str | None) -> None:
    if value is not None and int(value) > MAX_ID:
        raise BadJob(path, f"{value} is larger than any id")


def compile_pattern(pattern: str) -> re2._Regexp:
    """The pattern on RE2, which takes linear time whatever the text.

    Raises BadJob where RE2 refuses it: backreferences and lookaround are not regular.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    if "\0" in pattern:
        raise BadJob("$.settings.match_regex", "a NUL character cannot be stored")
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise BadJob("$.settings.match_regex", f"the regex engine refuses it: {detail}") from None


def settings_hash(
    mime_types: Iterable[str], match_regex: str | None, sources: Iterable[str]
) -> str:
    """Names one way of reading: what was read under it need not be read again.

    16 hex digits over the allowed types, the pattern and the sources in force, in any order.
    """
    parts = (sorted(set(mime_types)), match_regex, sorted(set(sources)))
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
