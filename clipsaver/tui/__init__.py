"""The terminal UI: what goes on, what needs a person, and what a person can do about it.

It runs on asyncio, as Textual does, in a process of its own, and never looks into a worker: what
it shows comes through one `Source`, from what Redis, PostgreSQL and the storage hold.

    run        what `clipsaver tui` starts: the source of the options, and the application over it
    app        the application: its ticks, the way from screen to screen, reconnecting
    screens    one file for each screen, most of them a list with panes beside it
    widgets    the table that keeps its cursor, the frame, the filter line, dialogs
    actions    the one table of what a person can do, which makes keys, footer, help and palette
    filters    the language of the filter line (decides only)
    viewmodel  from what was seen to rows, words and verdicts (decides only)
    sources    what was seen: the protocol, the live one, and the simulated fleet of `--demo`

Imports go downwards in this list. What decides knows no Textual and no store.
"""
