"""What may stand for Discord's API, a Redis and a PostgreSQL."""

from __future__ import annotations

import pytest

from clipsaver.config.urls import wrong_with_api_url, wrong_with_database_url, wrong_with_redis_url


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
        "redis+sentinel://h/x",
        "redis+cluster://h",
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
