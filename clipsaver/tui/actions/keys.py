"""The names of keys, as a person writes them, and the chords that never reach us.

A key is a character (`r`, `R`, `/`) or a name (`enter`, `f5`, `pagedown`), with `ctrl+`, `alt+` or
`shift+` before it. The names are those of Textual, which also calls characters by theirs
(`slash`): both are taken, and the character is what is kept.
"""

from __future__ import annotations

import functools
import unicodedata

from clipsaver.config.keys import nearest

NAMED = (
    "enter", "escape", "space", "tab", "backspace", "delete", "insert", "up", "down", "left",
    "right", "home", "end", "pageup", "pagedown", *(f"f{number}" for number in range(1, 25)),
)  # fmt: skip

MODIFIERS = ("ctrl", "alt", "shift")

# Textual's own short names of some characters, beside their Unicode names.
_SHORT_NAMES = {
    "slash": "/", "backslash": "\\", "at": "@", "minus": "-", "plus": "+", "underscore": "_",
}  # fmt: skip
_CHARACTERS = {
    unicodedata.name(character).lower().replace(" ", "_").replace("-", "_"): character
    for character in map(chr, range(0x21, 0x7F))
    if not character.isalnum()
} | _SHORT_NAMES

TAKEN = {
    "ctrl+c": "it always quits",
    "ctrl+b": "tmux keeps it as its prefix",
    "ctrl+a": "screen keeps it as its prefix, and many who use tmux have it there",
    "ctrl+z": "it would put the program aside",
    "ctrl+s": "terminals stop their output at it",
    "ctrl+q": "terminals go on with their output at it",
    "ctrl+d": "it ends a session, and would where a shell gets it",
    "ctrl+h": "terminals send the same for backspace",
    "ctrl+i": "terminals send the same for tab",
    "ctrl+j": "terminals send the same for enter",
    "ctrl+m": "terminals send the same for enter",
    "ctrl+[": "terminals send the same for escape",
    "ctrl+?": "terminals send the same for backspace",
    "ctrl+\\": "it ends a program by force",
    "ctrl+o": "macOS swallows it",
    "ctrl+v": "many terminals paste at it",
    "ctrl+enter": "many terminals send the same as for enter alone",
    "shift+enter": "many terminals send the same as for enter alone",
    "ctrl+space": "many terminals and input methods keep it",
    "ctrl+tab": "terminals change their tabs at it",
    "ctrl+pageup": "terminals change their tabs at it",
    "ctrl+pagedown": "terminals change their tabs at it",
    "f10": "many terminals open their menu at it",
    "f11": "terminals fill the screen at it",
}
"""Chords that terminals, multiplexers or the system take, and why they cannot be ours."""


class UnknownKey(ValueError):
    """There is no key of that name; its words say which was probably meant."""


@functools.lru_cache(maxsize=1024)  # the footer asks for all of them with each painting
def known_key(written: str) -> str:
    """The key in the one form in which keys are compared. Raises UnknownKey."""
    *modifiers, name = _parts(written)
    unknown = [one for one in modifiers if one not in MODIFIERS]
    if unknown:
        near = nearest(unknown[0], MODIFIERS, cutoff=0.5)
        meant = f"; did you mean {near}+{name}?" if near else f"; there are {', '.join(MODIFIERS)}"
        raise UnknownKey(f"{written}: there is no {unknown[0]}+{meant}")
    key = _character_or_name(name, written)
    if "shift" in modifiers and len(key) == 1 and key.isalpha() and len(modifiers) == 1:
        return key.upper()
    if modifiers and len(key) == 1:
        key = key.lower()
    return "+".join([*(one for one in MODIFIERS if one in modifiers), key])


def why_taken(key: str) -> str | None:
    """Why the key cannot be used, where something else takes it before us; `key` as `known_key`
    gives it."""
    if key.startswith("ctrl+shift+"):
        return "terminals keep ctrl+shift for themselves"
    if key.startswith("ctrl+") and key[5:].isdigit():
        return "most terminals send the same for the number alone"
    return TAKEN.get(key)


def keys_in(written: str) -> list[str]:
    """The keys of a list such as `r,ctrl+l`; a comma by itself is the key `comma`."""
    return [one.strip() for one in written.split(",") if one.strip()]


def shown(key: str) -> str:
    """The key as the footer and the help name it."""
    return {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "delete": "del"}.get(key, key)


def _parts(written: str) -> list[str]:
    """`ctrl+r` in its parts; a + at the end is the key."""
    if written == "+" or written.endswith("++"):
        return [*_parts(written[:-2]), "+"] if len(written) > 1 else ["+"]
    *modifiers, name = written.split("+")
    return [*(one.strip().lower() for one in modifiers), name.strip()]


def _character_or_name(name: str, written: str) -> str:
    if len(name) == 1 and name.isprintable() and not name.isspace():
        return name
    lower = name.lower()
    if lower in _CHARACTERS:
        return _CHARACTERS[lower]
    aliases = {"esc": "escape", "return": "enter", "del": "delete", "pgup": "pageup",
               "pgdn": "pagedown", "page_up": "pageup", "page_down": "pagedown"}  # fmt: skip
    lower = aliases.get(lower, lower)
    if lower in NAMED:
        return lower
    near = nearest(name, (*NAMED, *_CHARACTERS))
    meant = f"; did you mean {near}?" if near else "; a key is a character or a name such as f5"
    raise UnknownKey(f"{written}: there is no key {name}{meant}")
