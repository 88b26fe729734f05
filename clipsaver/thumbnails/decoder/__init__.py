"""Pictures of clips, each made in a process of its own that can do nothing else.

A stranger's file is read by a decoder written in C. So it is read where a crash, a loop, a bomb or
a take-over costs one thumbnail: in a child that has one socket, asks on it for ranges of bytes, and
tells its picture there. The children are forked from one warm parent, which never sees a clip.

    worker  ──control──▶  parent (zygote)          jobs, as two sockets each
      ▲                      │ fork
      │                      ▼
      └──────────────────▶ child                   ranges, then the picture or why there is none

    decoders       what the rest of the worker uses: `open_decoders`, `picture`
    warm_process   the worker's end of the parent: start, fork, end
    conversation   the worker's side of one clip
    checks         what the worker believes of a child (decides only)
    endings        what it means that a child ended without an answer (decides only)
    webp           the size of an encoded picture (no I/O)

    messages       what a child and the worker say to each other (no I/O)
    handing        what a parent and the worker say to each other: descriptors and ends

    zygote         the parent: forks, tells births and ends
    child          what happens after the fork, before the first byte of a clip
    asking         the child's side of one clip
    layers/        what takes its abilities from a process, layer by layer
"""
