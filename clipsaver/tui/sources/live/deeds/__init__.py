"""What a person can do, kind by kind: what it would do, and doing it.

entries  runs that are not over and their entries: cancel, release, bury, drop
letters  dead letters: retry, drop, undo a retry
workers  pause, resume, drain
clips    make a thumbnail anew
new_job  put a job on the stream
acting   what they share
"""
