"""`clipsaver purge`, as a person runs it, on a real database and a real storage."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from clipsaver.cli.purging import doing
from tests.cli.purge_stage import (
    ADA,
    AWAY,
    BO,
    CATEGORY,
    ELSEWHERE,
    HERE,
    MEMES,
    THREAD,
    Site,
    filled_database,
    site_of,
)

ALL = {1001, 1002, 1003, 1004, 1005, 1006}


@pytest.fixture(scope="module")
def template(postgres_dsn: str) -> Iterator[str]:
    yield from filled_database(postgres_dsn, "purged")


@pytest.fixture
def site(
    postgres_dsn: str,
    template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    redis_url: str,
) -> Iterator[Site]:
    yield from site_of(postgres_dsn, template, tmp_path, monkeypatch, capsys, redis_url)


class Terminal(io.StringIO):
    """Where somebody sits and has typed."""

    def isatty(self) -> bool:
        return True


def test_a_dry_run_counts_and_changes_nothing(site: Site) -> None:
    before = site.all()
    out, _ = site.said("purge", "guild", "ada's place", "--dry-run")
    assert out.splitlines()[:3] == [
        "guild Ada's place (7): this goes for good",
        "  clips     5, in 5 messages",
        "  pictures  5 of them, with their files",
    ]
    assert "  channels  3 channels and 1 thread: " in out
    assert out.endswith("nothing was changed (--dry-run)\n")
    out, _ = site.said("purge", "channel", "#memes", "--guild", "7", "--dry-run", "--json")
    assert json.loads(out) == {
        "would_purge": {
            "scope": "channel", "guild_id": "7", "channel_id": "70", "author_id": None,
            "message_ids": [], "names": {"guild": "Ada's place", "channel": "memes"},
        },
        "counts": {"clips": 4, "messages": 4, "pictures": 4},
        "open_purge": None,
    }  # fmt: skip
    out, _ = site.said("privacy", "optout", "@ada", "--guild", "8", "--dry-run")
    assert out.startswith(
        f"author Ada ({ADA}) in Elsewhere (8): this goes for good\n  clips     1,"
    )
    assert site.all() == before
    assert site.messages() == ALL


def test_a_guild_goes_and_its_neighbour_stays(site: Site) -> None:
    out, err = site.said("purge", "guild", str(HERE), "--yes", "--why", "we left")
    assert site.messages() == {1006}
    assert "  jobs      those that wait or run there end" in err
    assert "deleting rows" in err
    first, *table = out.splitlines()
    assert first.startswith("purge 1 of guild Ada's place (7) is done, in ")
    assert [line.split() for line in table] == [
        ["before", "deleted", "left"],
        ["clips", "5", "5", "0"],
        ["messages", "5", "5", "0"],
        ["pictures", "5", "5", "0"],
        ["authors", "-", "1", "-"],
        ["files", "-", "5", "0"],
    ]
    assert site.rows("select name from guilds order by guild_id") == [(None,), ("Elsewhere",)]
    assert site.rows("select count(*) from file_outbox") == [(0,)]
    out, _ = site.said("audit", "list", "--json")
    (noted,) = map(json.loads, out.splitlines())
    assert (noted["action"], noted["what"], noted["why"], noted["count"]) == (
        "purge guild", "guild 7", "we left", 5,
    )  # fmt: skip
    out, _ = site.said("purge", "list")
    assert out.splitlines()[1].split()[0] == "1"
    assert out.splitlines()[1].endswith("guild 7")
    # Nothing is there: nobody is asked, and it counts all the same.
    out, _ = site.said("purge", "guild", str(HERE))
    assert "  clips          0        0     0" in out


def test_a_channel_goes_with_its_threads(site: Site) -> None:
    link = f"https://discord.com/channels/{HERE}/{MEMES}"
    out, _ = site.said("purge", "channel", link, "--yes", "--json")
    told = json.loads(out)
    assert site.messages() == {1005, 1006}
    assert (told["scope"], told["channel_id"], told["stage"]) == ("channel", str(MEMES), "done")
    assert told["found"] == {"clips": 4, "messages": 4, "pictures": 4}
    assert told["deleted"] == {**told["found"], "authors": 0, "files": 4}
    assert told["left"] == {"clips": 0, "messages": 0, "pictures": 0}
    assert site.rows("select count(*) from channels where purged_at is not null") == [(1,)]


def test_messages_go_by_links_and_ids(site: Site) -> None:
    link = f"https://discord.com/channels/{HERE}/{MEMES}/1001"
    out, _ = site.said("purge", "message", link, "1003", "--yes")
    assert out.startswith("purge 1 of 2 messages of channel #memes (70) is done, in ")
    assert site.messages() == ALL - {1001, 1003}
    _, err = site.said("purge", "message", "1002", "1004", "--yes", code=2)
    assert "the messages are of several channels (70, 71)" in err
    _, err = site.said("purge", "message", "1009", "--yes", code=2)
    assert "none of these messages is on record" in err
    out, _ = site.said("purge", "message", "1009", "--channel", "a thread")
    assert out.startswith("purge 2 of message 1009 of thread #a thread (71) is done, in ")
    assert site.messages() == ALL - {1001, 1003}


def test_nobody_is_there_to_ask(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = site.all()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    _, err = site.said("purge", "message", "1001", code=2)
    assert "nothing was changed: there is 1, and nobody to ask; give --yes to delete them" in err
    monkeypatch.setattr(sys, "stdin", Terminal("yes\n"))
    _, err = site.said("purge", "guild", "7", code=2)
    assert "type 5 to purge it for good: clipsaver: nothing was changed: that was not 5" in err
    assert site.all() == before
    monkeypatch.setattr(sys, "stdin", Terminal("1\n"))
    site.said("purge", "message", "1001")
    assert site.messages() == ALL - {1001}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["guild", "Adas place"], "GUILD Adas place: there is no guild of that name or id on "
         "record; did you mean Ada's place?"),
        (["channel", "memes"], "CHANNEL memes: several channels are called that"),
        (["channel", str(CATEGORY)], "corner (60) is a category: it holds no messages"),
        (["author", "nobody"], "AUTHOR nobody: there is no author of that name or id on record"),
        (["message", "x"], "x: neither the id of a message nor a link to one"),
    ],
)  # fmt: skip
def test_what_is_not_one_thing_is_not_purged(site: Site, words: list[str], said: str) -> None:
    _, err = site.said("purge", *words, "--yes", code=2)
    assert said in err
    assert site.messages() == ALL


def test_the_storage_is_away_and_comes_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the stream away, too, which is no obstacle."""
    monkeypatch.setenv("REDIS_URL", AWAY)
    site.pictures.rename("unmounted")
    out, err = site.said("purge", "channel", str(THREAD), "--yes", code=3)
    assert "without a record in the audit; which jobs were pushed before is told by the" in err
    assert out.startswith(
        "purge 1 of thread #a thread (71) of Ada's place (7) has deleted all rows"
    )
    assert "  1 file waits: " in out
    assert "pictures: there is no such folder on this machine" in out
    assert "purge 1 is not over; workers go on with it" in out
    assert site.rows("select count(*) from clips where channel_id = 71") == [(0,)]
    out, _ = site.said("purge", "list")
    assert "0 of 1  deleting files  channel 71" in out
    Path("unmounted").rename("pictures")
    out, _ = site.said("purge", "resume", "--json")
    (told,) = json.loads(out)["purges"]
    assert (told["stage"], told["deleted"]["files"], told["files_left"]) == ("done", 1, 0)
    assert site.messages() == ALL - {1004}
    assert site.said("purge", "resume") == ("no purge is open\n", "")


def test_workers_are_left_to_it(site: Site) -> None:
    out, _ = site.said("purge", "author", "@bo", "--yes", "--no-wait")
    assert out.startswith(f"purge 1 of author Bo ({BO}) in all guilds is written down; workers")
    assert site.messages() == ALL
    assert site.rows("select stage, asked_by, author_id from purges") == [("fence", "command", BO)]
    assert site.rows("select count(*) from opt_outs") == [(1,)]
    out, err = site.said("purge", "author", str(BO))
    assert err.startswith(f"purge 1 of author Bo ({BO}) in all guilds was asked for at ")
    assert "is not over: this goes on with it" in err
    assert out.startswith("purge 1 of ")
    assert site.messages() == ALL - {1003, 1005}
    assert site.rows("select author_id from purges") == [(None,)]


def test_who_agreed_to_a_purge_whose_files_wait_is_asked_again(site: Site) -> None:
    """Jobs go on there by then, and may have stored what nobody agreed to lose."""
    site.said("purge", "guild", "7", "--yes", "--no-wait")
    site.rows("update purges set stage = 'files'")
    _, err = site.said("purge", "guild", "7", code=2)
    assert "purge 1 of guild Ada's place (7) was asked for at " in err
    assert "nothing was changed: there are 5, and nobody to ask" in err
    assert site.messages() == ALL
    site.said("purge", "guild", "7", "--yes")
    assert site.messages() == {1006}


@contextmanager
def held(site: Site, message_id: int) -> Iterator[psycopg.Connection]:
    """Whoever wants to delete the message's clip waits here."""
    with psycopg.connect(site.url) as connection:
        connection.execute("set search_path to clipsaver")
        connection.execute("select from clips where message_id = %s for update", [message_id])
        yield connection


def begun(site: Site, *words: str) -> subprocess.Popen[str]:
    """A process of its own that does it, once it waits for who holds the clip."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clipsaver", *words],
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = %s"
    name = site.url.partition("@/")[2].partition("?")[0]
    deadline = time.monotonic() + 30
    while site.rows(waits, name) != [(1,)]:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_what_is_interrupted_or_killed_is_gone_on_with(site: Site) -> None:
    with held(site, 1003):
        process = begun(site, "purge", "guild", "7", "--yes")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (130, "")
        assert "purge 1 is not over; workers go on with it, and so does clipsaver purge" in err
        assert err.endswith("clipsaver: interrupted\n")
        assert "Traceback" not in err
        # Any worker may go on with it at once.
        assert site.rows("select driven_by, driven_until from purges") == [(None, None)]
        process = begun(site, "purge", "resume")
        process.kill()
        process.communicate(timeout=30)
    assert site.rows("select stage from purges") == [("rows",)]
    out, err = site.said("purge", "guild", "7")
    assert "is not over: this goes on with it" in err
    assert site.messages() == {1006}
    assert site.rows("select clips, files, stage from purges") == [(5, 5, "done")]


def test_a_database_that_fails_in_the_middle(site: Site) -> None:
    site.rows("""
        create function clipsaver.fail() returns trigger language plpgsql as
        $$ begin raise 'out of room' using errcode = 'disk_full'; end $$;
        create trigger fail before delete on clips for each row execute function clipsaver.fail()
    """)
    _, err = site.said("purge", "guild", "7", "--yes", code=3)
    assert "purge 1 is not over; workers go on with it" in err
    assert "its disk is full; make room there" in err
    site.rows("drop trigger fail on clips")
    site.said("purge", "resume")
    assert site.messages() == {1006}


def test_what_came_back_is_no_success(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that was pushed after the purge was asked for may store again."""
    carried_out = doing.carry_out

    async def and_then(*arguments: object, **named: object) -> object:
        done = await carried_out(*arguments, **named)  # type: ignore[arg-type]
        monkeypatch.setattr(doing, "counted", counted)
        return done

    async def counted(*_: object) -> object:
        return doing.PurgeCounts(clips=1, messages=1)

    monkeypatch.setattr(doing, "carry_out", and_then)
    out, _ = site.said("purge", "channel", str(ELSEWHERE), "--yes", code=1)
    assert "what is left was stored since by a job" in out
