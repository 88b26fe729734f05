"""The only room with sockets: HTTP/1.1 on a loopback address.

    server       listens, and serves every connection until cancelled
    connection   reads requests, sends answers, and plays the faults that happen on the wire

It decides no answer: that is `api.discord`.
"""
