"""What a person can do: the ONE table that makes keys, footer, help and palette. Pure.

kinds     Action, Danger and their words: what the table is made of (records only)
moving    what every screen has: going, moving, marking, sorting, copying
acting    what changes something, each a Deed with its command of the command line
table     both together, and what applies where
keys      names of keys, and the chords that terminals and multiplexers keep to themselves
binding   which keys do what on a screen, with the overrides of `[tui.keys]`, and their check
showing   the footer, the rows of help, the entries of the palette

A new key is a new row in `moving` or `acting`; the tests hold it to the rest.
"""

from clipsaver.tui.actions.binding import Bound, bindings_for, check_overrides
from clipsaver.tui.actions.kinds import Action, Danger, Situation
from clipsaver.tui.actions.showing import PaletteEntry, footer, help_rows, palette
from clipsaver.tui.actions.table import ACTIONS, BY_ID, actions_of, asks, why_not

__all__ = [
    "ACTIONS",
    "BY_ID",
    "Action",
    "Bound",
    "Danger",
    "PaletteEntry",
    "Situation",
    "actions_of",
    "asks",
    "bindings_for",
    "check_overrides",
    "footer",
    "help_rows",
    "palette",
    "why_not",
]
