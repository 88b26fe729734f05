"""`clipsaver push`: what becomes a job, and what is said where nothing does."""

from __future__ import annotations

import io
import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import redis

from clipsaver.cli import push as push_module
from clipsaver.cli.asking import ask_for_job
from clipsaver.cli.main import main
from clipsaver.errors import UsageError
from clipsaver.job_schema import job_schema_text
from clipsaver.jobs import BatchJob, GuildJob, decode

IDS = ("--guild", "175928847299117063", "--channel", "2")
JOB = {"type": "batch", "guild_id": "1", "channel_id": "2"}


@pytest.fixture
def stream(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    """The server that `push` finds in its environment; the folder has no configuration."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "DB_TYPE", "DISCORD_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("HOME", str(tmp_path))
    return redis.Redis.from_url(redis_url)


def pushed(stream: redis.Redis) -> dict[str, dict[str, object]]:
    """The jobs on the stream by run id."""
    rows = stream.xrange("discord_clip_jobs")
    return {
        f"discord_clip_jobs/{entry_id.decode()}": json.loads(fields[b"job"])
        for entry_id, fields in rows
    }


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ((), {}),
        (("--limit", "all"), {"limit": None}),
        (("--limit", "1000000"), {"limit": 1_000_000}),
        (("--after", "5", "--before", "9"), {"after_message_id": "5", "before_message_id": "9"}),
        (("--direction", "forward", "--known", "stop"), {"direction": "forward", "known": "stop"}),
        (("--strategy", "auto", "--priority", "live"), {"strategy": "auto", "priority": "live"}),
        (("--job-id", "nightly"), {"job_id": "nightly"}),
        (
            ("--match", "clip|gg", "--mime-type", "video/mp4", "--mime-type", "video/webm"),
            {
                "settings": {
                    "match_regex": "clip|gg",
                    "allowed_mime_types": ["video/mp4", "video/webm"],
                }
            },
        ),
    ],
)
def test_options_become_a_batch_job(
    stream: redis.Redis,
    capsys: pytest.CaptureFixture[str],
    words: Sequence[str],
    fields: dict[str, object],
) -> None:
    assert main(["push", "batch", *IDS, *words]) == 0
    ((run_id, job),) = pushed(stream).items()
    assert decode(json.dumps(job)) == decode(
        msgspec.json.encode({**JOB, "guild_id": IDS[1], **fields})
    )
    out, err = capsys.readouterr()
    assert out == f"{run_id}\n"
    assert err.startswith("1 job is on the stream discord_clip_jobs")
    stream.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("batch",), "guild"),
        (("batch", "--guild", "general", "--channel", "2"), "a string of digits"),
        (("batch", *IDS, "--limit", "many"), "a number of messages, or all"),
        (("batch", *IDS, "--limit", "0"), "1"),
        (("batch", *IDS, "--match", "(?=a)"), "regex engine refuses"),
        (("batch", *IDS, "--before", "5", "--after", "9"), "no id between"),
        (("batsch", *IDS), "did you mean the job type batch?"),
        (("jobs.jsonl",), "No such file"),
        (("message", *IDS), "push message: --message is missing"),
        (("batch", *IDS[:2]), "push batch: --channel is missing"),
        (("batch", *IDS, "--limit", "0"), "--limit: Expected `int` >= 1"),
        (("batch", *IDS, "--reset"), "it has no --reset"),
        (("purge_guild", *IDS), "it has no --channel"),
        ((), "say what to push"),
    ],
)
def test_what_is_no_job_is_not_pushed(
    stream: redis.Redis,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: Sequence[str],
    said: str,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert main(["push", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1
    assert pushed(stream) == {}
    stream.close()


def test_every_job_type_can_be_pushed(stream: redis.Redis) -> None:
    options = {
        "message": ("--message", "3", "--message", "4"),
        "rescan": ("--reason", "new types", "--reset"),
        "thumbnail_retry": ("--clip", "3-4"),
        "message_deletion": ("--message", "3"),
        "purge_author": ("--author", "5"),
    }
    for job_type in push_module._TYPES:
        where = IDS[:2] if job_type in ("guild", "purge_guild", "purge_author") else IDS
        assert main(["push", job_type, *where, *options.get(job_type, ())]) == 0
    jobs = list(pushed(stream).values())
    assert [job["type"] for job in jobs] == list(push_module._TYPES)
    assert jobs[1]["message_ids"] == ["3", "4"]
    assert (jobs[2]["reason"], jobs[2]["reset_scan_status"]) == ("new types", True)
    stream.close()


def test_a_file_is_pushed_line_by_line(stream: redis.Redis, tmp_path: Path) -> None:
    lines = [json.dumps({**JOB, "channel_id": str(number)}) for number in range(1200)]
    (tmp_path / "jobs.jsonl").write_text("\n\n".join(lines) + "\r\n")
    assert main(["push", "jobs.jsonl"]) == 0
    channels = [job["channel_id"] for job in pushed(stream).values()]
    assert channels == [str(number) for number in range(1200)]
    stream.close()


def test_of_a_file_with_bad_lines_nothing_is_pushed_and_all_of_them_are_told(
    stream: redis.Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = ["{", '{"type":"batsch","guild_id":"1"}', json.dumps({**JOB, "limit": 0})]
    (tmp_path / "jobs.jsonl").write_text("\n".join([json.dumps(JOB), *bad, json.dumps(JOB)]))
    assert main(["push", "jobs.jsonl"]) == 2
    err = capsys.readouterr().err
    assert "nothing was pushed" in err
    for number, path in ((2, "$"), (3, "$.type"), (4, "$.limit")):
        assert f"line {number}: {path}: " in err
    assert pushed(stream) == {}
    stream.close()


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_a_file_without_a_job_is_an_error(
    stream: redis.Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    (tmp_path / "jobs.jsonl").write_text(content)
    assert main(["push", "jobs.jsonl"]) == 2
    assert "no job in it" in capsys.readouterr().err
    stream.close()


def test_options_about_a_job_cannot_be_given_with_a_file(
    stream: redis.Redis, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "jobs.jsonl").write_text(json.dumps(JOB))
    words = ("--limit", "5", "--match", "clip", "--mime-type", "video/mp4")
    assert main(["push", "jobs.jsonl", *words]) == 2
    assert "--limit, --match, --mime-type cannot be given with a file" in capsys.readouterr().err
    assert pushed(stream) == {}
    stream.close()


def test_standard_input_is_read_at_the_dash(
    stream: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = io.BytesIO(json.dumps(JOB).encode() + b"\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(lines))
    assert main(["push", "-"]) == 0
    assert list(pushed(stream).values()) == [JOB]
    stream.close()


# --- the schema ---


@pytest.mark.parametrize("name", [None, *push_module._TYPES])
def test_the_schema_is_printed_whatever_the_configuration(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str | None,
) -> None:
    (tmp_path / "config.toml").write_text("this is no configuration")
    monkeypatch.chdir(tmp_path)
    assert main(["push", *([] if name is None else [name]), "--schema"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (job_schema_text(name), "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("jobs.jsonl",), "--schema jobs.jsonl: there are the job types batch, message"),
        (("-",), "--schema -: there are the job types"),
        (("batch", "--limit", "5"), "--limit cannot be given with it"),
        (("batch", "--match", "x"), "--match cannot be given with it"),
        (("--wait",), "--wait cannot be given with it"),
    ],
)
def test_with_the_schema_nothing_else_can_be_asked_for(
    capsys: pytest.CaptureFixture[str], words: Sequence[str], said: str
) -> None:
    assert main(["push", *words, "--schema"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


# --- asking ---


def answered(*answers: str) -> tuple[BatchJob, list[str]]:
    """The job that comes of the answers, and the questions."""
    waiting, questions = list(answers), []

    def ask(question: str) -> str:
        questions.append(question)
        return waiting.pop(0)

    job = ask_for_job(ask)
    assert isinstance(job, BatchJob)
    assert waiting == []
    return job, questions


@pytest.mark.parametrize(
    "link",
    [
        "https://discord.com/channels/1/2",
        "https://discord.com/channels/1/2/",
        "https://discord.com/channels/1/2/3",
        "https://ptb.discord.com/channels/1/2",
    ],
)
def test_a_link_tells_server_and_channel(link: str) -> None:
    job, questions = answered(link, "")
    assert job == BatchJob(guild_id="1", channel_id="2", limit=None)
    assert len(questions) == 2


def test_with_an_id_the_server_is_asked_for() -> None:
    job, questions = answered("2", "1", "500")
    assert job == BatchJob(guild_id="1", channel_id="2", limit=500)
    assert len(questions) == 3


def test_what_cannot_be_right_is_asked_again_with_the_reason() -> None:
    answers = ("general", "https://discord.com/app", "2", "me", "1", "many", "0", "all")
    job, questions = answered(*answers)
    assert job == BatchJob(guild_id="1", channel_id="2", limit=None)
    assert "digits only" in questions[1]
    assert "looks like" in questions[2]
    assert "digits only" in questions[4]
    assert "from 1, or all" in questions[6]
    assert "from 1, or all" in questions[7]


def test_direct_messages_are_no_server() -> None:
    link = "https://discord.com/channels"
    _, questions = answered(f"{link}/@me/2", f"{link}/1/2", "")
    assert "digits only" in questions[1]


def test_an_id_that_no_channel_has_is_no_job() -> None:
    with pytest.raises(UsageError, match="larger than any id"):
        answered("9" * 19, "1", "")


_WAITS = b"waits for a worker"

# A session's terminal is the one that its first process asks for; only it sends signals for keys.
_ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def _on_a_terminal(redis_url: str, folder: Path, typed: bytes) -> tuple[int, str]:
    """Exit code and screen of `clipsaver push` on a pseudo-terminal, typed to when it asks.

    It then follows the job, which no worker takes: ctrl-c ends that.
    """
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", _ON_ITS_TERMINAL, "-m", "clipsaver", "push"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "REDIS_URL": redis_url},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        screen = b""
        while piece := _read(ours):
            is_asked = b"Which channel?" not in screen and b"Which channel?" in screen + piece
            is_followed = _WAITS not in screen and _WAITS in screen + piece
            screen += piece
            if is_asked:
                os.write(ours, typed)
            if is_followed:
                os.write(ours, b"\x03")
        return child.wait(timeout=20), screen.decode()
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def _read(terminal: int) -> bytes:
    """What appears next; nothing at the end."""
    assert select.select([terminal], [], [], 20)[0], "it neither speaks nor ends"
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux tells that the other end is closed
        return b""


def test_on_a_terminal_it_asks(stream: redis.Redis, redis_url: str, tmp_path: Path) -> None:
    typed = b"https://discord.com/channels/1/2\n\n"
    code, screen = _on_a_terminal(redis_url, tmp_path, typed)
    assert code == 130, screen
    assert "Which channel?" in screen
    assert "How many messages" in screen
    assert list(pushed(stream).values()) == [{**JOB, "limit": None}]
    stream.close()


@pytest.mark.parametrize(("key", "code"), [(b"\x04", 2), (b"\x03", 130)], ids=["end", "ctrl-c"])
def test_who_does_not_answer_pushes_nothing(
    stream: redis.Redis, redis_url: str, tmp_path: Path, key: bytes, code: int
) -> None:
    found, screen = _on_a_terminal(redis_url, tmp_path, key)
    assert found == code, screen
    assert "Traceback" not in screen
    assert pushed(stream) == {}
    stream.close()


def test_a_guild_job_has_a_strategy(
    stream: redis.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["push", "guild", "--guild", "7", "--strategy", "search"]) == 0
    (job,) = pushed(stream).values()
    assert decode(json.dumps(job)) == GuildJob(guild_id="7", strategy="search")
    assert main(["push", "guild", "--guild", "7", "--priority", "live"]) == 2
    assert "it has no --priority" in capsys.readouterr().err
