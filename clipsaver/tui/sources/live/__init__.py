"""A `Source` and an `Operator` over real stores, on asyncio; nothing of Trio runs in its loop.

opening    both, as the configuration says
looking    the source: one look after the other
reading    what a look reads from Redis; standing: what every screen shows of it
asking     what it asks of the database, never so that a look gets slow; questions: which, and how
           old an answer may be
composing  from both to what a screen is shown (decides only); sight, details
trail, shelf, history, names   what is kept between looks: events, dead letters, minutes, names
pictures   stored thumbnails, read in a thread
operating  the operator; deeds: what each deed would do, and doing it
redis, exchange, tables   the connections; servers, holding: embedded servers in a thread
"""
