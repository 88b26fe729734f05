"""From cells and panes to what a terminal is given. Reads nothing and keeps nothing.

theme  the palettes, and which style a tone has in each
lines  cells cut to a width, and as rich's `Text`: never as markup, since strangers wrote some
boxes  panes as boxes in characters, side by side or below each other
sizes  what fits on a terminal of this size
"""
