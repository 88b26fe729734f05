"""Where the terminal UI looks, and through what it acts.

protocol   Source and Operator: all that the application knows of the world
wanted     what the visible screen needs, and so what is to be fetched (records only)
seen       one look, as frozen records (records only)
wishes     what a person wants done, what that would do, and what came of it (records only)
job_text   a job for a person to read (decides only)
new_job    from the form of a new job to the job (decides only)
outcomes   what came of it, in words that both say (decides only)
facts      what a wish would do, for the dialog (decides only)
twins      the command that does the same as a wish (decides only)
live       both over Redis, PostgreSQL and the thumbnail storage
simulated  both over a fleet that is made up, with faults; needs no server
"""
