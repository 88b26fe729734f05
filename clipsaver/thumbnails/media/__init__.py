"""Files and stills from Discord's CDN and its media proxy, and fresh links to them.

    client        what others ask: ranges of a file, a still of a video
    range_file    one file in ranges: what each answer means, what is asked next, what it costs
    fetching      one request to one host, bounded in time and bytes
    connecting    from a host's name to a socket, by way of its addresses
    signing       signs links again, many in one request

and, pure: `hosts` and `addresses` (where to), `limits` and `budget` (how much), `answers` and
`refusals` (what comes back means), `stills` (the proxy's addresses and pictures), `links` (when one
is due, and which file it leads to).

No token, no cookie and no proxy of the environment is known here, and no redirect is followed.
"""
