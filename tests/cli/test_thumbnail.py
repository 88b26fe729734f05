"""`clipsaver thumbnail`: a file by hand, what is written, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipsaver.cli.main import main
from clipsaver.cli.thumbnail_files import PictureFiles
from clipsaver.cli.thumbnail_text import attempt_lines, name_of
from clipsaver.errors import UsageError
from clipsaver.thumbnails.by_hand import Attempt, Spent
from clipsaver.thumbnails.decoder.layers.layer import LayerState
from clipsaver.thumbnails.decoder.layers.probe import Isolation
from clipsaver.thumbnails.decoder.webp import size_of
from clipsaver.thumbnails.errors import MediaGone
from clipsaver.thumbnails.ladder import Source
from clipsaver.thumbnails.picture.found import Cost, Facts, Picture, Still
from tests.thumbnails.videos import Video, made

STILL = Still(320, 180, b"webp")
FACTS = Facts("video/mp4", "h264", 1080, 1920, 1920, 1080, 12.345, 59.94, is_hdr=True)
PICTURE = Picture(STILL, STILL, 1.02, is_flat=False, facts=FACTS, cost=Cost(3, 9, 2))
ISOLATION = Isolation(
    (
        LayerState("landlock", is_on=True, words="no file"),
        LayerState("user", is_on=False, words="?"),
    ),
    ("network",),
)
SPENT = Spent(3, 312_456, 0.21, 0.9, 0.14, 62_000_000)


@pytest.fixture(autouse=True)
def _nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration, no token."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("DISCORD_BOT_TOKEN", "REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_file_gives_two_pictures_which_are_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clip.mp4").write_bytes(made(Video(size=(640, 360))))
    assert main(["thumbnail", "clip.mp4", "-o", "out", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["facts"]["codec"] == "h264"
    assert told["error"] is None
    assert told["cost"]["requests"] >= 1
    assert told["cost"]["frames"] >= 1
    sizes = {one["size"]: size_of(Path(one["path"]).read_bytes()) for one in told["pictures"]}
    assert sizes == {"small": (320, 180), "large": (640, 360)}
    assert {one.name for one in Path("out").iterdir()} == {"clip-large.webp", "clip-small.webp"}
    before = (tmp_path / "out" / "clip-small.webp").stat()
    assert main(["thumbnail", "clip.mp4", "-o", "out"]) == 2
    assert "--force writes over it" in capsys.readouterr().err
    assert (tmp_path / "out" / "clip-small.webp").stat() == before


def test_what_is_no_video_is_told_by_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.mp4").write_text("<html>" * 100)
    assert main(["thumbnail", "page.mp4"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[1].startswith("  no picture  broken: ")
    assert [one.name for one in tmp_path.iterdir()] == ["page.mp4"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.mp4"], "nothing.mp4 cannot be read: No such file"),
        (["--source", "discord", "a.mp4"], "does not have"),
    ],
)
def test_what_cannot_be_done(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["thumbnail", *words]) == 2
    assert said in capsys.readouterr().err


def test_force_writes_over_and_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    for path in PictureFiles(tmp_path, "a", force=False).write(PICTURE).values():
        path.write_bytes(b"old")
    with pytest.raises(UsageError, match="is there already"):
        PictureFiles(tmp_path, "a", force=False).write(PICTURE)
    with pytest.raises(UsageError, match="is there already"):
        PictureFiles(tmp_path, "a", force=False).check()
    PictureFiles(tmp_path, "a", force=True).check()
    paths = PictureFiles(tmp_path, "a", force=True).write(PICTURE)
    assert {path.read_bytes() for path in paths.values()} == {b"webp"}
    paths["small"].unlink()
    paths["small"].mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        PictureFiles(tmp_path, "a", force=True).write(PICTURE)


@pytest.mark.parametrize(
    ("clip", "name"),
    [
        ("a/b/clip.final.mp4", "clip.final"),
        ("https://h/attachments/1/2/my%20clip.mp4?ex=1&hm=2", "my clip"),
        ("https://h/a%2F..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://h/%2e%2e", "clip"),
        ("https://h/a%1b%5b31m.mp4", "a"),
        ("https://h/", "h"),
        ("/", "clip"),
        ("x" * 300 + ".mp4", "x" * 100),
    ],
)
def test_names_are_harmless(clip: str, name: str) -> None:
    assert name_of(clip) == name


def test_what_is_said_of_a_picture() -> None:
    attempt = Attempt(ISOLATION, SPENT, PICTURE, Source.DECODE)
    lines = list(
        attempt_lines(
            "https://h/c\x07.mp4?hm=secret", attempt, {"small": Path("c.webp")}, verbose=True
        )
    )
    assert lines == [
        "https://h/c.mp4",
        "  clip         video/mp4, h264, 1080x1920 (stored as 1920x1080), 12.35 s, "
        "59.94 frames a second, HDR",
        "  picture      decoded here, of 1.02 s",
        "  it took      3 requests, 312,456 bytes, 2 frames, 210 ms, after 900 ms until decoders "
        "were ready",
        "  decoder      140 ms of CPU, 62 MB of memory at most",
        "  small        c.webp, 320x180, 4 bytes",
        "  landlock on  no file",
        "  user OFF     ?",
        "  reaches      network",
    ]


def test_what_is_said_where_there_is_none() -> None:
    attempt = Attempt(ISOLATION, SPENT, error=MediaGone("x"), words="gone\x1b")
    lines = list(attempt_lines("a.mp4", attempt, {}, verbose=False))
    assert lines[1] == "  no picture  media_gone: gone"
    assert len(lines) == 4
