"""`clipsaver demo`: a real worker on real servers, against a simulated Discord.

`play` runs it, `show` is what a person sees of it.
"""
