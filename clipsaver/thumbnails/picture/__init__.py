"""A picture and the facts of a clip, out of a few ranges of its bytes.

What runs here reads a stranger's file with a decoder written in C, so it is meant for a child
process that can do nothing else: it asks one `Ranges` for bytes, blocks meanwhile, and knows no
network, no other file and no loop.

    make           the one entry point: `make_picture(ranges, wanted)`; what is tried in which order
    warming        what a process does once, so that each picture after it is quick
    wanted         what is asked for: sizes, quality, budgets
    found          what comes back: pictures, facts, and what they cost
    errors         why there is none

    sources        the seam below: a file as ranges of bytes, and those of local files
    extents        the bytes that were fetched (no I/O)
    growth         how much to fetch at once (no I/O)
    range_file     a file that FFmpeg reads, over these three
    boxes          the boxes of an ISO file (mp4, mov), and its fragments (no I/O)
    ebml           the elements of Matroska and WebM (no I/O)
    outline        what can be known before FFmpeg opens the file, so that its index comes at once
    content_type   what a file is, from its first bytes

    opening        FFmpeg's options, and what each container needs beyond them
    tracks         which of the video tracks is meant
    moments        where to look for a picture (decides only)
    frames         one decoded picture at a moment, or many in a row
    looks          whether a picture shows anything
    geometry       boxes, pixels that are no squares, turned and mirrored pictures (decides only)
    colours        which rules its colours follow; HDR made fit for a screen without
    stills         scaling and encoding
    lengths        how long the clip is
    facts          what is known of the clip beside its picture
"""
