"""The sections on thumbnails, and on the bucket that they may be stored in."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from clipsaver.config.secret import Secret

Pixels = Annotated[int, Meta(ge=16, le=4096)]
Box = tuple[Pixels, Pixels]


class ThumbnailsConfig(Struct, frozen=True, kw_only=True):
    """`[thumbnails]`"""

    enabled: Annotated[
        bool, Meta(description="Whether this worker makes thumbnails; else others do, or none.")
    ] = True
    concurrency: Annotated[
        int, Meta(ge=1, le=256, description="Thumbnails that are made at once.")
    ] = 4
    storage: Annotated[
        str,
        Meta(
            description='A folder, or s3://bucket/prefix; "" is thumbnails in data_dir.',
            extra={"expected": "a folder or s3://bucket/prefix"},
        ),
    ] = ""
    source: Annotated[
        Literal["auto", "decode", "discord"],
        Meta(description="decode: from the file itself; discord: its still; auto: either."),
    ] = "auto"
    sizes: Annotated[
        tuple[Box, Box],
        Meta(
            description="Width and height of the boxes that small and large pictures fit into.",
            extra={"expected": "two boxes of 16 to 4,096 pixels, such as [[320, 180], [640, 360]]"},
        ),
    ] = ((320, 180), (640, 360))
    quality: Annotated[
        int, Meta(ge=1, le=100, description="Of the WebP: more is larger and closer to the frame.")
    ] = 80
    max_bytes: Annotated[
        int,
        Meta(
            ge=1_000_000,
            le=400_000_000,
            description="Bytes of a file that may be read for its pictures.",
        ),
    ] = 50_000_000


class S3Config(Struct, frozen=True, kw_only=True):
    """`[s3]`: how the bucket of `thumbnails.storage` is reached."""

    endpoint: Annotated[
        str, Meta(description='A server that speaks S3, as URL; "" is Amazon\'s for the region.')
    ] = ""
    region: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9-]{1,60}\Z",
            description="The bucket's region; most other servers take any.",
            extra={"expected": "the name of a region, such as eu-central-1"},
        ),
    ] = "us-east-1"
    access_key_id: Annotated[
        Secret, Meta(description='Which key; "" is the role of this machine or container.')
    ] = Secret()
    secret_access_key: Annotated[
        Secret, Meta(description="Its secret; better as env:NAME or file:PATH than written here.")
    ] = Secret()
    session_token: Annotated[
        Secret, Meta(description="Comes with keys that are for some hours only.")
    ] = Secret()
    path_style: Annotated[
        bool, Meta(description="Put the bucket into the path of URLs; else into the host's name.")
    ] = True
