"""Tables as the tests of `tests/purging` have them."""

from __future__ import annotations

from tests.purging.tables import conn, database, tables

__all__ = ["conn", "database", "tables"]
