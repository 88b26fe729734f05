"""What clipsaver can be told: `load` gives frozen structs, or every problem at once.

`model` declares the keys, `check` decides, `load` reads.
"""

from clipsaver.config.load import Folders, Loaded, load
from clipsaver.config.metrics import Address, MetricsConfig, parse_listen
from clipsaver.config.model import (
    EMBEDDED,
    Config,
    DatabaseConfig,
    DiscordConfig,
    LogConfig,
    RedisConfig,
    RetryConfig,
    RunsConfig,
    WorkerConfig,
    consumer_name,
    egress_of,
    secrets_in,
    storage_of,
)
from clipsaver.config.privacy import PrivacyConfig
from clipsaver.config.scan import ScanConfig
from clipsaver.config.secret import Secret
from clipsaver.config.thumbnails import S3Config, ThumbnailsConfig
from clipsaver.config.tui import TuiConfig
from clipsaver.config.watch import WatchConfig

__all__ = [
    "EMBEDDED",
    "Address",
    "Config",
    "DatabaseConfig",
    "DiscordConfig",
    "Folders",
    "Loaded",
    "LogConfig",
    "MetricsConfig",
    "PrivacyConfig",
    "RedisConfig",
    "RetryConfig",
    "RunsConfig",
    "S3Config",
    "ScanConfig",
    "Secret",
    "ThumbnailsConfig",
    "TuiConfig",
    "WatchConfig",
    "WorkerConfig",
    "consumer_name",
    "egress_of",
    "load",
    "parse_listen",
    "secrets_in",
    "storage_of",
]
