"""What every room that talks to Redis needs, on Trio and on asyncio.

scripts      Lua scripts as files: loaded once, run by their digest
unavailable  redis-py's errors in our words
"""
