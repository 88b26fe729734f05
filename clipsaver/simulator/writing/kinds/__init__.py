"""The kinds of messages: one function each, which fills a draft and notes by hand what is a clip.

    mix       all of them in two tables, and how often each is posted
    uploads   uploaded videos, and files that only look like videos
    nested    videos in forwards, components and embeds
    plain     talk, replies, system messages, polls and stickers

To add one, write its function and give it a row in `mix`.
"""
