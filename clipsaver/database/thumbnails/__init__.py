"""Thumbnails in the database: who makes which, what came of it, and which files may go.

claims     pending clips for a worker, leased
results    what an attempt ended with, recorded by its holder alone
states     what there is to do, and doing it again
files      stored files that nobody needs
"""
