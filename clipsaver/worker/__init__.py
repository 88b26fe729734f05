"""The worker: takes jobs from the stream and does them, many at once.

`nursery` says what starts, what it watches and in which order it stops; the other modules are the
services that it starts and share only values.
"""
