"""The configuration as one typed declaration: every key, its type, range, default and meaning.

`config.example.toml` is rendered from here, files and the environment are checked against this,
and the code gets these structs. An attribute has the name of its key. Times are in seconds.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from clipsaver.config.metrics import MetricsConfig
from clipsaver.config.privacy import PrivacyConfig
from clipsaver.config.scan import ScanConfig
from clipsaver.config.secret import Secret
from clipsaver.config.thumbnails import S3Config, ThumbnailsConfig
from clipsaver.config.tui import TuiConfig
from clipsaver.config.watch import WatchConfig
from clipsaver.masking import passwords_in

EMBEDDED = "embedded"
"""In place of a URL: a real server from wheels, kept in `data_dir`."""


Seconds = Annotated[float, Meta(gt=0, le=7 * 86_400)]


class DiscordConfig(Struct, frozen=True, kw_only=True):
    """`[discord]`"""

    token: Annotated[
        Secret,
        Meta(description="The bot's token; better as env:NAME or file:PATH than written here."),
    ] = Secret()
    api_url: Annotated[
        str,
        Meta(description="Discord's REST API; https, unless it is on this machine."),
    ] = "https://discord.com/api/v10"
    media_hosts: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            description="Where files may come from, by https; a simulator here as host:port.",
            extra={"expected": 'a list of hosts, such as ["cdn.discordapp.com"]'},
        ),
    ] = (
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    )
    requests_per_second: Annotated[
        float,
        Meta(
            gt=0,
            le=10_000,
            description="Ceiling for all requests with this token; Discord allows 50 to most bots.",
        ),
    ] = 45.0
    request_timeout: Annotated[
        float,
        Meta(gt=0, le=600, description="Seconds that one attempt of a request may take in all."),
    ] = 30.0
    egress: Annotated[
        str,
        Meta(
            pattern=r"^[^{}\s]{0,200}\Z",
            description=(
                'A name for the public address, where containers share one; "" is the host\'s name.'
            ),
            extra={"expected": "a name without braces and spaces"},
        ),
    ] = ""


class RedisConfig(Struct, frozen=True, kw_only=True):
    """`[redis]`"""

    url: Annotated[
        Secret,
        Meta(
            description=(
                '"embedded", or a URL: redis://, rediss://, unix://, or '
                "redis+sentinel://host,host/service_name/0."
            )
        ),
    ] = Secret(EMBEDDED)
    stream: Annotated[
        str,
        Meta(
            pattern=r"^[^{}\s]{1,200}\Z",
            description="The stream that producers put jobs on; our other keys are named after it.",
            extra={"expected": "a name without braces and spaces"},
        ),
    ] = "discord_clip_jobs"
    group: Annotated[
        str,
        Meta(
            pattern=r"^\S{1,200}\Z",
            description="The consumer group that the workers of this stream share.",
            extra={"expected": "a name without spaces"},
        ),
    ] = "worker_group"
    consumer: Annotated[
        str,
        Meta(
            pattern=r"^\S{0,200}\Z",
            description='This worker\'s name in the group; "" makes one of host, pid and chance.',
            extra={"expected": "a name without spaces"},
        ),
    ] = ""
    lease_seconds: Annotated[
        float,
        Meta(
            ge=3,
            le=3600,
            description="A worker that is silent for so long loses its jobs to the others.",
        ),
    ] = 15.0


class DatabaseConfig(Struct, frozen=True, kw_only=True):
    """`[database]`"""

    url: Annotated[
        Secret,
        Meta(description='"embedded", or a server: postgresql://… or "host=… dbname=…".'),
    ] = Secret(EMBEDDED)
    schema: Annotated[
        str,
        Meta(
            # Unquoted in any client, so lower case; 63 bytes are PostgreSQL's limit for a name,
            # and pg_… is reserved for its own.
            pattern=r"^(?!pg_)[a-z_][a-z0-9_]{0,62}\Z",
            description="The schema that holds the tables.",
            extra={
                "expected": "a name of lower-case letters, digits and _, not beginning with pg_, "
                "of at most 63 characters"
            },
        ),
    ] = "clipsaver"
    migrate: Annotated[
        bool, Meta(description="Bring the schema up to date at start; else `clipsaver db migrate`.")
    ] = True
    writers: Annotated[
        int, Meta(ge=1, le=64, description="Connections that commit pages, several at a time.")
    ] = 2
    pool_size: Annotated[
        int, Meta(ge=4, le=1000, description="Connections in all; more than there are writers.")
    ] = 10


class WorkerConfig(Struct, frozen=True, kw_only=True):
    """`[worker]`"""

    concurrency: Annotated[
        int, Meta(ge=1, le=10_000, description="Jobs that run at once; they mostly wait.")
    ] = 64
    slice: Annotated[
        Seconds,
        Meta(
            description="Seconds after which a scan gives its place to a job that waits; half of "
            "them the first time."
        ),
    ] = 10.0
    reserved: Annotated[int, Meta(ge=0, description="Places that only live jobs may take.")] = 1
    shutdown_grace: Annotated[
        float,
        Meta(ge=0, le=3600, description="Seconds that running jobs have to stop at a page."),
    ] = 20.0
    stall_after: Annotated[
        float,
        Meta(
            ge=10,
            le=86_400,
            description="Seconds without a page, and without a known reason, until a job is "
            "reported as stalled.",
        ),
    ] = 120.0


class RetryConfig(Struct, frozen=True, kw_only=True):
    """`[retry]`"""

    max_attempts: Annotated[
        int, Meta(ge=1, le=1000, description="Failed attempts after which a job is a dead letter.")
    ] = 8
    max_deliveries: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            description="Deliveries without one committed page after which a job is poison.",
        ),
    ] = 5
    backoff: Annotated[
        tuple[Seconds, Seconds],
        Meta(
            description="Seconds before the second attempt, and the longest before a later one.",
            extra={"expected": "two numbers of seconds above 0, such as [2, 600]"},
        ),
    ] = (2.0, 600.0)


class RunsConfig(Struct, frozen=True, kw_only=True):
    """`[runs]`"""

    keep_days: Annotated[
        int, Meta(ge=1, le=36_500, description="Days for which finished runs stay on record.")
    ] = 90


class LogConfig(Struct, frozen=True, kw_only=True):
    """`[log]`"""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least important events to log: debug, info, warning or error."),
    ] = "info"
    format: Annotated[
        Literal["auto", "console", "json"],
        Meta(description="console, json, or auto: console on a terminal and json elsewhere."),
    ] = "auto"


class Config(Struct, frozen=True, kw_only=True):
    """All that can be set. `data_dir` is an absolute path here, whatever the file says."""

    data_dir: Annotated[
        Path,
        Meta(
            description='For embedded servers and thumbnails; "" is the user\'s data folder.',
            extra={"expected": "the path of a folder"},
        ),
    ]
    discord: DiscordConfig = DiscordConfig()
    redis: RedisConfig = RedisConfig()
    database: DatabaseConfig = DatabaseConfig()
    worker: WorkerConfig = WorkerConfig()
    retry: RetryConfig = RetryConfig()
    runs: RunsConfig = RunsConfig()
    scan: ScanConfig = ScanConfig()
    watch: WatchConfig = WatchConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    thumbnails: ThumbnailsConfig = ThumbnailsConfig()
    s3: S3Config = S3Config()
    metrics: MetricsConfig = MetricsConfig()
    log: LogConfig = LogConfig()
    tui: TuiConfig = TuiConfig()


def storage_of(config: Config) -> str:
    """Where thumbnails are stored: an absolute folder, or a URL."""
    return config.thumbnails.storage or str(config.data_dir / "thumbnails")


_UNSAFE_IN_A_NAME = re.compile(r"[^\w.-]+")


def consumer_name(configured: str, *, host: str, pid: int, random_part: str) -> str:
    """The name under which this process reads the stream: the configured one, else a unique one."""
    return configured or f"{_UNSAFE_IN_A_NAME.sub('-', host)}-{pid}-{random_part}"


def egress_of(config: Config, *, host: str) -> str:
    """A name for the address by which this process reaches Discord: the configured one, else its
    host's."""
    return config.discord.egress or host


def secrets_in(config: Config) -> tuple[str, ...]:
    """The values that must never be shown: what a log should mask wherever it meets them."""
    urls = (config.redis.url, config.database.url)
    found = (
        *(config.discord.token, config.privacy.key),
        *(config.s3.secret_access_key, config.s3.session_token),
        *(each for url in urls for each in passwords_in(url)),
    )
    return tuple(str(each) for each in found if each)
