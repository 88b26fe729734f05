"""Values that must not be shown."""


class Secret(str):
    """A string whose repr, such as in a traceback, does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('••••')" if self else "Secret('')"
