"""The picture of the clip under the cursor.

decoding   a stored picture's bytes into pixels, within bounds; runs in a thread
half_cells pixels as half cells of text, which every terminal shows (draws only)
sharp      with all pixels, where the terminal and an optional package can
gallery    those that were looked at last, and which one is wanted now
"""
