"""Discord's search as a way to scan: clips in seconds, long before history is read.

`questions` are what is asked and `plan` in which order; both decide and do no I/O. `reader` asks,
extracts and commits, page by page, for whichever job wants it; `places` knows the hits' channels,
and `hits` their clips. What search shows is never coverage, and what it does not show proves
nothing.
"""
