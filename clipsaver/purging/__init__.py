"""Carrying out purges: rows in the database and pictures in the storage, step by step."""
