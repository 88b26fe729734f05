"""What the table tells the screen that it is on."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.message import Message

from clipsaver.tui.grid.ordering import Order


@dataclass(frozen=True, slots=True)
class TableStatus:
    """What is shown of a list, and what is not."""

    total: int = 0
    """Rows that were given."""
    shown: int = 0
    """Those of them that the filter lets through."""
    marked: int = 0
    """Marked rows, of which some may not be shown."""
    marked_hidden: int = 0
    """Those of them that are not: an action takes them, too, so they have to be said."""
    above: int = 0
    """Rows above those that are seen."""
    below: int = 0
    order: Order = field(default_factory=Order)
    is_wide: bool = False
    is_following: bool = False

    @property
    def more(self) -> str:
        """For the border: `9 more below`, `3 more above, 9 below`; empty where all is seen."""
        if self.above and self.below:
            return f"{self.above:,} more above, {self.below:,} below"
        if self.above:
            return f"{self.above:,} more above"
        return f"{self.below:,} more below" if self.below else ""

    @property
    def counts(self) -> str:
        """For the filter line: `19 of 31 shown, 3 marked, 1 of them not shown`."""
        words = f"{self.total:,} shown"
        if self.shown != self.total:
            words = f"{self.shown:,} of {words}"
        if self.marked:
            words += f", {self.marked:,} marked"
        if self.marked_hidden:
            words += f", {self.marked_hidden:,} of them not shown"
        return words


class CursorMoved(Message):
    """Another row is under the cursor, or none."""

    def __init__(self, key: str | None) -> None:
        super().__init__()
        self.key = key

    def can_replace(self, message: Message) -> bool:
        """Only where the cursor is last matters."""
        return isinstance(message, CursorMoved)


class RowOpened(Message):
    """A person wants more of the row."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class HeaderClicked(Message):
    """A person clicked on the name of a column, by which rows are sorted now."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class MarksGone(Message):
    """Rows that were marked are no more, and so are their marks."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count


class TableChanged(Message):
    """What the lines around the table say of it is not so any more."""

    def __init__(self, status: TableStatus) -> None:
        super().__init__()
        self.status = status

    def can_replace(self, message: Message) -> bool:
        """Only what is so last matters."""
        return isinstance(message, TableChanged)
