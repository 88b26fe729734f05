"""What a layer is, and how one is tried."""

from __future__ import annotations

from typing import Protocol

import msgspec


class LayerState(msgspec.Struct, frozen=True):
    """Whether a layer took effect. A struct, since it crosses the border of a process."""

    name: str
    is_on: bool
    words: str
    """What it does here, or why it is off; for a person."""


class Layer(Protocol):
    """One way to take abilities from this process, for good."""

    @property
    def name(self) -> str: ...

    def applies(self) -> str:
        """Why it cannot take effect here; empty where it can be tried."""

    def apply(self) -> str:
        """Takes effect on this process; returns what it does, for a person. Raises OSError."""


def try_layer(layer: Layer) -> LayerState:
    """Applies a layer where that can be done; never raises, since it is never the only one."""
    why_not = layer.applies()
    if why_not:
        return LayerState(layer.name, is_on=False, words=why_not)
    try:
        words = layer.apply()
    except OSError as refusal:
        return LayerState(layer.name, is_on=False, words=refusal.strerror or str(refusal))
    return LayerState(layer.name, is_on=True, words=words)
