"""A bucket on a real server, and what is said where that refuses or is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from clipsaver.config.storage_url import BucketPlace
from clipsaver.errors import Handling
from clipsaver.thumbnails.errors import (
    StorageDenied,
    StorageFull,
    StorageTrouble,
    StorageUnavailable,
)
from clipsaver.thumbnails.storage import S3Access, Storage, key_of, open_storage
from clipsaver.thumbnails.storage.bucket import _endpoint
from clipsaver.thumbnails.storage.verdicts import is_missing_picture, of_bucket
from tests.thumbnails.storage.s3_server import S3Server

KEY = key_of("14-15", "small", 0x1F)


async def refused(place: str, access: S3Access) -> StorageTrouble:
    """What each way of using it ends with; all of them have to agree."""
    said = set()
    async with open_storage(place, access) as storage:
        for attempt in (
            lambda: storage.put(KEY, b"picture", "image/webp"),
            lambda: storage.read(KEY),
            lambda: storage.delete(KEY),
            storage.prove,
        ):
            with pytest.raises(StorageTrouble) as caught:
                await attempt()
            said.add((type(caught.value), caught.value.obstacle))
    assert len(said) == 1, said
    assert caught.value.handling is Handling.WAIT
    return caught.value


async def test_the_keys_are_those_of_a_folder(s3: S3Server) -> None:
    place = s3.new_place()
    async with open_storage(place, s3.access) as storage:
        await storage.put(KEY, b"picture", "image/webp")
    file = s3.bucket.parent / place.removeprefix("s3://") / KEY
    assert file.read_bytes() == b"picture"


async def test_a_picture_is_served_as_one_that_never_changes(s3: S3Server) -> None:
    import obstore

    async with open_storage(s3.new_place(), s3.access) as storage:
        await storage.put(KEY, b"picture", "image/webp")
        found = obstore.get(storage._store, KEY).attributes
    assert found["Content-Type"] == "image/webp"


async def test_an_unknown_key_is_told(s3: S3Server) -> None:
    access = replace(s3.access, access_key_id="AKIAEXAMPLEKEY000002")
    error = await refused(s3.new_place(), access)
    assert isinstance(error, StorageDenied)
    assert "correct s3.access_key_id (HTTP 403 InvalidAccessKeyId)" in str(error)


async def test_a_wrong_secret_is_told_and_not_shown(s3: S3Server) -> None:
    error = await refused(s3.new_place(), replace(s3.access, secret_access_key="not-the-secret"))
    assert isinstance(error, StorageDenied)
    assert "correct s3.secret_access_key" in str(error)
    assert "not-the-secret" not in str(error) + repr(s3.access)
    assert s3.access.secret_access_key not in repr(s3.access)


async def test_a_missing_bucket_is_told_from_a_missing_picture(s3: S3Server) -> None:
    error = await refused("s3://no-such-bucket", s3.access)
    assert isinstance(error, StorageDenied)
    assert "s3://no-such-bucket: there is no such bucket" in str(error)


async def test_a_server_that_is_away_is_told(s3: S3Server) -> None:
    error = await refused(s3.new_place(), replace(s3.access, endpoint="http://127.0.0.1:1"))
    assert isinstance(error, StorageUnavailable)
    assert "is it running, and is s3.endpoint right?" in str(error)


async def test_keys_of_the_environment_are_taken_where_none_are_set(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container's or a service's role comes the same way."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.access.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.access.secret_access_key)
    access = replace(s3.access, access_key_id="", secret_access_key="")
    async with open_storage(s3.new_place(), access) as storage:
        await storage.prove()


@pytest.mark.parametrize(
    ("use", "request_line"),
    [
        (lambda storage: storage.put(KEY, b"picture", "image/webp"), f"PUT /pictures/{KEY} "),
        (lambda storage: storage.read(KEY), f"GET /pictures/{KEY} "),
        # The other kind of request, for many pictures at once, is one that few servers know.
        (lambda storage: storage.delete(KEY), f"DELETE /pictures/{KEY} "),
    ],
    ids=["put", "read", "delete"],
)
async def test_each_is_one_plain_request_and_ends_at_once_when_cancelled(
    s3: S3Server, use: Callable[[Storage], Awaitable[object]], request_line: str
) -> None:
    listener = trio.socket.socket()
    await listener.bind(("127.0.0.1", 0))
    listener.listen()  # it takes the request and never answers
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with open_storage("s3://pictures", replace(s3.access, endpoint=endpoint)) as storage:
        with trio.fail_after(10):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(use, storage)
                connection, _ = await listener.accept()
                assert (await connection.recv(1000)).decode().startswith(request_line)
                nursery.cancel_scope.cancel()
    connection.close()
    listener.close()


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    [
        (StorageFull, "status code: 507 Insufficient Storage: ", "no space is left"),
        (StorageFull, "status code: 403 F: <Code>QuotaExceeded</Code>", "no space is left"),
        (StorageFull, "status code: 500 I: <Code>XMinioStorageFull</Code>", "no space is left"),
        (StorageDenied, "status code: 403 F: <Code>AccessDenied</Code>", "allow it s3:PutObject"),
        (StorageDenied, "status code: 403 Forbidden: ", "allow it s3:PutObject"),
        (StorageDenied, "status code: 403 F: <Code>RequestTimeTooSkewed</Code>", "clock is wrong"),
        (StorageDenied, "status code: 301 M: <Code>PermanentRedirect</Code>", "correct s3.region"),
        (StorageDenied, "PUT http://169.254.169.254/latest/api/token in 1s", "no keys are set"),
        (StorageUnavailable, "status code: 503 S: <Code>SlowDown</Code>", "cannot serve now"),
        (StorageUnavailable, "status code: 429 Too Many", "cannot serve now"),
        (StorageUnavailable, "status code: 405 Method Not Allowed: ", "is s3.endpoint right?"),
        (StorageUnavailable, "", "is it running"),
    ],
)
def test_answers_that_this_server_does_not_give(
    kind: type[StorageTrouble], said: str, words: str
) -> None:
    """In the words of the library; the codes are those of the servers' own manuals."""
    error = of_bucket(said, "s3://b")
    assert type(error) is kind
    assert words in str(error)
    assert str(error).startswith("s3://b: ")


def test_a_404_without_a_code_is_of_the_picture() -> None:
    assert is_missing_picture("status code: 404 Not Found: ")
    assert not is_missing_picture("status code: 404 Not Found: <Code>NoSuchBucket</Code>")


def test_the_bucket_is_in_the_hosts_name_where_it_is_wanted_there() -> None:
    place = BucketPlace("pictures", "")
    access = S3Access("https://oss.example:9000/", path_style=False)
    assert _endpoint(place, access) == "https://pictures.oss.example:9000"
    assert _endpoint(place, replace(access, path_style=True)) == "https://oss.example:9000"
    assert _endpoint(place, S3Access(path_style=False)) == ""


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    """In an interpreter of its own: this one has it loaded."""
    script = (
        "import sys, trio\n"
        "sys.modules['obstore'] = sys.modules['obstore.store'] = None\n"
        "from clipsaver.thumbnails.storage import open_storage\n"
        "async def main():\n"
        "    async with open_storage(sys.argv[1]) as storage:\n"
        "        await storage.prove()\n"
        "trio.run(main)\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def run(place: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script, place]
        return subprocess.run(command, capture_output=True, text=True, env=environ, check=False)

    assert 'pip install "clipsaver[cloud]"' in run("s3://pictures").stderr
    assert run(str(tmp_path)).returncode == 0
