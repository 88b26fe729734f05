"""docs/tui.md: its tables are those of the code, and what it says to write can be written."""

from __future__ import annotations

import re
import tomllib

import msgspec
import pytest

from clipsaver.config.tui import TuiConfig
from clipsaver.tui.actions import check_overrides
from clipsaver.tui.filters import Filter, parse
from clipsaver.tui.viewmodel.listings import LISTINGS
from scripts import tui_page

PAGE = tui_page.PAGE.read_text("utf-8")


def test_its_tables_are_those_of_the_code() -> None:
    said = "docs/tui.md is not what the code has; renew it: python -m scripts.tui_page"
    assert tui_page.renewed(PAGE) == PAGE, said


def filters() -> list[str]:
    """The examples of the table of filters."""
    table = PAGE.partition("| you write |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    return [example for row in rows for example in re.findall(r"`([^`]+)`", row)]


@pytest.mark.parametrize("example", filters())
def test_a_filter_of_the_page_can_be_read(example: str) -> None:
    read = []
    for listing in LISTINGS.values():
        columns = {column.name.lower(): column for column in listing.columns}
        measures = {name: column.measure for name, column in columns.items() if column.measure}
        fields = dict.fromkeys(columns, "") | dict(listing.fields)
        read.append(parse(example, fields, measures | dict(listing.measures)))
    assert any(isinstance(one, Filter) for one in read), read


def test_there_are_filters_to_read() -> None:
    assert len(filters()) >= 9


def test_its_settings_are_those_that_there_are() -> None:
    block = PAGE.partition("    [tui]\n")[2].partition("\n\nOptions")[0]
    lines = [line.removeprefix("    ") for line in ("[tui]", *block.splitlines())]
    written = tomllib.loads("\n".join(lines))["tui"]
    assert written.keys() == {field.name for field in msgspec.structs.fields(TuiConfig)}
    settings = msgspec.convert(written, TuiConfig, strict=True)
    assert msgspec.structs.replace(settings, keys={}) == TuiConfig()
    assert check_overrides(settings.keys) == []


@pytest.mark.parametrize("image", re.findall(r"!\[[^]]*\]\(([^)]*)\)", PAGE))
def test_its_pictures_are_there(image: str) -> None:
    assert (tui_page.PAGE.parent / image).is_file()
