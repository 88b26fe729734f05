"""The command, where nothing can be looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipsaver.cli.main import main


def test_mistakes_of_the_configuration_are_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REDIS_URL", raising=False)
    (tmp_path / "config.toml").write_text("[discord]\ntokn = 1\n[redis]\nurl = 2\n")
    assert main(["doctor", "--json"]) == 2
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (err, told["exit_code"], told["scan_would_work"]) == ("", 2, False)
    assert [one["check"] for one in told["findings"]] == ["configuration"] * 2
    assert main(["doctor"]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "a scan would not work: 2 problems"
