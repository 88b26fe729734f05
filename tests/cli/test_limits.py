"""`clipsaver limits`: the text, and the command on real servers."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import redis

from clipsaver.cli.limits_text import answers_text, limits_text
from clipsaver.discord_rest.limits.lua import token_key
from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.view import (
    Bucket,
    Invalid,
    LearntView,
    LimitsView,
    Refused,
    Waiter,
)
from clipsaver.queue.operating.answers import LatestAnswer
from clipsaver.queue.worker_statistics import Heard
from clipsaver.simulator.world.world import TOKEN
from tests import warm

ROUTE = "GET /channels/{channel}/messages"


def a_view(**facts):
    usual = {
        "known": True, "rate": 45.0, "sent": 12, "on_their_way": 1, "buckets": [], "learnt": [],
        "waiting": [], "invalid": [], "held_for_s": -1.0, "trial_in_s": 0.0, "closed_for_s": 0.0,
        "closed_why": "",
    }  # fmt: skip
    return LimitsView(**(usual | facts))


def test_a_quiet_moment():
    assert limits_text(a_view()).splitlines() == [
        "token     in use",
        "pace      12 sent in the last second, of 45 at most; 1 is on the way, 0 wait",
        "invalid   none in 10 minutes (401, 403 and 429; held at 5,000)",
        "",
        "buckets in use: none",
        "waiting: none",
    ]


def test_all_that_there_can_be():
    full = Bucket([ROUTE, "GET /x"], "12", 5, 5, 5.02, True, 3.4, Why.BUCKET)
    idle = Bucket([ROUTE], "13", 0, 1000, 1.02, False, 0.0, Why.BUCKET)
    waiter = Waiter("w-1", "GET /channels/12/messages\x1b[2J", Turn.BACKFILL, 61.0, 3.4, Why.BUCKET)
    view = a_view(
        buckets=[full, idle],
        learnt=[LearntView(ROUTE, 5, 5.02, 3500.0)],
        waiting=[waiter] * 20,
        invalid=[Invalid("host", 5000, 90.0)],
        held_for_s=30.0,
        trial_in_s=270.0,
        closed_for_s=4.0,
        closed_why="cloudflare",
    )
    text = limits_text(view)
    for words in (
        "REJECTED by Discord 30 s ago",
        "tried again in 4 min",
        "closed    for 4.0 s: this host is blocked (Cloudflare)",
        "5,000 in 10 minutes from host (401, 403, 429), held at 5,000; all are held for 90 s",
        "learnt    5 in 5.02 s for GET /channels/{channel}/messages",
        "5 of 5 in 5.0 s     3.4 s     learnt  and 1 more",
        "backfill     61 s    3.4 s  Discord's limit for this route and channel",
        "and 5 more (--all)",
    ):
        assert words in text
    assert "\x1b" not in text
    assert "  13  " not in text
    assert "  13  " in limits_text(view, most=None)


def test_the_last_refusal_of_a_bucket():
    def line(scope, asked_s, header_s):
        refused = Refused(scope, 12.0, asked_s, header_s)
        busy = Bucket([ROUTE], "12", 1, 5, 1.0, False, 0.0, Why.BUCKET, refused)
        return next(
            row for row in limits_text(a_view(buckets=[busy])).splitlines() if "429 " in row
        )

    assert line("user", 0.3, 1.0).endswith(
        "last 429 12 s ago (user, wait 0.3 s, the header more: header 1.0 s)"
    )
    assert line("shared\x1b[2J", 9.0, 3.0).endswith(
        "last 429 12 s ago (shared, wait 9.0 s, the body more: header 3.0 s)"
    )
    assert line("global", 2.0, None).endswith("last 429 12 s ago (global, wait 2.0 s)")


def test_the_latest_answers():
    assert answers_text([]) == "latest answers: none\n"
    said = [Heard(1.0, 200, 5, 4, 0.9), Heard(2.0, 429, 5, 0, 0.9, 1.5, "user"), Heard(3.0, 404)]
    at_ms = 1_769_429_077_000
    lines = answers_text([LatestAnswer(ROUTE, "w\x1b[2J", at_ms, one) for one in said]).splitlines()
    assert lines[0] == "latest answers of each worker: 3"
    assert [line.split() for line in lines[2:]] == [
        ["12:04:37", "200", "4", "of", "5", "0.9", "s", "-", "-", "w", *ROUTE.split()],
        ["12:04:37", "429", "0", "of", "5", "0.9", "s", "1.5", "s", "user", "w", *ROUTE.split()],
        ["12:04:37", "404", "-", "-", "-", "-", "w", *ROUTE.split()],
    ]


def environment(redis_url):
    return {"REDIS_URL": redis_url, "DISCORD_BOT_TOKEN": TOKEN, "PATH": ""}


def limits(redis_url, *options):
    return warm.run("limits", *options, env=environment(redis_url))


def test_the_command_tells_what_workers_have_left_in_redis(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        client.hset(token_key(TOKEN), mapping={"held_since": time.time(), "rate": 45})
    ended = limits(redis_url)
    out, err = ended.stdout, ended.stderr
    assert "REJECTED by Discord" in out
    assert (err, TOKEN in out) == ("", False)
    told = json.loads(limits(redis_url, "--json").stdout)
    assert told["held_for_s"] >= 0
    assert told["rate"] == 45
    assert json.loads(limits(redis_url, "--json", "--answers").stdout)["answers"] == []


def test_it_can_be_watched(redis_url):
    watching = subprocess.Popen(
        [sys.executable, "-m", "clipsaver", "limits", "--watch", "--json"],
        env=environment(redis_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(2):
            assert json.loads(watching.stdout.readline())["known"]
    finally:
        watching.terminate()
        watching.communicate(timeout=20)
    assert watching.returncode == 130


def test_without_a_server_it_says_so():
    gone = limits("redis://127.0.0.1:1")
    assert (gone.returncode, gone.stdout) == (3, "")
    assert "cannot be reached" in gone.stderr
