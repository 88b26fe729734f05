"""Pictures in a bucket of Amazon S3, or of what speaks its protocol.

obstore does the talking: one wheel without dependencies, kept by a company that needs it, over the
object_store of Apache Arrow. Its asynchronous half needs asyncio; its blocking half lets go of the
interpreter while it waits, so threads of Trio's are all that it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import trio

from clipsaver.config.storage_url import BucketPlace
from clipsaver.thumbnails.errors import StorageUnavailable
from clipsaver.thumbnails.storage.access import S3Access
from clipsaver.thumbnails.storage.keys import checked
from clipsaver.thumbnails.storage.probe import prove
from clipsaver.thumbnails.storage.verdicts import is_missing_picture, of_bucket

if TYPE_CHECKING:
    from obstore.store import S3Store

_T = TypeVar("_T")
_AT_ONCE = 16
"""Requests; each waits in a thread."""
_ATTEMPT = timedelta(seconds=20)
"""What one request for a picture of some kilobytes may take in all."""
_RETRIES = 2
"""Of a connection that fails and of a 5xx, within one call."""


class Bucket:
    """A part of a bucket; made by `open_bucket`."""

    def __init__(self, place: BucketPlace, store: S3Store) -> None:
        self._place = place
        self._store = store
        self._threads = trio.CapacityLimiter(_AT_ONCE)

    @property
    def place(self) -> str:
        return str(self._place)

    def where(self, key: str) -> str:
        return f"{self._place}/{checked(key)}"

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        await self._do(partial(_put, self._store, checked(key), content, content_type))

    async def read(self, key: str) -> bytes | None:
        return await self._do(partial(_read, self._store, checked(key)))

    async def delete(self, key: str) -> None:
        await self._do(partial(_delete, self._store, checked(key)))

    async def prove(self) -> None:
        await prove(self)

    async def _do(self, work: Callable[[], _T]) -> _T:
        # Abandoned when cancelled: a request may take its time.
        from obstore.exceptions import BaseError

        try:
            return await trio.to_thread.run_sync(
                work, limiter=self._threads, abandon_on_cancel=True
            )
        except (BaseError, OSError) as error:
            raise of_bucket(str(error), self.place) from error


def open_bucket(place: BucketPlace, access: S3Access) -> Bucket:
    """Asks nothing of the server yet. Raises StorageUnavailable where obstore is not installed."""
    try:
        from obstore.store import S3Store
    except ImportError:
        raise StorageUnavailable(
            f"{place}: for a bucket obstore is needed; install it with "
            'pip install "clipsaver[cloud]", or name a folder in thumbnails.storage'
        ) from None
    store = S3Store(
        place.bucket,
        prefix=place.prefix or None,
        config=_config(place, access),
        client_options={
            "allow_http": access.endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": _ATTEMPT,
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": _ATTEMPT},
    )
    return Bucket(place, store)


def _config(place: BucketPlace, access: S3Access) -> Any:
    """What is not given is left to the library, which looks where Amazon's own tools do."""
    given = {
        "endpoint": _endpoint(place, access),
        "region": access.region,
        "access_key_id": access.access_key_id,
        "secret_access_key": access.secret_access_key,
        "session_token": access.session_token,
    }
    return {
        **{name: value for name, value in given.items() if value},
        "virtual_hosted_style_request": not access.path_style,
        # One request for each picture, which every server knows; the other kind few do.
        "disable_bulk_delete": True,
    }


def _endpoint(place: BucketPlace, access: S3Access) -> str:
    """With the bucket in the host's name where it belongs there: the library puts it only there."""
    endpoint = access.endpoint.rstrip("/")
    if access.path_style or not endpoint:
        return endpoint
    parts = urlsplit(endpoint)
    return parts._replace(netloc=f"{place.bucket}.{parts.netloc}").geturl()


def _put(store: S3Store, key: str, content: bytes, content_type: str) -> None:
    import obstore

    # In one request, which stores all of it or nothing. Nothing is ever stored under a key twice,
    # so whoever shows a picture may keep it.
    obstore.put(
        store,
        key,
        content,
        attributes={
            "Content-Type": content_type,
            "Cache-Control": "public, max-age=31536000, immutable",
        },
        use_multipart=False,
    )


def _read(store: S3Store, key: str) -> bytes | None:
    import obstore

    try:
        return bytes(obstore.get(store, key).bytes())
    except FileNotFoundError as error:
        if is_missing_picture(str(error)):
            return None
        raise


def _delete(store: S3Store, key: str) -> None:
    import obstore

    try:
        obstore.delete(store, key)
    except FileNotFoundError as error:
        if not is_missing_picture(str(error)):
            raise
