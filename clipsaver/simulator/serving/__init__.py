"""The only room with sockets: HTTP/1.1 on a loopback address.

    server       listens, and serves every connection until cancelled
    connection   reads requests, sends answers, and plays the faults that happen on the wire
    in_process   the same without a socket, as a transport for an httpx client

It decides no answer: that is `api.discord`.
"""
