"""Which layers there are, and in which order they are applied.

namespaces     in the parent, first of all: before any thread
tie            in the parent
user           first in a child, while it may still become another
privileges     landlock and seccomp ask for `no_new_privs`
landlock       needs a descriptor, so before the limits
limits
tie            after `user`, which undoes it
seccomp        last: it forbids what the others need
"""

from __future__ import annotations

import os

from clipsaver.thumbnails.decoder.layers import system_calls
from clipsaver.thumbnails.decoder.layers.kernel import Kernel
from clipsaver.thumbnails.decoder.layers.landlock import Landlock
from clipsaver.thumbnails.decoder.layers.layer import Layer
from clipsaver.thumbnails.decoder.layers.limits import Limits
from clipsaver.thumbnails.decoder.layers.namespaces import Namespaces
from clipsaver.thumbnails.decoder.layers.privileges import Privileges
from clipsaver.thumbnails.decoder.layers.tie import Tie
from clipsaver.thumbnails.decoder.layers.user import User


def parent_layers(kernel: Kernel) -> tuple[Layer, ...]:
    """For the process whose children decode."""
    return (Namespaces(kernel, is_root=os.geteuid() == 0), Tie(kernel, os.getppid()))


def child_layers(kernel: Kernel) -> tuple[Layer, ...]:
    """For each child; made in its parent."""
    return (
        User(),
        Privileges(kernel),
        Landlock(kernel),
        Limits(),
        Tie(kernel, os.getpid()),
        system_calls.prepared(kernel.platform),
    )
