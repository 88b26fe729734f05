"""The folder of a gallery: what is written, what is left alone, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.errors import UsageError
from clipsaver.gallery.folder import MARKER, open_folder

OLD, NEW = (f"0{n}/1400000000000000000-{n}-small-1f.webp" for n in range(2))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "some" / "gallery"


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_a_new_folder_becomes_a_gallery_and_is_taken_up_again(root: Path) -> None:
    with open_folder(root, None) as folder:
        folder.write_picture(OLD, b"1234")
        folder.write_page(["<p>", "ä"])
    assert files(root) == {MARKER, "index.html", f"thumbnails/{OLD}"}
    assert (root / "index.html").read_text(encoding="utf-8") == "<p>ä"
    with open_folder(root, None) as folder:
        assert folder.has(OLD, 4)
        assert not folder.has(OLD, 5)  # cut off, or another one
        assert not folder.has(NEW, 4)
        folder.write_picture(NEW, b"12")
        assert folder.remove_others({NEW}) == 1
        assert folder.remove_others({NEW}) == 0
    assert files(root) == {MARKER, "index.html", f"thumbnails/{NEW}"}
    assert [path.name for path in (root / "thumbnails").iterdir()] == [NEW[:2]]


def test_what_is_not_ours_stays_and_what_was_left_unfinished_goes(root: Path) -> None:
    with open_folder(root, None) as folder:
        folder.write_picture(OLD, b"1")
    folder_of_old = (root / "thumbnails" / OLD).parent
    (folder_of_old / "notes.txt").write_text("mine")
    (folder_of_old / ".x.webp.part").write_text("half")
    (root / "CNAME").write_text("mine")
    with open_folder(root, None) as folder:
        folder.remove_others(set())
    assert files(root) == {MARKER, "CNAME", f"thumbnails/{OLD[:2]}/notes.txt"}


def test_a_folder_with_something_else_in_it_is_left_as_it_is(root: Path) -> None:
    root.mkdir(parents=True)
    (root / "index.html").write_text("my homepage")
    with pytest.raises(UsageError, match="is not empty and no gallery"), open_folder(root, None):
        pass
    assert files(root) == {"index.html"}
    page = root / "index.html"
    with pytest.raises(UsageError, match="it is no folder"), open_folder(page, None):
        pass


def test_only_one_writes_it_at_a_time(root: Path) -> None:
    with (
        open_folder(root, None),
        pytest.raises(UsageError, match="another clipsaver writes"),
        open_folder(root, None),
    ):
        pass
    with open_folder(root, None):
        pass


@pytest.mark.parametrize("inside", ["", "thumbnails", "deep/er"])
def test_originals_are_never_among_the_copies(root: Path, inside: str) -> None:
    with (
        pytest.raises(UsageError, match="keeps its thumbnails in"),
        open_folder(root, root / inside),
    ):
        pass
    with (
        pytest.raises(UsageError, match="keeps its thumbnails in"),
        open_folder(root / inside, root),
    ):
        pass
    assert not root.exists()


@pytest.mark.parametrize("link", ["thumbnails", f"thumbnails/{OLD[:2]}"])
def test_a_link_to_elsewhere_is_not_followed(root: Path, tmp_path: Path, link: str) -> None:
    with open_folder(root, None):
        pass
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    kept = elsewhere / Path(OLD).name
    kept.write_bytes(b"original")
    if link == "thumbnails":
        (root / link).rmdir()
    (root / link).symlink_to(elsewhere)
    with pytest.raises(UsageError, match="leads elsewhere"), open_folder(root, None):
        pass
    assert kept.read_bytes() == b"original"


def test_a_page_that_fails_halfway_leaves_the_one_that_was_there(root: Path) -> None:
    def breaks() -> object:
        yield "half"
        raise ZeroDivisionError

    with open_folder(root, None) as folder:
        folder.write_page(["whole"])
        with pytest.raises(ZeroDivisionError):
            folder.write_page(breaks())
    assert files(root) == {MARKER, "index.html"}
    assert folder.page.read_text() == "whole"


@pytest.mark.parametrize("key", ["../../evil.webp", "6f/../../evil.webp", "6f/a.html", "/a.webp"])
def test_a_key_that_is_none_is_no_path(root: Path, key: str) -> None:
    with open_folder(root, None) as folder, pytest.raises(ValueError, match="is not a key"):
        folder.write_picture(key, b"")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match=r"file.*cannot be written: Not a directory"),
        open_folder(tmp_path / "file" / "gallery", None),
    ):
        pass
