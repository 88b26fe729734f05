"""Keeping guilds current: what is new since the last turn, and the jobs that read it.

memory   what is remembered of a guild from turn to turn
closed   which channels that may not be read are worth another try (pure)
plan     from lists, memory and coverage to news, and from news to jobs (pure)
turn     one turn: asks Discord and the database, and pushes nothing itself
"""
