"""`clipsaver simulate` as people run it."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from clipsaver.cli import simulate
from clipsaver.errors import ExitCode, UsageError


def parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    return parser.parse_args(argv)


@contextmanager
def running(*argv: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command in a process of its own, and the lines of its greeting."""
    child = subprocess.Popen(
        [sys.executable, "-m", "clipsaver", "simulate", "--port", "0", *argv],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        lines = []
        for line in child.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("ctrl-c"):
                break
        yield child, lines
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_it_says_what_is_needed_and_ends_with_ctrl_c() -> None:
    with running("--channels", "2", "--messages", "30", "--limits", "none") as (child, lines):
        told = dict(line.split(maxsplit=1) for line in lines[:2])
        config = tomllib.loads("\n".join(lines[lines.index("[discord]") : -2]))
        assert config["discord"] == {
            "token": told["token"],
            "api_url": told["api_url"],
            "media_hosts": [urlsplit(told["api_url"]).netloc],
        }
        channel = next(line.split()[1] for line in lines if line.startswith("channel "))
        headers = {"Authorization": f"Bot {told['token']}"}
        response = httpx.get(f"{told['api_url']}/channels/{channel}/messages", headers=headers)
        assert len(response.json()) == 30
        planted = told["api_url"].replace("/api/v10", "/simulator/planted")
        clips = sum(each["by_default"] for each in httpx.get(planted).json())
        assert any(f", {clips} clips" in line for line in lines)
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == ExitCode.INTERRUPTED


def test_huge_channels_are_served_without_counting_their_clips() -> None:
    with running("--simple", "--channels", "1", "--messages", "1000000") as (_, lines):
        assert any("too many to count" in line for line in lines)


def test_latency_is_a_fault_of_every_answer() -> None:
    with running("--simple", "--messages", "1", "--latency-ms", "200") as (_, lines):
        told = dict(line.split(maxsplit=1) for line in lines[:2])
        response = httpx.get(f"{told['api_url']}/users/@me")
        assert response.elapsed.total_seconds() >= 0.2


@pytest.mark.parametrize(("how", "statuses"), [("off", {403}), ("odd", {202, 200})])
def test_search_can_be_off_or_odd(how: str, statuses: set[int]) -> None:
    with running("--simple", "--messages", "9", "--search", how, "--limits", "none") as (_, lines):
        told = dict(line.split(maxsplit=1) for line in lines[:2])
        guild = next(line.split()[1] for line in lines if line.startswith("guild "))
        url = f"{told['api_url']}/guilds/{guild}/messages/search"
        headers = {"Authorization": f"Bot {told['token']}"}
        assert {httpx.get(url, headers=headers).status_code for _ in range(4)} == statuses


def test_searches_have_a_limit_of_their_own() -> None:
    with running("--simple", "--messages", "9") as (_, lines):
        told = dict(line.split(maxsplit=1) for line in lines[:2])
        guild = next(line.split()[1] for line in lines if line.startswith("guild "))
        response = httpx.get(
            f"{told['api_url']}/guilds/{guild}/messages/search",
            headers={"Authorization": f"Bot {told['token']}"},
        )
        assert response.headers["X-RateLimit-Limit"] == "20"


def test_other_machines_are_not_served() -> None:
    arguments = parsed("--host", "0.0.0.0", "--messages", "1")
    with pytest.raises(UsageError, match=r"0\.0\.0\.0"):
        simulate.run(arguments)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--clip-share", "1.5"), "not between 0 and 1"),
        (("--messages", "-1"), "below 0"),
        (("--channels", "0"), "too few"),
        (("--port", "65536"), "above 65535"),
        (("--limits", "some"), "invalid choice"),
    ],
)
def test_options_that_cannot_be(
    argv: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parsed(*argv)
    assert exit_.value.code == ExitCode.USAGE
    assert said in capsys.readouterr().err
