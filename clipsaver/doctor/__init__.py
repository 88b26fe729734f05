"""Whether a scan would work here, and what to do where it would not.

findings       what a check says (pure)             facts        what was seen (pure)
of_discord     judges what Discord showed (pure)    preflight    asks Discord
of_stores      judges Redis and PostgreSQL (pure)   stores       asks both
of_machine     judges clock, disk, versions (pure)  machine      looks around here
of_thumbnails  judges storage, isolation (pure)     thumbnails   tries both
pacing         Discord's limits while Redis is away
report         for a person and a script (pure)     examination  all of it, one after the other
"""
