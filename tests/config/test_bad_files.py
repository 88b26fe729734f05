"""Each file in `bad/` is named after its mistake and says at its top every problem to expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.config import Folders, load
from clipsaver.errors import ConfigError, ExitCode

BAD = sorted((Path(__file__).parent / "bad").glob("*.toml"))
EXPECT = "# expect: "


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_is_reported_once_and_no_other(path: Path, tmp_path: Path) -> None:
    folders = Folders(data=tmp_path / "data", config=tmp_path / "config", home=tmp_path)
    lines = path.read_text().splitlines()
    expected = [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]
    assert expected

    with pytest.raises(ConfigError) as caught:
        load(path, {}, tmp_path, folders=folders)

    found = [f"{problem.key}: {problem.message}" for problem in caught.value.problems]
    assert found == [text.replace("{folder}", str(path.parent)) for text in expected]
    assert {problem.where for problem in caught.value.problems} == {str(path)}
    assert caught.value.exit_code == ExitCode.USAGE
