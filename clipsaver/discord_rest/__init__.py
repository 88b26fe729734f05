"""All that knows Discord's REST API.

routes      the endpoints                      headers   what an answer's headers say
models      Discord's objects                  outcomes  what each answer means, as a table
flow        the course of one request (pure)   limits    when a request may go: a room of its own
pages       history pages, put in order        exchange  one request over httpx
listings    lists of channels, checked (pure)  objects   single objects, checked
mending     fields that cannot be read (pure)  unreadable  what to tell of a wrong answer (pure)
permissions what the bot may read (pure)       guild_listing  what there is in a guild
intent      does it see messages whole? (pure) client    what the others call
"""
