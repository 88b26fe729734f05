"""`clipsaver dead` and `clipsaver audit`, on a real server."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from clipsaver.cli.main import main

STREAM = "discord_clip_jobs"
DEAD = f"{{{STREAM}}}:dead"
AUDIT = f"{{{STREAM}}}:audit"


class Letters:
    """The dead letters that the command finds."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def add(self, number=1, reason="not_found", *, job=None, at_ms=None, **facts):
        """A letter of the channel of this number; returns its id."""
        job = job or json.dumps({"type": "batch", "guild_id": "1", "channel_id": str(number)})
        dead = {"reason": reason, "error": f"no {number}", "run": f"{STREAM}/{number}-0"} | facts
        letter_id = "*" if at_ms is None else f"{at_ms}-0"
        return self.client.xadd(DEAD, {"dead": json.dumps(dead), "job": job}, letter_id).decode()

    def ids(self):
        return [letter_id.decode() for letter_id, _ in self.client.xrange(DEAD)]

    def channels(self):
        """Of the jobs on the stream."""
        return [
            json.loads(fields[b"job"])["channel_id"] for _, fields in self.client.xrange(STREAM)
        ]

    def audit(self):
        return [
            {name.decode(): value.decode() for name, value in fields.items()}
            for _, fields in self.client.xrange(AUDIT)
        ]


@pytest.fixture
def letters(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The server that the command finds in its environment; the folder has no configuration."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "DB_TYPE", "DISCORD_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("HOME", str(tmp_path))
    with redis.Redis.from_url(redis_url) as client:
        yield Letters(client)


def said(capsys, *argv, code=0):
    """What a call writes to stdout and stderr, that ends with this exit code."""
    assert main(list(argv)) == code
    return capsys.readouterr()


def json_of(capsys, *argv, code=0):
    return [json.loads(line) for line in said(capsys, *argv, code=code).out.splitlines()]


# --- looking ---


def test_where_there_are_none_it_says_so(letters, capsys):
    assert said(capsys, "dead", "list").out == "no dead letters\n"
    assert said(capsys, "dead", "list", "--groups").out == "no dead letters\n"
    assert said(capsys, "dead", "list", "--json").out == ""
    said(capsys, "dead", "drop", letters.add())
    assert said(capsys, "dead", "list").out.startswith(
        "no dead letters; the last action: dead drop"
    )


def test_the_list_is_a_table_with_the_newest_first(letters, capsys):
    old = letters.add(7, at_ms=1_790_000_000_000)
    new = letters.add(8, "attempts_used_up", cause="discord_unavailable", attempts=5)
    head, columns, first, second = said(capsys, "dead", "list").out.splitlines()
    assert head == "2 dead letters"
    assert columns.split() == ["id", "died", "(UTC)", "reason", "type", "channel", "tries", "error"]
    assert first.split()[0] == new
    assert first.split()[3:] == [
        *("attempts_used_up", "(discord_unavailable)", "batch", "8", "5", "no", "8")
    ]
    assert second.split()[:3] == [old, "2026-09-21", "14:13"]


def test_a_list_says_where_there_are_more(letters, capsys):
    for number in range(60):
        letters.add(number)
    lines = said(capsys, "dead", "list").out.splitlines()
    assert lines[0] == "the newest 50, of 60 dead letters (--limit for more, --groups for causes)"
    assert len(lines) == 52
    filtered = said(capsys, "dead", "list", "--guild", "1", "--limit", "3").out.splitlines()
    assert filtered[0].startswith("the newest 3 that match, of 60 dead letters")
    found = said(capsys, "dead", "list", "--channel", "1", "--channel", "2").out.splitlines()
    assert found[0] == "2 of 60 dead letters"
    assert said(capsys, "dead", "list", "--type", "x").out == (
        "none of the 60 dead letters is one of these\n"
    )
    assert len(json_of(capsys, "dead", "list", "--json")) == 60
    assert len(json_of(capsys, "dead", "list", "--json", "--limit", "59")) == 59


def test_ages_and_times_are_by_the_clock_of_redis(letters, capsys):
    now_ms = int(time.time() * 1000)
    ids = [letters.add(age, at_ms=now_ms - age * 3_600_000) for age in (50, 20, 2)]
    for words, expected in (
        (("--older-than", "1d"), ids[:1]),
        (("--newer-than", "21h"), ids[1:]),
        (("--newer-than", "3060m", "--older-than", "10800s"), ids[:2]),
        (("--older-than", "1w"), []),
    ):
        found = json_of(capsys, "dead", "list", "--json", *words)
        assert [one["id"] for one in reversed(found)] == expected, words
    a_time = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now_ms / 1000 - 10 * 3600))
    for moment in (a_time, f"{a_time}Z", f"{a_time}+00:00"):
        found = json_of(capsys, "dead", "list", "--json", "--newer-than", moment)
        assert [one["id"] for one in found] == ids[2:]


def test_groups_show_causes_and_what_to_do(letters, capsys):
    for number in range(3):
        letters.add(number, "internal_error", fingerprint="aaaaaaaaaaaa")
    letters.add(3, fingerprint="bbbbbbbbbbbb")
    out = said(capsys, "dead", "list", "--groups").out.splitlines()
    assert out[0] == "2 causes of 4 dead letters"
    assert out[2].split()[:3] == ["3", "aaaaaaaaaaaa", "internal_error"]
    assert "upgrade first" in out[2]
    first, second = json_of(capsys, "dead", "list", "--groups", "--json")
    assert (first["count"], first["channels"], first["types"]) == (3, 3, {"batch": 3})
    assert second["advice"] == "drop"
    cut = said(capsys, "dead", "list", "--groups", "--limit", "1").out.splitlines()
    assert cut[-1] == "  and 1 more (--limit)"


def test_show_says_all_and_what_to_do(letters, capsys):
    letter_id = letters.add(
        9, "access_denied", hosts=["host-a"], attempts=1, stage="scan", worker="w-1"
    )
    for name in (letter_id, f"{STREAM}/9-0"):
        out = said(capsys, "dead", "show", name).out
        for words in (
            f"dead letter {letter_id}\n",
            " at scan, on w-1\n",
            "error     no 9\n",
            "job       batch, guild 1, channel 9\n",
            f"run       {STREAM}/9-0\n",
            "tried     1 attempt; on host-a\n",
            "mend first: let the bot see the channel",
            f"clipsaver dead retry {letter_id}\n",
            '    "channel_id": "9"\n',
        ):
            assert words in out
    (told,) = json_of(capsys, "dead", "show", letter_id, "--json")
    assert (told["reason"], told["job"]["channel_id"], told["hosts"]) == (
        "access_denied",
        "9",
        ["host-a"],
    )


def test_a_stranger_s_text_is_only_text(letters, capsys):
    evil = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31mx\nfake row"
    job = json.dumps({"type": evil, "channel_id": evil})
    letter_id = letters.add(1, evil, error=evil, path=evil, stage=evil, fingerprint=evil, job=job)
    letters.client.xadd(DEAD, {"dead": "{", "job": evil, "cs": evil, evil: evil})
    for words in (("list",), ("list", "--groups"), ("show", letter_id), ("list", "--json")):
        out = said(capsys, "dead", *words).out
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
    assert len(said(capsys, "dead", "list").out.splitlines()) == 4
    assert "\x1b" not in said(capsys, "dead", "retry", "--all", "--yes", "--dry-run").out


def test_a_letter_that_is_gone_is_said_to_be_with_who_was_quicker(letters, capsys):
    letter_id = letters.add()
    said(capsys, "dead", "retry", letter_id)
    err = said(capsys, "dead", "show", letter_id, code=2).err
    assert f"there is no dead letter {letter_id} any more: dead retry by " in err
    for name in ("1-0", f"{STREAM}/1-0"):
        assert "clipsaver dead list shows them" in said(capsys, "dead", "show", name, code=2).err


# --- acting ---


def test_one_letter_needs_no_question(letters, capsys):
    first, second = letters.add(1), letters.add(2)
    out = said(capsys, "dead", "retry", first).out.splitlines()
    assert out[0] == "retried 1 dead letter"
    ((entry_id, _),) = letters.client.xrange(STREAM)
    assert out[1:] == [f"  {first} is the run {STREAM}/{entry_id.decode()} now"]
    assert said(capsys, "dead", "drop", f"{STREAM}/2-0").out == "dropped 1 dead letter\n"
    assert (letters.ids(), letters.channels()) == ([], ["1"])
    assert second not in letters.ids()


@pytest.mark.parametrize("action", ["retry", "drop"])
def test_a_dry_run_says_what_would_be_and_changes_nothing(letters, capsys, action):
    ids = [letters.add(number) for number in range(12)]
    cut = letters.add(13, "bad_job", job_bytes=300_000)
    out = said(capsys, "dead", action, "--all", "--dry-run").out
    assert f"13 dead letters to {action}: 12 not_found, 1 bad_job\n" in out
    assert ("1 of them cannot be" in out) == (action == "retry")
    assert "  and 3 more\nnothing was changed (--dry-run)\n" in out
    (told,) = json_of(capsys, "dead", action, "--all", "--dry-run", "--json")
    assert (told["dry_run"], told["matched"], told["cut"]) == (True, 13, 1)
    assert told["ids"] == letters.ids() == [*ids, cut]
    assert letters.audit() == []
    assert letters.channels() == []


def test_a_filter_acts_on_what_it_finds_and_is_on_record(letters, capsys):
    for number in range(4):
        letters.add(number, "not_found" if number % 2 else "bad_job")
    (told,) = json_of(
        capsys, "dead", "drop", "--reason", "bad_job", "--yes", "--why", "mended", "--json"
    )
    assert (told["matched"], told["dropped"], told["gone"]) == (2, 2, 0)
    assert len(letters.ids()) == 2
    (event,) = letters.audit()
    assert (event["action"], event["what"], event["why"], event["count"]) == (
        "dead drop",
        "--reason=bad_job",
        "mended",
        "2",
    )
    assert event["request"] == told["request"]
    assert "@" in event["who"]
    said(capsys, "dead", "retry", "--all", "--limit", "1", "--yes")
    assert letters.channels() == ["1"]  # the oldest
    assert letters.audit()[-1]["what"] == "--all --limit=1"


def test_what_cannot_be_retried_is_said_and_the_others_go(letters, capsys):
    letters.add(1)
    cut = letters.add(2, "bad_job", job_bytes=300_000)
    out = said(capsys, "dead", "retry", "--all", "--yes", code=1).out
    assert out.startswith("retried 1 dead letter\n")
    assert out.endswith("1 cannot be retried: only the beginning of the job was kept\n")
    assert letters.ids() == [cut]


def test_what_is_not_there_is_said_and_no_failure(letters, capsys):
    there = letters.add(1)
    (told,) = json_of(capsys, "dead", "drop", there, "5-0", f"{STREAM}/7-0", "--yes", "--json")
    assert (told["dropped"], told["missing"]) == (1, ["5-0", f"{STREAM}/7-0"])
    assert said(capsys, "dead", "drop", there).out == (
        "1 not there: retried or dropped before, or never was\n"
    )
    assert said(capsys, "dead", "drop", "--type", "x").out == "no dead letter is one of these\n"
    assert json_of(capsys, "dead", "drop", "--type", "x", "--json")[0]["matched"] == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "say which: ids, a filter such as --reason, or --all"),
        (("1-0", "--all"), "ids and --all cannot be given together"),
        (("1-0", "--type", "batch"), "ids and a filter cannot be given together"),
        (("--all", "--older-than", "1d"), "a filter and --all cannot be given together"),
        (("1-0", "--limit", "1"), "--limit is for filters"),
        (("nightly",), "nightly is no dead letter's id"),
        (("--older-than", "soon"), "--older-than soon: an age such as"),
        (("--all", "--limit", "0"), "a number from 1"),
        (("--al",), "unrecognized arguments"),
    ],
)
def test_what_does_not_say_which_is_refused(letters, capsys, words, expected):
    letters.add()
    for action in ("retry", "drop"):
        assert expected in said(capsys, "dead", action, *words, code=2).err
    assert len(letters.ids()) == 1


# --- asking ---


def test_without_a_terminal_many_need_a_yes(letters, capsys, monkeypatch):
    letters.add(1)
    letters.add(2)
    with Path(os.devnull).open() as nowhere:
        monkeypatch.setattr(sys, "stdin", nowhere)
        err = said(capsys, "dead", "drop", "--all", code=2).err
    assert "there are 2, and nobody to ask; give --yes" in err
    assert len(letters.ids()) == 2


def on_terminal(*argv):
    """The command with a terminal as its stdin; returns it and the terminal's other end."""
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-m", "clipsaver", *argv],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    return command, ours


def until_asked(command):
    """All that is on stderr up to the question."""
    text = ""
    while not text.endswith("drop them: "):
        character = command.stderr.read(1)
        assert character, text
        text += character
    return text


@pytest.mark.parametrize(("answer", "code"), [(b"2\n", 0), (b"y\n", 2), (b"3\n", 2), (b"\n", 2)])
def test_on_a_terminal_the_number_has_to_be_typed(letters, answer, code):
    """And letters that come while it asks are not among those that were shown."""
    letters.add(1)
    letters.add(2)
    command, terminal = on_terminal("dead", "drop", "--all")
    try:
        asked = until_asked(command)
        late = letters.add(3)
        os.write(terminal, answer)
        out, err = command.communicate(timeout=20)
    finally:
        command.kill()
        command.wait()
        os.close(terminal)
    assert "2 dead letters to drop: 2 not_found" in asked
    assert "type 2 to drop them: " in asked
    assert command.returncode == code
    if code:
        assert "nothing was changed: that was not 2" in err
        assert len(letters.ids()) == 3
    else:
        assert out == "dropped 2 dead letters\n"
        assert letters.ids() == [late]


# --- the audit ---


def test_the_audit_lists_requests_and_their_chunks(letters, capsys):
    assert "nothing is on record" in said(capsys, "audit", "list").out
    for number in range(150):
        letters.add(number)
    said(capsys, "dead", "retry", "--all", "--yes", "--why", "\x1b[2Jwell again")
    said(capsys, "dead", "drop", letters.add(1))
    head, *rows = said(capsys, "audit", "list").out.splitlines()
    assert head.split() == ["when", "(UTC)", "who", "action", "count", "which", "why"]
    assert [row.split()[3:6] for row in rows] == [["dead", "drop", "1"], ["dead", "retry", "150"]]
    assert rows[1].endswith("--all            well again")
    (only,) = said(capsys, "audit", "list", "--limit", "1").out.splitlines()[1:]
    assert only.split() == rows[0].split()
    events = json_of(capsys, "audit", "list", "--json")
    assert [event["count"] for event in events] == [1, 50, 100]
    assert sum(len(event["ids"]) for event in events) == 151


def test_without_a_server_both_say_so(letters, capsys, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    for words in (("dead", "list"), ("dead", "drop", "1-0"), ("audit", "list")):
        assert "cannot be reached" in said(capsys, *words, code=3).err
