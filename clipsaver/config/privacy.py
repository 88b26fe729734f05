"""The section on what people may ask for, and for how long things are kept."""

from typing import Annotated

from msgspec import Meta, Struct

from clipsaver.config.secret import Secret

_LEAST_LEFT_S = 3600.0
Days = Annotated[int, Meta(ge=0, le=36_500)]


class PrivacyConfig(Struct, frozen=True, kw_only=True):
    """`[privacy]`"""

    accept_purge_jobs: Annotated[
        bool,
        Meta(description="Do purge_* jobs of the stream: whoever can write there can delete then."),
    ] = False
    key: Annotated[
        Secret,
        Meta(
            description='Keys the hashes of people who opted out; "" is a key that is kept in the '
            "database."
        ),
    ] = Secret()
    content_days: Annotated[
        Days,
        Meta(description="Days after posting for which texts are kept; 0 is as long as the clips."),
    ] = 0
    clip_days: Annotated[
        Days,
        Meta(description="Days after posting for which clips are kept; 0 is for good."),
    ] = 0
    deleted_days: Annotated[
        Days,
        Meta(description="Days for which clips that were deleted at Discord stay; 0 is for good."),
    ] = 30
    purge_left_guilds_after: Annotated[
        float,
        Meta(
            ge=0,
            le=366 * 86_400,
            description="Seconds after which a guild that the bot left is purged; 0 is never.",
        ),
    ] = 30 * 86_400.0
    check_share: Annotated[
        float,
        Meta(
            ge=0,
            le=0.5,
            description="Share of requests that look whether old clips are still there; 0 is none.",
        ),
    ] = 0.01


def wrong_with_leaving(seconds: float) -> str | None:
    """Why no guild can be purged so soon after the bot left it, or None: who meant days lost it."""
    if not 0 < seconds < _LEAST_LEFT_S:
        return None
    return f"expected 0, or at least {_LEAST_LEFT_S:,.0f} seconds; 30 days are 2592000"
