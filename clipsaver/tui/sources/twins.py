"""The command of the command line that does what a wish asks for. Pure.

Both operators show it, so that what a person learns here can be written into a script.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence

import msgspec

from clipsaver.errors import BadJob
from clipsaver.operating.push_options import PUSH_OPTIONS
from clipsaver.queue.entries import is_entry_id
from clipsaver.tui.sources.new_job import fields_of
from clipsaver.tui.sources.wishes import Deed, Wish

_NAMED: Mapping[Deed, str] = {
    Deed.CANCEL: "cancel",
    Deed.RELEASE: "pending release",
    Deed.BURY: "pending bury",
    Deed.DROP_ENTRY: "pending drop",
    Deed.PAUSE: "workers pause",
    Deed.RESUME: "workers resume",
    Deed.DRAIN: "workers drain",
}
"""Deeds whose keys the command takes as they are."""

_OF_LETTERS: Mapping[Deed, str] = {Deed.RETRY: "dead retry", Deed.DROP_LETTER: "dead drop"}


def twin(wish: Wish, *, without_picture: Collection[str] = ()) -> str:
    """The command, ready for a shell; where it takes two, joined by `&&`.

    `without_picture` are those of the clips that have no thumbnail yet: theirs is another command.
    """
    if wish.deed is Deed.NEW_JOB:
        return _push(wish.options)
    if "undo" in wish.options:
        return _command("dead undo", names=wish.keys, why=wish.why)
    if wish.deed is Deed.RELEASE_WORKER:
        workers = [f"--worker={name}" for name in wish.keys]
        return _command("pending release", workers, why=wish.why)
    if wish.deed is Deed.REMAKE:
        return _remake(wish, without_picture)
    if (command := _OF_LETTERS.get(wish.deed)) is not None:
        return _of_letters(command, wish)
    return _command(_NAMED[wish.deed], names=wish.keys, why=wish.why)


def _of_letters(command: str, wish: Wish) -> str:
    """Letters go by their ids or run ids, groups by their fingerprint; never both in one call."""
    named = [key for key in wish.keys if "/" in key or is_entry_id(key)]
    groups = [f"--fingerprint={key}" for key in wish.keys if key not in named]
    parts = [_command(command, names=named, why=wish.why)] if named or not groups else []
    if groups:
        parts.append(_command(command, groups, why=wish.why))
    return " && ".join(parts)


def _remake(wish: Wish, without_picture: Collection[str]) -> str:
    missing = [key for key in wish.keys if key in without_picture]
    there = [key for key in wish.keys if key not in without_picture]
    parts = [_command("thumbnails remake", names=there, why=wish.why)] if there else []
    if missing:
        parts.append(_command("thumbnails retry", names=missing, why=wish.why))
    return " && ".join(parts)


def _command(
    command: str, options: Sequence[str] = (), names: Sequence[str] = (), why: str = ""
) -> str:
    words = ["clipsaver", *command.split(), *options, "--yes"]
    if why:
        words.append(f"--why={why}")
    if any(name.startswith("-") for name in names):
        words.append("--")
    return shlex.join([*words, *names])


def _push(written: Mapping[str, str]) -> str:
    """By options where there is one for each field, else as JSON."""
    try:
        fields = fields_of(written)
    except BadJob:  # a form that is not finished: what is there so far
        known = ("type", *PUSH_OPTIONS)
        fields = {name: text for name, text in written.items() if name in known and text.strip()}
    kind = fields.pop("type", "")
    settings = fields.pop("settings", {})
    flat = fields | settings
    if not flat.keys() <= PUSH_OPTIONS.keys():
        job = {"type": kind, **fields, "settings": settings}
        return f"echo {shlex.quote(msgspec.json.encode(job).decode())} | clipsaver push -"
    words = [word for name, value in flat.items() for word in _option(name, value)]
    return shlex.join(["clipsaver", "push", *([kind] if kind else ()), *words])


def _option(name: str, value: object) -> list[str]:
    option = PUSH_OPTIONS[name]
    if name == "reset_scan_status":
        return [option] if value else []
    values = value if isinstance(value, tuple) else ("all" if value is None else value,)
    return [f"{option}={one}" for one in values]
