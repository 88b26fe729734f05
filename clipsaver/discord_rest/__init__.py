"""All that knows Discord's REST API.

routes      the endpoints                      headers   what an answer's headers say
models      Discord's objects                  outcomes  what each answer means, as a table
flow        the course of one request (pure)   limiter   when a request may go (pure)
guard       what stops all of them (pure)      line      who goes next (pure)
gate        limits and line on Trio            exchange  one request over httpx
pages       history pages, put in order        mending   fields that cannot be read (pure)
listings    lists of channels, checked (pure)  objects   single objects, checked
unreadable  what to tell of a wrong answer (pure)
guild_listing   what there is in a guild       client    what the others call
"""
