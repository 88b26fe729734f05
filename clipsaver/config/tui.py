"""The sections on the terminal UI."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class TuiConfig(Struct, frozen=True, kw_only=True):
    """`[tui]` and `[tui.keys]`"""

    read_only: Annotated[bool, Meta(description="Look only: nothing can be changed in it.")] = False
    theme: Annotated[
        Literal["dark", "light", "classic"],
        Meta(description="dark or light, in blue and orange; classic is dark, in green and red."),
    ] = "dark"
    ascii: Annotated[
        Literal["auto", "on", "off"],
        Meta(
            description="Lines and bars of ASCII: on, off, or auto: where the locale has no more."
        ),
    ] = "auto"
    tick: Annotated[
        float,
        Meta(ge=0.25, le=30, description="Seconds from one look to the next; > and < change it."),
    ] = 1.0
    sticky_filter: Annotated[
        bool, Meta(description="Take the filter along to the next screen.")
    ] = False
    images: Annotated[
        Literal["auto", "halfblock", "off"],
        Meta(
            description="Pictures of clips: auto is as sharp as the terminal can, else half-blocks."
        ),
    ] = "auto"
    keys: Annotated[
        dict[str, str],
        Meta(
            description="Other keys for what can be done: `?` in it names them.",
            extra={
                "expected": 'keys as text for each, such as "d" or "d,f5"',
                "examples": {"pending.drop": "f8", "app.refresh": "f5,ctrl+r"},
            },
        ),
    ] = {}
