"""The picture of the clip under the cursor.

decoding   a stored picture's bytes into pixels, within bounds; runs in a thread
half_cells pixels as half cells of text, which every terminal shows (draws only)
gallery    those that were looked at last, and which one is wanted now
"""
