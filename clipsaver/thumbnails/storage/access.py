"""How a bucket is reached: what the section `[s3]` of the configuration says."""

from __future__ import annotations

from dataclasses import dataclass, field

from clipsaver.config import S3Config


@dataclass(frozen=True, slots=True)
class S3Access:
    """Without keys it is as the environment says: a role of the machine, container or service."""

    endpoint: str = ""
    """URL of a server that speaks S3; "" is Amazon's for the region."""
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    path_style: bool = True
    """The bucket in the path of the URL, else in the name of the host."""


def access_of(s3: S3Config) -> S3Access:
    """As the configuration says."""
    return S3Access(
        endpoint=s3.endpoint,
        region=s3.region,
        access_key_id=str(s3.access_key_id),
        secret_access_key=str(s3.secret_access_key),
        session_token=str(s3.session_token),
        path_style=s3.path_style,
    )
