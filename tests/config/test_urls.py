"""What may stand for Discord's API, a Redis and a PostgreSQL."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clipsaver.config.sentinel import parse_sentinel_url
from clipsaver.config.storage_url import BucketPlace, FolderPlace, parse_storage
from clipsaver.config.urls import (
    wrong_with_api_url,
    wrong_with_database_url,
    wrong_with_endpoint,
    wrong_with_media_hosts,
    wrong_with_redis_url,
    wrong_with_storage,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://discord.com/api/v10",
        "https://proxy.internal:8443/discord",
        "http://localhost:8080/api/v10",
        "http://127.0.0.1:1",
        "http://127.9.9.9:1",
        "http://[::1]:8080/api/v10",
    ],
)
def test_api_urls_that_may_get_the_token(url: str) -> None:
    assert wrong_with_api_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "discord.com/api/v10",
        "ftp://discord.com",
        "https://",
        "https:///api",
        "http://discord.com/api/v10",
        "http://10.0.0.1/api",
        "http://localhost.evil.example/api",
        "http://127.0.0.1.evil.example/api",
        "https://user:password@discord.com/api",
        "https://discord.com/api?x=1",
        "https://discord.com/api#x",
        "https://discord.com:port/api",
        "https://[::1/api",
    ],
)
def test_api_urls_that_may_not(url: str) -> None:
    assert wrong_with_api_url(url)


def test_hosts_that_media_can_come_from() -> None:
    hosts = ("cdn.discordapp.com", "cdn.example:8443", "127.0.0.1:8765", "[::1]:80", "localhost:1")
    assert wrong_with_media_hosts(hosts) is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://cdn.discordapp.com",
        "cdn.discordapp.com/attachments",
        "CDN.discordapp.com",
        "user@cdn.discordapp.com",
        "cdn.discordapp.com:https",
        "cdn.discordapp.com:65536",
        "*.discordapp.com",
        "[::1",
        "::1",
    ],
)
def test_what_is_no_such_host(host: str) -> None:
    assert repr(host) in (wrong_with_media_hosts(("cdn.discordapp.com", host)) or "")


@pytest.mark.parametrize(
    "url",
    [
        "embedded",
        "redis://localhost",
        "redis://localhost:6380/2",
        "redis://:p%40ss@h:6379/0",
        "redis://user:pass@[::1]:6379",
        "rediss://h/0?ssl_cert_reqs=none",
        "unix:///run/redis.sock",
        "unix:///run/redis.sock?db=2",
        "unix://:pass@/run/redis.sock",
    ],
)
def test_redis_urls(url: str) -> None:
    assert wrong_with_redis_url(url) is None


NEEDS_A_BRIDGE = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="there is no trio-asyncio for it"
)


@NEEDS_A_BRIDGE
@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://h/x",
        "redis+sentinel://h:26380,i/x/2",
        "REDIS+SENTINEL://h/x/",
        "redis+sentinel://[::1]:26379,[::2]/x",
        "redis+sentinel://user:p%40ss@h,i/x?sentinel_username=a&sentinel_password=b",
        "rediss+sentinel://h/x?ssl_ca_certs=/a.pem&ssl_cert_reqs=required",
    ],
)
def test_urls_of_sentinels(url: str) -> None:
    assert wrong_with_redis_url(url) is None


@NEEDS_A_BRIDGE
def test_the_parts_of_a_sentinel_url() -> None:
    url = parse_sentinel_url(
        "rediss+sentinel://me:p%2Fs%3Fs@a,[::1]:7/our%20clips/3?sentinel_password=q&ssl_ca_certs=/c"
    )
    assert url.sentinels == (("a", 26379), ("::1", 7))
    assert (url.service, url.db) == ("our clips", 3)
    assert (url.username, url.password) == ("me", "p/s?s")
    assert (url.sentinel_username, url.sentinel_password) == (None, "q")
    assert (url.is_encrypted, url.ca_certs, url.cert_reqs) == (True, "/c", "required")
    assert "p/s" not in repr(url)
    plain = parse_sentinel_url("redis+sentinel://:secret@a/x")
    assert (plain.username, plain.password, plain.is_encrypted) == (None, "secret", False)


@NEEDS_A_BRIDGE
def test_what_is_wrong_with_a_url_does_not_tell_its_password() -> None:
    url = "redis+sentinel://user:hunter2/secret?word@h,i/x/0"
    wrong = wrong_with_redis_url(url)
    assert wrong is not None
    assert not {"hunter2", "secret", "word@h"} & set(wrong.replace(",", " ").split())


def test_sentinels_need_a_python_that_trio_asyncio_runs_on() -> None:
    with pytest.raises(ValueError, match=r"Python 3\.14 and newer: use Python 3\.13 or older"):
        parse_sentinel_url("redis+sentinel://h/x", python=(3, 14))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "Embedded",
        "localhost:6379",
        "redis://",
        "redis://h:port",
        "redis://h:99999",
        "redis://h/name",
        "redis://h/0/1",
        "unix://run/redis.sock",
        "http://h",
        "redis+cluster://h",
        "rediss+cluster://h",
        "redis-sentinel://h/x",
        "sentinel://h/x",
        "redis+sentinel://",
        "redis+sentinel://h",
        "redis+sentinel://h/",
        "redis+sentinel:///x",
        "redis+sentinel://h,/x",
        "redis+sentinel://h:port/x",
        "redis+sentinel://h/x/y",
        "redis+sentinel://h/x/0/1",
        "redis+sentinel://h/x?db=1",
        "redis+sentinel://h/x?ssl_cert_reqs=none",
        "rediss+sentinel://h/x?ssl_cert_reqs=optional",
    ],
)
def test_what_is_no_redis_url(url: str) -> None:
    assert wrong_with_redis_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "embedded",
        "postgresql://h",
        "postgres://u:p@h:5432/d?sslmode=require",
        "postgresql:///d?host=/run/postgresql",
        "postgresql://h1:5432,h2:5433/d?target_session_attrs=read-write",
        "host=h dbname=d",
        "host = h  user = 'o\\'neill' password='a b'",
        "service=clips",
    ],
)
def test_database_urls(url: str) -> None:
    assert wrong_with_database_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h",
        "mysql://h/d",
        "postgresql+psycopg://h/d",
        "postgresql://h /d",
        "host=h 'x",
        "sqlite:x",
    ],
)
def test_what_is_no_database_url(url: str) -> None:
    assert wrong_with_database_url(url)


def test_a_storage_is_a_folder_or_a_part_of_a_bucket() -> None:
    assert parse_storage("/srv/pictures") == FolderPlace(Path("/srv/pictures"))
    assert parse_storage("s3:/pictures") == FolderPlace(Path("s3:/pictures"))
    assert parse_storage("s3://pictures") == BucketPlace("pictures", "")
    assert parse_storage("S3://pictures/") == BucketPlace("pictures", "")
    assert parse_storage("s3://pictures/a/b.c/") == BucketPlace("pictures", "a/b.c")
    assert str(BucketPlace("pictures", "a/b")) == "s3://pictures/a/b"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gs://pictures", "expected a folder or s3://bucket"),
        ("https://s3.example/pictures", "s3.endpoint says where"),
        ("file:///srv/pictures", "write the folder alone"),
        ("s3://", "expected the name of a bucket"),
        ("s3://a b", "expected the name of a bucket"),
        ("s3://key:secret@pictures", "keys do not belong here"),
        ("s3://pictures/a/../b", "expected a prefix of letters"),
        ("s3://pictures/a//b", "expected a prefix of letters"),
        ("s3://pictures/a?b", "expected a prefix of letters"),
    ],
)
def test_a_storage_that_is_neither(text: str, words: str) -> None:
    said = wrong_with_storage(text)
    assert said is not None
    assert words in said
    assert "secret@" not in said


@pytest.mark.parametrize("url", ["", "https://minio.example:9000", "http://10.0.0.7/"])
def test_servers_that_may_speak_s3(url: str) -> None:
    assert wrong_with_endpoint(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "minio.example:9000",
        "s3://pictures",
        "https://",
        "https://h:port",
        "https://key:secret@h",
        "https://h/bucket",
        "https://h?x",
    ],
)
def test_endpoints_that_are_none(url: str) -> None:
    assert wrong_with_endpoint(url)
