"""What comes between a client and Discord: pure state that is asked with a clock's reading.

    limits       rate limits, and when the next request may come
    faults       what goes wrong on demand
    statistics   what was asked and how it was answered

It knows neither the world nor what an answer looks like.
"""
