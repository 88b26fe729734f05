"""What changes nothing outside of this window: going, moving, marking, sorting, copying."""

from __future__ import annotations

from clipsaver.tui.actions.kinds import Action
from clipsaver.tui.sources.wanted import View

LISTS = frozenset(View) - {View.OVERVIEW}

GOING = (
    Action(id="row.open", keys=("enter",), words="open", footer=90,
           help="Open what is under the cursor."),
    Action(id="app.back", keys=("escape",), words="back",
           help="Back by one: out of the dialog, the filter, the marks, the detail, the screen."),
    Action(id="app.filter", keys=("/",), words="filter", footer=70,
           help="Show only rows that fit, as you type; enter keeps it, esc clears it."),
    Action(id="go.to", keys=(":",), words="go to", footer=30,
           help="Go to a screen by its name, filtered: :pending w-9   :dead not_found"),
    *(
        Action(id=f"go.{view}", keys=(str(number),), words=view.capitalize(),
               help=f"Go to {view.capitalize()}.")
        for number, view in enumerate(View, start=1)
    ),
    Action(id="go.previous", keys=("[",), words="previous", help="Go to the screen to the left."),
    Action(id="go.next", keys=("]",), words="next", help="Go to the screen to the right."),
    Action(id="go.last", keys=("-",), words="last screen", help="Go to where you were before."),
    Action(id="logs.of_row", keys=("L",), words="logs of it", needs_row=True,
           views=frozenset(View) - {View.LOGS, View.LIMITS, View.CLIPS},
           help="Open Logs with what was said of the row under the cursor."),
)  # fmt: skip

MOVING = (
    Action(id="move.down", keys=("j", "down"), words="down", help="To the next row."),
    Action(id="move.up", keys=("k", "up"), words="up", help="To the row before."),
    Action(id="move.first", keys=("g", "home"), words="first", help="To the first row."),
    Action(id="move.last", keys=("G", "end"), words="last", help="To the last row."),
    Action(id="move.page_down", keys=("pagedown",), words="page down", help="Down by a page."),
    Action(id="move.page_up", keys=("pageup",), words="page up", help="Up by a page."),
    Action(id="move.left", keys=("h", "left"), words="left", help="To columns further left."),
    Action(id="move.right", keys=("l", "right"), words="right", help="To columns further right."),
)

LISTING = (
    Action(id="mark.row", keys=("space",), words="mark", views=LISTS, needs_row=True, footer=55,
           help="Mark the row, or take its mark away, and go on to the next."),
    Action(id="mark.shown", keys=("*",), words="mark all", views=LISTS,
           help="Mark all rows that are shown."),
    Action(id="mark.none", keys=("\\",), words="clear marks", views=LISTS,
           help="Take all marks away, also those of rows that the filter hides."),
    Action(id="sort.next", keys=("s",), words="sort", views=LISTS, footer=20,
           help="Sort by the next column; a click on its head does the same."),
    Action(id="sort.reverse", keys=("S",), words="reverse", views=LISTS,
           help="Sort the other way round."),
    Action(id="list.wide", keys=("w",), words="wide", views=LISTS,
           help="Show all columns at their full width; h and l move along them."),
)  # fmt: skip

COPYING = (
    Action(id="copy.id", keys=("y",), words="copy id", views=frozenset(View) - {View.CLIPS},
           needs_row=True, takes_marks=True, footer=50,
           help="Copy the ids of the marked rows, or of this one."),
    Action(id="copy.link", keys=("y",), words="copy link", views=frozenset({View.CLIPS}),
           needs_row=True, takes_marks=True, footer=50,
           help="Copy the clips' links, which work until Discord's signature on them ends."),
    Action(id="copy.record", keys=("Y",), words="copy all", needs_row=True, takes_marks=True,
           help="Copy the whole records as JSON; twice opens the text, to select by hand."),
    Action(id="list.export", keys=("e",), words="export", views=LISTS,
           help="Write what is shown into a new file, as JSON lines."),
)  # fmt: skip

LOOKING = (
    Action(id="follow", keys=("f",), words="follow", footer=45,
           views=frozenset({View.OVERVIEW, View.JOBS, View.LOGS}),
           help="Stay with what comes last."),
    Action(id="dead.grouped", keys=("v",), words="group", views=frozenset({View.DEAD}), footer=40,
           help="By cause, or each letter."),
    Action(id="clip.open", keys=("o",), words="open message", views=frozenset({View.CLIPS}),
           needs_row=True, footer=40, help="Open the message's link in a browser."),
    Action(id="worker.tree", keys=("T",), words="task tree", views=frozenset({View.WORKERS}),
           needs_row=True, footer=38, twin="clipsaver workers tree NAME",
           help="Have the worker show its tasks, and where each of them waits."),
    Action(id="logs.minute_on", keys=("m",), words="minute on", views=frozenset({View.LOGS}),
           help="To what was said a minute later."),
    Action(id="logs.minute_back", keys=("M",), words="minute back", views=frozenset({View.LOGS}),
           help="To what was said a minute earlier."),
    Action(id="app.pause", keys=("p",), words="pause", footer=15,
           help="Look no more, until pressed again; moving and copying go on."),
    Action(id="app.faster", keys=(">",), words="faster", help="Look more often, up to 4 a second."),
    Action(id="app.slower", keys=("<",), words="slower", help="Look less often, down to 30 s."),
    Action(id="app.refresh", keys=("ctrl+r",), words="refresh",
           help="Look now; try again at once to connect."),
    Action(id="app.palette", keys=("ctrl+p",), words="palette", footer=25,
           help="All that can be done here, by name."),
    Action(id="app.help", keys=("?", "f1"), words="help", footer=100, is_at_end=True,
           help="The keys of this screen, then those of all."),
    Action(id="app.quit", keys=("q", "ctrl+c"), words="quit", footer=35, is_at_end=True,
           help="Leave; asks only where an action still runs. Workers go on."),
)  # fmt: skip
