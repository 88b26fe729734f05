"""The sub-nursery that makes thumbnails of what the database holds as pending.

nursery     claims clips, has their links signed, and makes so many at once
in_hand     what is claimed, and in which order it is made
recording   a picture into the storage and the database, or the reason for none
gate        whether the storage and the decoders serve; while they do not, nothing is claimed
due         a word that something is due
upkeep      deletes the files that nobody needs
retrying    `thumbnail_retry` jobs
kit         all that is opened for it
"""
