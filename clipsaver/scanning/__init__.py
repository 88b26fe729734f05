"""From a job to committed clips: plan a page, fetch it, extract, commit, again.

`plan` and `extract` decide and do no I/O; `evidence` says what an answer of Discord's proves; one
file per job type drives them.
"""
