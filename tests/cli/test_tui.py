"""`clipsaver tui` before anything is drawn: what it needs, and keys that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.cli.main import main
from clipsaver.config import TuiConfig
from clipsaver.terminal_text import shows_blocks
from clipsaver.tui.run import Asked, KeptLines, settings_of


def test_without_a_terminal_it_says_what_there_is_for_scripts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    assert main(["tui", "--demo"]) == 2
    assert "needs a terminal" in capsys.readouterr().err


@pytest.mark.parametrize("tick", ["0.1", "31", "x"])
def test_a_tick_out_of_range_is_refused(tick: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tui", "--tick", tick]) == 2
    assert "seconds from 0.25 to 30" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["config", "check"], ["tui", "--demo"]])
def test_a_key_of_an_action_that_there_is_not_is_refused_with_the_nearest(
    command: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEXTUAL_DRIVER", "a browser's")
    file = tmp_path / "config.toml"
    wrong = '[tui.keys]\npending.dorp = "f8"\n"app.help" = "f77"\n[worker]\nslice = "x"\n'
    file.write_text(wrong)
    assert main([*command, "--config", str(file)]) == 2
    said = capsys.readouterr().err
    assert "there is no action pending.dorp; did you mean pending.drop?" in said
    assert "f77" in said
    assert "worker.slice" in said, "all problems at once"
    file.write_text('[tui.keys]\npending.drop = "f8"\n')
    assert main(["config", "check", "--config", str(file)]) == 0


def test_options_come_before_the_configuration() -> None:
    utf8 = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
    config = TuiConfig(read_only=True, theme="light", tick=5, ascii="off", keys={"a": "b"})
    settings = settings_of(config, Asked(), utf8)
    assert (settings.theme, settings.tick_s, settings.is_ascii) == ("light", 5, False)
    assert settings.why_read_only == "[tui] read_only is set"
    assert settings.keys == {"a": "b"}
    asked = Asked(theme="dark", tick_s=0.5, is_ascii=True, read_only=True, screen="dead")
    settings = settings_of(config, asked, utf8)
    assert (settings.theme, settings.tick_s, settings.is_ascii) == ("dark", 0.5, True)
    assert settings.why_read_only == "--read-only was given"
    assert settings.first == "dead"


@pytest.mark.parametrize(
    ("term", "encoding", "is_enough"),
    [("xterm-256color", "UTF-8", True), ("linux", "UTF-8", False), ("xterm", "ascii", False)],
)
def test_blocks_are_drawn_where_they_can_be_expected(
    term: str, encoding: str, is_enough: bool
) -> None:
    assert shows_blocks({"TERM": term}, encoding) is is_enough


def test_of_what_was_logged_the_last_lines_are_kept() -> None:
    kept = KeptLines()
    for number in range(500):
        kept.write(f"{number}\n")
    lines = kept.getvalue().splitlines()
    assert lines[-1] == "499"
    assert len(lines) == 100
