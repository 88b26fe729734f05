"""The section on what counts as a clip and how it is looked for."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from clipsaver.records import ClipSource

MimeType = Annotated[str, Meta(pattern=r"^[^\sA-Z/;]{1,60}/[^\sA-Z/;]{1,100}\Z")]


class ScanConfig(Struct, frozen=True, kw_only=True):
    """`[scan]`"""

    allowed_mime_types: Annotated[
        tuple[MimeType, ...],
        Meta(
            min_length=1,
            description="Types of file that count as a clip, unless a job names its own.",
            extra={"expected": 'a list of types in lower case, such as ["video/mp4"]'},
        ),
    ] = ("video/*",)
    sources: Annotated[
        tuple[ClipSource, ...],
        Meta(
            min_length=1,
            description='Where in a message to look; "embed" adds links to video files.',
            extra={"expected": "a list of attachment, forward, component and embed"},
        ),
    ] = (ClipSource.ATTACHMENT, ClipSource.FORWARD, ClipSource.COMPONENT)
    strategy: Annotated[
        Literal["auto", "history"],
        Meta(
            description="auto: a guild is searched first, where the bot may; history: page by page."
        ),
    ] = "auto"
    store_content: Annotated[
        bool, Meta(description="Keep the text of messages that hold clips; a job may still say no.")
    ] = True
