"""Deleting for good: what is asked for, what it is about, and the bounded steps that do it.

No statement here takes long, whatever there is to go: each looks at a stretch of an index that is
bounded by rows, and by time where rows that are gone lie in its way. Each step is one transaction
that begins by locking the purge's row and sees that it still stands where the step was planned, so
that several who carry out one purge do each other no harm.
"""
