"""What keeps a decoder from doing anything but decode, layer by layer.

Each is one small object that says whether it applies here and takes effect for the process that
calls it, for good. None is relied on: what a system lacks or a container forbids is left out, said,
and the rest goes on. The order matters and is that of `child_layers`.

    kernel         the system calls that Python has no name for
    layer          what a layer is, and how one is tried
    namespaces     no network and no shared memory of others, once for the parent of all children
    user           another account than root's
    privileges     no capabilities, and no way to get any
    landlock       no file, no port, no signal to others, as the kernel's own sandbox has it
    limits         seconds, memory, files and processes
    tie            ends with its parent
    system_calls   only the calls that decoding needs
    order          which layers there are, in which order and why in that
    probe          what a child with all of them can still reach, tried out
"""
