"""What a failure of a storage means, and what to do about it. Does no I/O."""

from __future__ import annotations

import errno
import re

from clipsaver.thumbnails.errors import (
    StorageDenied,
    StorageFull,
    StorageTrouble,
    StorageUnavailable,
)

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_PERMISSION = {errno.EACCES, errno.EPERM}
_IN_THE_WAY = {errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ELOOP}

_STATUS = re.compile(r"status code: ([0-9]{3})\b")
_CODE = re.compile(r"<Code>\s*([A-Za-z0-9]{1,60})\s*</Code>")
_FULL_CODES = {
    "InsufficientStorage",
    "QuotaExceeded",  # Ceph
    "XMinioAdminBucketQuotaExceeded",
    "XMinioStorageFull",
}
_NO_KEYS = "no keys are set and this machine has no role: set s3.access_key_id and the one below it"
_ADVICE = {
    "NoSuchBucket": "there is no such bucket; make it, or correct thumbnails.storage",
    "InvalidAccessKeyId": "it does not know the key; correct s3.access_key_id",
    "SignatureDoesNotMatch": "the secret is not that of the key; correct s3.secret_access_key",
    "ExpiredToken": "the session token has run out; get new keys",
    "InvalidToken": "the session token is not that of the key; correct s3.session_token",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
    "AuthorizationHeaderMalformed": "the bucket is in another region; correct s3.region",
    "PermanentRedirect": "the bucket is in another region; correct s3.region",
}
_NO_RIGHT = "the key may not do this; allow it s3:PutObject, s3:GetObject and s3:DeleteObject there"


def of_folder(error: OSError, place: str) -> StorageTrouble:
    """What an error of the file system says of the folder."""
    said = error.strerror or type(error).__name__
    if error.errno in _NO_SPACE:
        return StorageFull(f"{place}: no space is left; free some, or raise the quota", said=said)
    if error.errno in _NO_PERMISSION:
        return StorageDenied(
            f"{place}: this account may not write there; give it the folder, or name another one "
            "in thumbnails.storage",
            said=said,
        )
    if error.errno == errno.EROFS:
        return StorageDenied(f"{place}: it can only be read; mount it for writing", said=said)
    if error.errno in _IN_THE_WAY:
        return StorageDenied(
            f"{place}: something that is no folder is in its place; move it away, or name another "
            "folder in thumbnails.storage",
            said=said,
        )
    return StorageUnavailable(f"{place}: the file system fails; is its disk there?", said=said)


def of_bucket(said: str, place: str) -> StorageTrouble:
    """What the library's words say of the bucket.

    They hold the server's status and answer. That is the only place where a code can be had; the
    classes of the library's errors do not tell a bucket that is missing from a picture that is.
    """
    found_status, found_code = _STATUS.search(said), _CODE.search(said)
    status = int(found_status[1]) if found_status else None
    code = found_code[1] if found_code else ""
    short = " ".join(part for part in (f"HTTP {status}" if status else "", code) if part)
    if code in _FULL_CODES or status == 507:
        return StorageFull(f"{place}: no space is left; free some, or raise the quota", said=short)
    if code in _ADVICE:
        return StorageDenied(f"{place}: {_ADVICE[code]}", said=short)
    if status in (401, 403):
        return StorageDenied(f"{place}: {_NO_RIGHT}", said=short)
    if "configured region" in said or status in (301, 307):
        return StorageDenied(f"{place}: {_ADVICE['PermanentRedirect']}", said=short)
    if "/latest/api/token" in said or "/latest/meta-data" in said:
        return StorageDenied(f"{place}: {_NO_KEYS}")
    if status is not None and status < 500 and status not in (408, 429):
        return StorageUnavailable(
            f"{place}: it answers as what speaks S3 does not; is s3.endpoint right?", said=short
        )
    if status is not None:
        return StorageUnavailable(f"{place}: it cannot serve now", said=short)
    return StorageUnavailable(
        f"{place}: it does not answer; is it running, and is s3.endpoint right?",
        said=_first_line(said),
    )


def is_missing_picture(said: str) -> bool:
    """Of a 404: whether the bucket is there. An answer to HEAD or DELETE may have no code."""
    found = _CODE.search(said)
    return found is None or found[1] == "NoSuchKey"


def _first_line(said: str) -> str:
    """What went wrong, without the request and the library's own structures."""
    line = said.strip().splitlines()[0] if said.strip() else ""
    return line.rpartition(" - ")[2][:200]
