"""Where thumbnails are stored: the text of `thumbnails.storage`, taken apart.

a folder                     relative to the configuration file
s3://BUCKET[/PREFIX]         Amazon S3, or what speaks its protocol at `s3.endpoint`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FORM = "s3://bucket or s3://bucket/prefix"
# What S3 allows for new buckets; old ones and other servers also know upper case and _.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
# The characters of a key that S3's own manual calls safe.
_PREFIX_PART = re.compile(r"[A-Za-z0-9!_*'().-]{1,255}")


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder of this machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A part of a bucket; the whole of it where the prefix is empty."""

    bucket: str
    prefix: str
    """Without a slash at either end."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")


def is_storage_url(text: str) -> bool:
    """Whether the text is meant as a URL; any other is a folder."""
    return "://" in text


def parse_storage(text: str) -> FolderPlace | BucketPlace:
    """Raises ValueError that says what is wrong with it."""
    if not is_storage_url(text):
        return FolderPlace(Path(text))
    scheme, _, rest = text.partition("://")
    if scheme.lower() == "file":
        raise ValueError("write the folder alone, without file://")
    if scheme.lower() != "s3":
        raise ValueError(
            f"expected a folder or {_FORM}; for what speaks S3, s3.endpoint says where"
        )
    bucket, _, prefix = rest.partition("/")
    if "@" in bucket:
        raise ValueError("keys do not belong here: they are s3.access_key_id and the one below it")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"expected the name of a bucket after s3://, as in {_FORM}")
    prefix = prefix.strip("/")
    for part in prefix.split("/") if prefix else ():
        if not _PREFIX_PART.fullmatch(part) or part in (".", ".."):
            raise ValueError(
                f"expected a prefix of letters, digits and - _ . ! * ' ( ), as in {_FORM}"
            )
    return BucketPlace(bucket, prefix)
