"""The limits of a bot's token, kept in Redis for all its workers.

What they promise: no request of ours is refused for being too early, none waits while there is
room, and what one worker learns or uses up counts for all at once.

A request is *admitted*, by one script and by Redis' clock. Each admission is logged, and a limit of
`count` per `window` is kept as a *sliding log*: a request goes when the count-th latest admission
lies a whole window back. That is safe for each kind of limit that Discord uses, without knowing
which it is:

- a fixed window never holds more than `count` if no stretch of its length does;
- a sliding window is just this;
- a leaky bucket (`count` tokens, refilled at count/window) lets `count * (1 + T / window)` pass in
  any stretch T, and a sliding log at most `count * ceil(T / window)`, which is no more.

And in the long run each gives count/window, so nothing of the allowance is lost.

*Buckets* (`scripts/bucket.lua`). The window is learnt. X-RateLimit-Reset-After is the time until
the limit is whole again: at most one window for each kind, and a whole window right after a first
request (fixed, sliding) or at Remaining 0 (leaky); so the longest one seen is the window. Where
200s tell a tale (999 of 1000 left) and a 429 shows 5, the log tells the window: the count-th latest
admission is the one that Discord waits for, thus `now - its time + retry_after` (for a leaky bucket
that is the time of one token, so there Reset-After is used if it is no more than count times as
long). Such a limit binds its route on all channels and workers at once, since admissions are logged
before a limit is known. An hour after the last lesson, then after twice as long, one request tries
whether Discord has become more generous. An admission counts from its answer, by which time it has
reached Discord for sure, and a window is measured from the sending: the errors of both lie on the
safe side, whatever the latency.

*One by one.* Of a channel, one request is on its way at a time. Where a route lets several of a
guild be (`Route.at_once`, the search), those that are count as if they were sent last, so that in
whatever order they arrive no window holds more than it may. Where Discord told of more requests
than our log knows, somebody else sends some, and no more are sent than it said to be left. Who
knows of nothing left, as at the beginning, goes alone.

*The pace* (`scripts/pace.lua`). With `r` requests per second for the whole token, slots are `1/r`
apart, and no more than `n = ceil(r) + 1` requests are sent in `n/r + margin` seconds, counted from
when they really left. What was late may be caught up at half the distance. With a latency that
varies by up to J, what arrives in a second was sent in `1 + J`: n requests, and two for each slot
by which that is longer than n/r. So 50 per second are kept at 49 for J up to 20 ms, at 47 for 40
ms, at 45 for 66 ms. Who must wait stands in one line, live before refresh before listing before
backfill, is told when its slot comes, and asks again then; only that makes it an admission, so the
dead cost the slots that they were told and no more.

*Epochs* (`scripts/token.lua`). Logs prove room only if they are whole. A server that is not the one
on which they began (flushed, restarted, failed over) is met with silence for the longest window.

Sources: Discord's documentation, topic "Rate Limits", and its threads 5144, 7680, 8161 and 2190;
hikari's `impl/buckets.py` for the sliding reading. Held to it by tests against a real server on a
virtual clock, and measured by `benchmarks/allowance.py` and `benchmarks/hidden.py`.

    permits       what the client needs of limits
    opening       the limits of a token, opened
    shared        one worker's tickets: asking, sleeping, being woken
    tickets       a request that waits, and what for
    conversation  with Redis: what is put together goes together
    wire          what is said there          lua   the scripts, and the names of keys
    standing      a rejected token, a block   view  all of it, for whoever looks
"""
