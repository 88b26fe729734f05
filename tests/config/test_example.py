"""`config.example.toml` and the code say the same, and what is shown can be read again."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.config import (
    Config,
    DatabaseConfig,
    DiscordConfig,
    Folders,
    LogConfig,
    RedisConfig,
    RetryConfig,
    S3Config,
    ScanConfig,
    Secret,
    ThumbnailsConfig,
    TuiConfig,
    WorkerConfig,
    load,
    render,
)
from clipsaver.config.keys import all_keys
from clipsaver.masking import MASK
from clipsaver.records import ClipSource

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
NOWHERE = Folders(data=Path("/data"), config=Path("/nowhere"), home=Path("/home/somebody"))
NO_ORIGINS = dict.fromkeys(all_keys(), "default")


def test_the_file_is_what_the_declaration_renders() -> None:
    # To renew it: clipsaver config example > config.example.toml
    assert EXAMPLE.read_text() == render.example()


def test_the_file_gives_the_defaults() -> None:
    with_file = load(EXAMPLE, {}, Path("/nowhere"), folders=NOWHERE)
    without = load(None, {}, Path("/nowhere"), folders=NOWHERE)
    assert with_file.config == without.config == Config(data_dir=Path("/data"))


def test_the_file_lists_every_key_once_under_a_line_that_explains_it() -> None:
    section, found = "", []
    lines = EXAMPLE.read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if line.startswith("[") and line.strip("[]") in all_keys():
            assert before.startswith("# "), line
            found.append(line.strip("[]"))
        elif line.startswith("["):
            section = line.strip("[]") + "."
        elif " = " in line and not line.startswith("#"):
            key = section + line.partition(" = ")[0]
            assert before.startswith("# "), key
            found.append(key)
    assert found == list(all_keys())


def test_every_line_of_the_file_fits() -> None:
    assert max(len(line) for line in EXAMPLE.read_text().splitlines()) <= 100


seconds = st.floats(0.001, 86_400)
names = st.from_regex(r"[^{}\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,30}", fullmatch=True)
configs = st.builds(
    Config,
    data_dir=st.just(Path('/data/ü "quoted" \\ back\x7f')),
    redis=st.builds(RedisConfig, stream=names, lease_seconds=st.floats(3, 3600)),
    database=st.builds(
        DatabaseConfig,
        schema=st.from_regex(r"[a-oq-z_][a-z0-9_]{0,62}", fullmatch=True),
        migrate=st.booleans(),
        writers=st.integers(1, 7),
    ),
    worker=st.builds(WorkerConfig, concurrency=st.integers(2, 10_000), slice=seconds),
    retry=st.builds(RetryConfig, backoff=st.tuples(seconds, seconds).map(sorted).map(tuple)),
    scan=st.builds(
        ScanConfig,
        sources=st.lists(st.sampled_from(ClipSource), min_size=1).map(tuple),
        allowed_mime_types=st.lists(
            st.from_regex(r"[a-z]{1,9}/[a-z0-9.+-]{1,40}", fullmatch=True), min_size=1
        ).map(tuple),
    ),
    thumbnails=st.builds(
        ThumbnailsConfig,
        storage=names,
        sizes=st.tuples(*[st.tuples(*[st.integers(16, 4096)] * 2)] * 2),
        source=st.sampled_from(["auto", "decode", "discord"]),
    ),
    log=st.builds(LogConfig, level=st.sampled_from(["debug", "info", "warning", "error"])),
    tui=st.builds(
        TuiConfig,
        tick=st.floats(0.25, 30),
        keys=st.dictionaries(names, names),
    ),
)


@given(configs)
def test_what_show_prints_gives_the_same_configuration_again(config: Config) -> None:
    text = render.in_force(config, NO_ORIGINS)
    table = tomllib.loads(text)
    assert msgspec.convert(table, Config, dec_hook=lambda kind, value: kind(value)) == config


def test_what_show_prints_holds_no_secret() -> None:
    s3 = S3Config(
        access_key_id=Secret("AKIA"),
        secret_access_key=Secret("s3/cret"),
        session_token=Secret("sess-ion"),
    )
    discord = DiscordConfig(token=Secret("tok-en"))
    text = render.in_force(Config(data_dir=Path("/data"), s3=s3, discord=discord), NO_ORIGINS)
    assert not any(secret in text for secret in ("AKIA", "s3/cret", "sess-ion", "tok-en"))
    assert text.count(MASK) == 4
