"""`clipsaver config`: check, show and example."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from clipsaver.cli.main import main
from clipsaver.config import render


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder and home, and none of the variables that override."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "DISCORD_BOT_TOKEN", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("DATABASE_URL", "DB_TYPE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_check_says_which_file_is_ok(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check"]) == 0
    said = "the configuration is ok: no file, only defaults and the environment\n"
    assert capsys.readouterr() == (said, "")

    (folder / "config.toml").touch()
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == f"the configuration is ok: {folder}/config.toml\n"


def test_check_prints_every_problem(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.toml").write_text("[redis]\nstreem = 'a'\n[worker]\nslice = 'a'")
    assert main(["config", "check", "--config", "mine.toml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "clipsaver: mine.toml: redis.streem: there is no such key; did you mean redis.stream?",
        "clipsaver: mine.toml: worker.slice: expected a number above 0 and at most 604,800, "
        'got "a"',
    ]


def test_show_tells_values_and_origins_without_secrets(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "config.toml").write_text('[discord]\ntoken = "secret-token"\n[runs]\nkeep_days = 7')
    (folder / ".env").write_text("REDIS_URL=redis://:hunter2@h/0")
    monkeypatch.setenv("DATABASE_URL", "host=h password='hunter 3' dbname=d")
    assert main(["config", "show"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert not any(secret in out for secret in ("secret-token", "hunter"))
    shown = {
        line.partition("#")[0].strip(): line.partition("# ")[2]
        for line in out.splitlines()
        if "#" in line
    }
    assert shown['token = "••••"'] == "config.toml"
    assert shown["keep_days = 7"] == "config.toml"
    assert shown['url = "redis://:••••@h/0"'] == ".env: REDIS_URL"
    assert shown['url = "host=h password=•••• dbname=d"'] == "environment variable DATABASE_URL"
    assert shown["lease_seconds = 15"] == "default"
    assert tomllib.loads(out)["data_dir"].startswith(str(folder / "home"))


def test_example_can_be_used_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "example"]) == 0
    (folder / "config.toml").write_text(capsys.readouterr().out)
    assert (folder / "config.toml").read_text() == render.example()
    assert main(["config", "check"]) == 0
