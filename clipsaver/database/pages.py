"""Commits groups of pages, and finds out why the database refused some of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor

from clipsaver.database.arrays import Column, Texts
from clipsaver.database.opt_outs import Marks, check_key
from clipsaver.database.page_columns import pages_alone, what_they_found, what_they_missed
from clipsaver.database.page_statement import commit_statement
from clipsaver.errors import EpochPassed, LeaseLost
from clipsaver.records import PageChanges, PageResult


def statement(pages: Sequence[PageResult], marks: Marks) -> tuple[str, list[Column]]:
    """The statement that commits the pages, and its parameters."""
    rows = any(page.clips or page.messages or page.authors or page.departures for page in pages)
    parameters = pages_alone(pages)
    if rows:
        parameters += [*what_they_found(pages, marks), *what_they_missed(pages)]
    return commit_statement(rows=rows, replaces=any(page.replaces for page in pages)), parameters


async def commit_pages(
    conn: AsyncConnection[Any], marks: Marks, pages: Sequence[PageResult]
) -> list[PageChanges | LeaseLost]:
    """Commits the pages of distinct runs together; for each what it changed, or why it is not in.

    What is of people who opted out is left out. A page that is in already changes nothing. The
    connection is in autocommit mode and knows columns (`arrays.register`). Raises KeyChanged where
    the marks are of another key than the list: then nothing is in.
    """
    query, parameters = statement(pages, marks)
    found = await AsyncRawCursor(conn).execute(query, parameters, prepare=True)
    accepted = {number: PageChanges(*counts) for number, *counts in await found.fetchall()}
    if len(accepted) == len(pages):
        return [accepted[number] for number in range(1, len(pages) + 1)]
    if not accepted:
        await check_key(conn, marks)
    refused = [page for number, page in enumerate(pages, 1) if number not in accepted]
    fates = await why_refused(conn, refused)
    return [accepted.get(number) or fates[page.run_id] for number, page in enumerate(pages, 1)]


async def why_refused(
    conn: AsyncConnection[Any], pages: Sequence[PageResult]
) -> dict[str, PageChanges | LeaseLost]:
    """A look at the refused runs from now; a page that is in already is not refused.

    A connection can break while the server commits: the page is in, but nobody was told.
    """
    found = await conn.execute(
        "select run_id, fence, state, pages from runs where run_id = any(%b)",
        [Texts(page.run_id for page in pages)],
    )
    runs = {row[0]: row[1:] for row in await found.fetchall()}
    return {page.run_id: _refusal(page, runs.get(page.run_id)) for page in pages}


def _refusal(page: PageResult, run: tuple[int, str, int] | None) -> PageChanges | LeaseLost:
    what = f"page {page.page_number} of run {page.run_id} is not committed"
    if run is None:
        return LeaseLost(f"{what}: there is no such run")
    fence, state, pages = run
    if fence != page.fence:
        return LeaseLost(f"{what}: another delivery holds it (fence {fence}, ours {page.fence})")
    if pages >= page.page_number:
        return PageChanges()
    if state != "RUNNING":
        return LeaseLost(f"{what}: the run is {state}")
    if pages < page.page_number - 1:
        return LeaseLost(f"{what}: its page {pages + 1} is not committed yet")
    return EpochPassed(
        f"{what}: it was read at epoch {page.epoch} of channel {page.channel_id}, and a purge came "
        "since"
    )
