"""The Discord that is simulated: guilds, channels, who may see them, and what was posted.

    world       all of it, from one seed, with the methods that change it at run time
    blueprint   lays it out: guilds, their channels and threads, and who writes in them
    channels    guilds, channels and threads, and what Discord says about them
    history     the messages of one channel in windows, with what was posted, edited and deleted
    growth      channels and threads that come into being at run time
    search      what a guild's search finds at a moment, and how it can fall short
    index       the index behind it: which messages are like what

It knows nothing of requests, limits and faults.
"""
