"""Where a still of a clip comes from, how it is made, and where it is kept.

    making      one clip, from its link to its stored pictures
    media       files and stills from Discord's CDN and its media proxy, and fresh links to them
    decoder     a process of its own for each clip, which may do next to nothing
    picture     what that process does: a picture and the facts of a clip, out of a few ranges
    storage     a folder or a bucket: whole pictures or none

`ladder` and `backoff` decide: which source is next, and when to try again.
"""
