"""What changes something: each is put on record, and each has a command that does the same."""

from __future__ import annotations

from clipsaver.tui.actions.kinds import Action, Danger
from clipsaver.tui.sources.wanted import View
from clipsaver.tui.sources.wishes import Deed

_JOBS = frozenset({View.JOBS})
_PENDING = frozenset({View.PENDING})
_DEAD = frozenset({View.DEAD})
_WORKERS = frozenset({View.WORKERS})
_CLIPS = frozenset({View.CLIPS})

ACTING = (
    # A form that shows what it would read before it is sent is confirmation enough.
    Action(id=Deed.NEW_JOB, deed=Deed.NEW_JOB, keys=("n",), words="new job",
           help="Put a job on the stream; the form shows first what it would read.",
           views=frozenset({View.OVERVIEW, View.JOBS}), is_change=True, footer=60,
           twin="clipsaver push TYPE --guild ID --channel ID"),
    Action(id=Deed.CANCEL, deed=Deed.CANCEL, keys=("X",), words="cancel",
           help="End the job, whether it waits or runs; what it has saved stays.",
           views=_JOBS, needs_row=True, takes_marks=True, is_change=True, danger=Danger.ASK,
           footer=62, twin="clipsaver cancel JOB --yes"),
    # Asks after all where the holder is alive, since the job could run twice: Preview.is_risky.
    Action(id=Deed.RELEASE, deed=Deed.RELEASE, keys=("r",), words="release",
           help="Let others have at once what its holder does not work on any more.",
           views=_PENDING, needs_row=True, takes_marks=True, is_change=True,
           footer=66, twin="clipsaver pending release ID --yes"),
    Action(id=Deed.RELEASE_WORKER, deed=Deed.RELEASE_WORKER, keys=("R",), words="release all",
           help="Release all that the holder of this entry has.",
           views=_PENDING, needs_row=True, is_change=True, danger=Danger.COUNT,
           footer=12, twin="clipsaver pending release --worker=NAME --yes"),
    Action(id=Deed.BURY, deed=Deed.BURY, keys=("B",), words="bury",
           help="Make it a dead letter now; it can be retried from there.",
           views=_PENDING, needs_row=True, takes_marks=True, is_change=True, danger=Danger.ASK,
           footer=64, twin="clipsaver pending bury ID --yes"),
    Action(id=Deed.DROP_ENTRY, deed=Deed.DROP_ENTRY, keys=("D",), words="drop",
           help="Take it off the stream: it will not run again by itself.",
           views=_PENDING, needs_row=True, takes_marks=True, is_change=True, danger=Danger.ASK,
           footer=63, twin="clipsaver pending drop ID --yes"),
    # One is done at once, since `app.undo` takes it back until a worker has it. Asks after all
    # where it took workers down, since it may do so again: Preview.is_risky.
    Action(id=Deed.RETRY, deed=Deed.RETRY, keys=("r",), words="retry",
           help="Put it on the stream again, with all its attempts.",
           views=_DEAD, needs_row=True, takes_marks=True, is_change=True,
           footer=66, twin="clipsaver dead retry ID --yes"),
    Action(id=Deed.DROP_LETTER, deed=Deed.DROP_LETTER, keys=("D",), words="drop",
           help="Delete the letter for good.",
           views=_DEAD, needs_row=True, takes_marks=True, is_change=True, danger=Danger.ASK,
           footer=63, twin="clipsaver dead drop ID --yes"),
    Action(id=Deed.PAUSE, deed=Deed.PAUSE, keys=("P",), words="pause worker",
           help="Have it take no new jobs; those that it runs go on.",
           views=_WORKERS, needs_row=True, takes_marks=True, is_change=True, danger=Danger.ASK,
           footer=66, twin="clipsaver workers pause NAME --yes"),
    Action(id=Deed.RESUME, deed=Deed.RESUME, keys=("R",), words="resume",
           help="Have a paused worker take jobs again.",
           views=_WORKERS, needs_row=True, takes_marks=True, is_change=True,
           footer=64, twin="clipsaver workers resume NAME --yes"),
    Action(id=Deed.DRAIN, deed=Deed.DRAIN, keys=("X",), words="drain",
           help="Have it take no new jobs, and end when those that it runs are over.",
           views=_WORKERS, needs_row=True, takes_marks=True, is_change=True, danger=Danger.ASK,
           footer=63, twin="clipsaver workers drain NAME --yes"),
    Action(id=Deed.REMAKE, deed=Deed.REMAKE, keys=("t",), words="remake",
           help="Make the thumbnail anew; the picture that is there stays until then.",
           views=_CLIPS, needs_row=True, takes_marks=True, is_change=True,
           footer=62, twin="clipsaver thumbnails remake CLIP --yes"),
    Action(id="app.undo", keys=("u",), words="undo", is_change=True,
           help="Take the last action back, as long as no worker has taken it up."),
)  # fmt: skip
