"""Finds every video clip ever posted in Discord channels and keeps the record in PostgreSQL."""

# Written out here since importlib.metadata costs more than the whole of `--help`.
__version__ = "0.1.0"
