"""What a worker does so that nothing is kept that is not to be kept.

driving      one purge as far as it goes: its log lines, the storage
purge_jobs   jobs that delete because somebody says so
deletions    jobs that delete what Discord has deleted
carrying     what both have in common: a run whose work is a purge
purging      the service that goes on with purges that nobody carries out any more
keeping      starts the chores, each of which one of all workers does
chores       does a chore whenever it is due and nobody else has it
retaining    the chore that removes what was kept long enough
clearing     deletes files for it where no worker makes thumbnails any more
left_guilds  the chore that notices which guilds the bot left; what decides is in `membership`
checking     the chore that looks whether old clips are still there; its pace is in `rounds`
"""
