"""Dead letters: what each says, which are meant, what to do about them, and doing it.

letter        what a dead letter says (decides only)
words         that in words (decides only)
wanted        which of them a person means (decides only)
advice        what to do about one (decides only)
dead          look through them, find those that are meant, group them
dead_actions  retry them, drop them, undo a retry
"""
