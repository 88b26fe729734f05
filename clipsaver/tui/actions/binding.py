"""Which keys do what on a screen, with what `[tui.keys]` says, and whether that can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clipsaver.config.keys import nearest
from clipsaver.tui.actions.keys import UnknownKey, keys_in, known_key, why_taken
from clipsaver.tui.actions.kinds import Action
from clipsaver.tui.actions.table import BY_ID, actions_of
from clipsaver.tui.sources.wanted import View

ALWAYS = {"app.quit": ("ctrl+c",)}
"""Keys that no override takes away: there has to be a way out."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An action with the keys that it has now."""

    action: Action
    keys: tuple[str, ...]
    """None where an override says so: it is in the palette still."""


def bindings_for(view: View, overrides: Mapping[str, str] | None = None) -> tuple[Bound, ...]:
    """What the keys of a screen do.

    `overrides` are those of `[tui.keys]`, checked before: ids to keys, parted by commas; an empty
    text takes all keys away.
    """
    return tuple(Bound(action, keys_of(action, overrides)) for action in actions_of(view))


def keys_of(action: Action, overrides: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The keys that the action has, in the form of `keys.known_key`."""
    if overrides is None or action.id not in overrides:
        return tuple(known_key(key) for key in action.keys)
    asked = [known_key(key) for key in keys_in(overrides[action.id])]
    return tuple(dict.fromkeys([*asked, *ALWAYS.get(action.id, ())]))


def check_overrides(overrides: Mapping[str, str]) -> list[str]:
    """What is wrong with `[tui.keys]`, each problem in words that say what to do; [] = nothing."""
    problems = []
    usable = {}
    for name, written in overrides.items():
        found = _problems_of(name, written)
        problems += [f"tui.keys: {problem}" for problem in found]
        if not found:
            usable[name] = written
    return problems + [f"tui.keys: {problem}" for problem in _shared_keys(usable)]


def _problems_of(name: str, written: str) -> list[str]:
    if name not in BY_ID:
        near = nearest(name, BY_ID)
        meant = f"did you mean {near}?" if near else f"there are {', '.join(BY_ID)}"
        return [f"there is no action {name}; {meant}"]
    problems = []
    for key in keys_in(written):
        try:
            reason = why_taken(known_key(key))
        except UnknownKey as unknown:
            problems.append(f"{name} = {unknown}")
            continue
        if reason is not None and known_key(key) not in ALWAYS.get(name, ()):
            problems.append(f"{name} = {key}: it does not reach us, since {reason}")
    return problems


def _shared_keys(overrides: Mapping[str, str]) -> list[str]:
    """Keys that two actions of a screen have, each pair once, with the screens where it is so."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for view in View:
        owner: dict[str, Action] = {}
        for action in actions_of(view):
            for key in keys_of(action, overrides):
                other = owner.setdefault(key, action)
                if other is not action:
                    found.setdefault((key, other.id, action.id), []).append(view)
    return [
        f"the key {key} would be both {first} and {second} on {_screens(views)}: "
        f"give one of them another"
        for (key, first, second), views in found.items()
    ]


def _screens(views: list[str]) -> str:
    return "every screen" if len(views) == len(View) else ", ".join(views)
