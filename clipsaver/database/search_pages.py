"""Commits pages of a search, and finds out which of their parts the database refuses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from clipsaver.database.arrays import Column
from clipsaver.database.errors import Verdict, verdict
from clipsaver.database.opt_outs import Marks, check_key
from clipsaver.database.page_columns import page_of_parts, what_they_found
from clipsaver.database.pages import why_refused
from clipsaver.database.search_statement import search_statement
from clipsaver.errors import EpochPassed, LeaseLost
from clipsaver.records import PageChanges, PageResult


def check_parts(parts: Sequence[PageResult]) -> None:
    """Raises ValueError where they are not the parts of one page of a search."""
    if len({(part.run_id, part.fence, part.page_number) for part in parts}) != 1:
        raise ValueError("a page has at least one part, and all are of one page of one run")
    if not all(part.by_search for part in parts):
        raise ValueError("only a page of a search comes in parts")


def statement(
    parts: Sequence[PageResult], marks: Marks, without: Collection[int] = ()
) -> tuple[str, list[Column]]:
    """The statement that commits the page, and its parameters.

    The rows of the parts at the places `without` stay out; they count all the same.
    """
    storable = [
        replace(part, clips=(), messages=(), authors=()) if place in without else part
        for place, part in enumerate(parts)
    ]
    rows = any(part.clips or part.messages or part.authors for part in storable)
    parameters = page_of_parts(parts)
    if rows:
        parameters += what_they_found(storable, marks)
    return search_statement(rows=rows), parameters


async def commit_search_page(
    conn: AsyncConnection[Any],
    marks: Marks,
    parts: Sequence[PageResult],
    without: Collection[int] = (),
) -> PageChanges | LeaseLost:
    """Commits a page; returns what it changed, or why it is not in.

    A page that is in already changes nothing. The connection is in autocommit mode and knows
    columns (`arrays.register`). Raises KeyChanged as `commit_pages`.
    """
    query, parameters = statement(parts, marks, without)
    found = await AsyncRawCursor(conn).execute(query, parameters, prepare=True)
    row = await found.fetchone()
    if row is not None:
        added, restored = row
        return PageChanges(added, restored, by_search=added)
    await check_key(conn, marks)
    page = parts[0]
    fate = (await why_refused(conn, [page]))[page.run_id]
    if isinstance(fate, EpochPassed):
        channels = ", ".join(str(part.channel_id) for part in parts)
        fate = EpochPassed(
            f"page {page.page_number} of run {page.run_id} is not committed: a purge came since it "
            f"was read, to one of these channels: {channels}"
        )
    return fate


async def refused_parts(
    conn: AsyncConnection[Any], marks: Marks, parts: Sequence[PageResult]
) -> dict[int, psycopg.Error]:
    """The places of those whose rows the database refuses, with its words; nothing is committed."""
    refused: dict[int, psycopg.Error] = {}
    for place in range(len(parts)):
        others = [other for other in range(len(parts)) if other != place]
        query, parameters = statement(parts, marks, others)
        try:
            async with conn.transaction(force_rollback=True):
                await AsyncRawCursor(conn).execute(query, parameters, prepare=True)
        except psycopg.Error as error:
            if verdict(error) is not Verdict.DATA:
                raise
            refused[place] = error
    return refused
