"""`clipsaver privacy optout`, `optin` and `status`, on a real database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from clipsaver.database import open_database
from tests.cli.purge_stage import (
    ADA,
    ELSEWHERE,
    HERE,
    THERE,
    Site,
    filled_database,
    site_of,
)
from tests.database.making import a_clip, a_page, add_run

ALL = {1001, 1002, 1003, 1004, 1005, 1006}
NEVER_SEEN = 397177100697600099


@pytest.fixture(scope="module")
def template(postgres_dsn: str) -> Iterator[str]:
    yield from filled_database(postgres_dsn, "opted")


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


def status(site: Site, author: int) -> dict[str, object]:
    return json.loads(site.said("privacy", "status", str(author), "--json")[0])


def test_who_opts_out_goes_and_does_not_come_back_until_they_opt_in(site: Site) -> None:
    _, err = site.said("privacy", "optout", "@ada", "--yes")
    assert f"off it: clipsaver privacy optin {ADA}" in err
    assert site.messages() == {1003, 1005}
    assert str(ADA) not in repr([row for rows in site.all().values() for row in rows])
    out, _ = site.said("privacy", "status", str(ADA))
    first, opted_out, stored = out.splitlines()
    assert first == f"author {ADA}"
    assert opted_out.startswith("  opted out  in all guilds, since 20")
    assert stored == "  stored     nothing"
    assert json.loads(site.said("privacy", "export", str(ADA))[0])["preamble"]["opted_out"][0][
        "guild_id"
    ] is None  # fmt: skip
    post(site, 1007)
    assert site.rows("select count(*) from clips where author_id = %s", ADA) == [(0,)]
    out, _ = site.said("privacy", "optin", str(ADA))
    assert "is off the list, in all guilds: what they post from now on is stored again" in out
    assert "clipsaver push rescan --guild GUILD --channel CHANNEL" in out
    assert status(site, ADA)["opted_out"] == []
    post(site, 1008)
    assert site.rows("select message_id from clips where author_id = %s", ADA) == [(1008,)]
    out, _ = site.said("audit", "list", "--json")
    noted = [json.loads(line) for line in out.splitlines()]
    assert [(one["action"], one["what"]) for one in noted] == [
        ("privacy optin", "an author in all guilds"),
        ("privacy optout", "an author in all guilds"),
    ]
    assert str(ADA) not in out


def test_nobody_goes_for_having_the_id_of_somebody_else_as_a_name(site: Site) -> None:
    site.rows("update authors set global_name = %s where author_id = %s", str(NEVER_SEEN), ADA)
    site.said("privacy", "optout", str(NEVER_SEEN), "--yes")
    assert site.messages() == ALL
    assert status(site, NEVER_SEEN)["opted_out"] != []
    assert status(site, ADA)["opted_out"] == []


def post(site: Site, message_id: int) -> None:
    """As a worker stores it."""

    async def store() -> None:
        from clipsaver.database.opt_outs import read_marks
        from clipsaver.database.pages import commit_pages

        async with open_database(site.url, schema="clipsaver", pool_size=1) as database:
            writer = await database.connect_writer()
            run = f"s/{message_id}"
            await add_run(writer, run, channel_id=ELSEWHERE)
            found = await writer.execute("select epoch from channels where channel_id = 90")
            ((epoch,),) = await found.fetchall()
            clip = a_clip(message_id, author_id=ADA, channel_id=ELSEWHERE)
            page = a_page(run, 1, clip, channel_id=ELSEWHERE, guild_id=THERE, epoch=epoch)
            marks = await read_marks(writer)
            await commit_pages(writer, marks, [page])
            await writer.close()

    trio.run(store)


def test_in_one_guild_alone(site: Site) -> None:
    site.said("privacy", "optout", str(ADA), "--guild", "ada's place", "--yes")
    assert site.messages() == {1003, 1005, 1006}
    told = status(site, ADA)
    assert [one["guild_id"] for one in told["opted_out"]] == [str(HERE)]  # type: ignore[attr-defined]
    assert told["stored"] == {"clips": 1, "messages": 1, "pictures": 1}
    out, _ = site.said("privacy", "optin", str(ADA), "--guild", str(THERE))
    assert out == f"author {ADA} was not on the list of those who opted out in guild {THERE}\n"
    # Nothing is stored of somebody: nobody is asked.
    site.said("privacy", "optout", str(NEVER_SEEN))
    site.said("privacy", "optout", str(NEVER_SEEN), "--guild", str(HERE))
    out, _ = site.said("privacy", "optin", str(NEVER_SEEN), "--guild", str(HERE))
    assert out == (
        f"author {NEVER_SEEN} is off the list, in guild {HERE}\n"
        "they are not stored all the same: they opted out in all guilds; clipsaver privacy optin "
        f"{NEVER_SEEN}\n"
    )
    site.said("privacy", "optin", str(ADA))
    assert site.rows("select count(*) from opt_outs") == [(1,)]


def test_nobody_opts_in_while_they_are_purged(site: Site) -> None:
    site.said("purge", "author", str(ADA), "--yes", "--no-wait")
    _, err = site.said("privacy", "optin", str(ADA), code=2)
    assert "purge 1 of this person is not over; wait for it" in err
    assert status(site, ADA)["open_purges"] == [1]
    assert site.rows("select count(*) from opt_outs") == [(1,)]
    told = json.loads(site.said("privacy", "export", str(ADA))[0])
    assert [one["author_id"] for one in told["purges"]] == [str(ADA)]
    site.said("purge", "resume")
    assert json.loads(site.said("privacy", "export", str(ADA))[0])["purges"] == []


def test_what_holds_for_everybody(site: Site) -> None:
    """And which key the list has: looking makes none."""
    site.rows("update guilds set left_at = now() where guild_id = %s", THERE)
    out, _ = site.said("privacy", "status")
    assert "  key        none was needed yet" in out
    assert f"  left       guild Elsewhere ({THERE}), on 20" in out
    assert status(site, ADA)["opted_out"] == []
    assert site.rows("select count(*) from opt_out_key") == [(0,)]
    with Path("config.toml").open("a") as file:
        file.write('[privacy]\nkey = "a key of our own"\ncontent_days = 90\n')
    site.said("privacy", "optout", str(NEVER_SEEN))
    told = json.loads(site.said("privacy", "status", "--json")[0])
    assert (told["opt_outs"], told["key"]) == (1, "configured")
    assert told["settings"]["content_days"] == 90
    assert told["left_guilds"][0]["guild_id"] == str(THERE)
    assert len(status(site, NEVER_SEEN)["opted_out"]) == 1  # type: ignore[arg-type]
    config = Path("config.toml").read_text()
    Path("config.toml").write_text(config.replace("our own", "another"))
    assert "another than this configuration's" in site.said("privacy", "status")[0]
    for words in (["status", str(ADA)], ["optin", str(ADA)], ["optout", str(ADA), "--yes"]):
        _, err = site.said("privacy", *words, code=2)
        assert "people opted out under another privacy.key than this one" in err
    assert site.messages() == ALL
