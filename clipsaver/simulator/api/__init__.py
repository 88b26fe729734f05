"""What a request is answered: takes a `Request` and the time, gives an `Answer`.

    discord    the way in: who asks, what for, and whether it is allowed now
    routes     which handler a path belongs to
    messages, guilds   the handlers: channels and messages; the bot, its guilds and threads
    search, search_form   the handler of a guild's search, and what it was asked
    cdn        the files; no token, no limits, but signatures
    control    the simulator's own endpoints, which Discord has not
    caller     what a handler knows
    answers    requests, answers and errors in Discord's shapes
    refusals   429s, the headers of limits, and the errors of what stands before Discord
    pages      pages of messages as bytes, kept while there is room

It knows no socket, no event loop and no clock.
"""
