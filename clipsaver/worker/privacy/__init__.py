"""What a worker does so that what people asked to be deleted is deleted, for good.

driving     one purge as far as it goes: its log lines, the storage
purge_jobs  jobs that delete because somebody says so
deletions   jobs that delete what Discord has deleted
purging     the service that goes on with purges that nobody carries out any more
"""
