"""The terminal UI: what goes on, what needs a person, and what a person can do about it.

It runs on asyncio, as Textual does, in a process of its own, and never looks into a worker: what
it shows comes through one `Source`, from what Redis, PostgreSQL and the storage hold.

    run        what `clipsaver tui` starts: the source of the options, and the application over it
    app        the application: its ticks, the way from screen to screen; `key_order` has its keys
               carried out one after the other, `inside_textual` what is private in Textual
    doing      from an action to what it does: handlers, the palette, the course of a deed
    screens    the eight screens, most of them a list with panes beside it, and the dialogs
    sharing    what leaves the window: clipboard, exports, links
    looking    when it looks, what it keeps of that, what it says while it cannot
    pictures   the picture of the clip under the cursor
    widgets    the table that keeps its cursor, boxes, the filter line
    painting   themes, sizes, boxes and lines
    grid       what the table decides: order, widths, where the cursor is (decides only)
    actions    the one table of what a person can do, which makes keys, footer, help and palette
    filters    the language of the filter line (decides only)
    viewmodel  from what was seen to rows, words and verdicts (decides only)
    sources    what was seen: the protocol, the live one, and the simulated fleet of `--demo`
    settings   how it is to be, out of the configuration and the command line

Imports go downwards in this list, but for the application, which screens and what is done know for
types. What decides knows no Textual and no store.
"""
