"""How a message comes to be, and beside it the truth about the clips in it.

    scribe    writes the messages of one channel, any of them and always the same
    kinds     the kinds of messages there are, and how often each is posted
    draft     one message in the making: what a kind fills in, and where it notes its clips
    planted   a clip that a reader has to find: noted while writing, never read back
    traits    what a search knows of a message
    authors, texts    who posts, and what people write

It knows nothing of worlds and requests: a message follows from a seed, an index and where links
point at this moment.
"""
