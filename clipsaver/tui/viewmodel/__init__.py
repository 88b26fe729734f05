"""What is shown, made from what was seen. Pure: no clock, no store, no widget.

listings   the lists of all screens
overview   the first screen, which is panes
jobs …     one file for each other screen: its columns, rows and panes
entry      panes of one entry of the stream, and a job as JSON
dead_panes panes of dead letters
frame      the two lines above every screen, and the banner
attention  what needs a person, in the order of its urgency
budget     what Discord allows, and how much of it is used
happenings events and what operators did, in words
progress   how far a job is: its bar, its counts, its rate and its end
places     where a job is, in as many cells as there are
connection how the application and what it looks at stand to each other (records only)
layout     texts in so many cells, small tables, facts and panes
words      lengths of time, sizes, ids and names as a person reads them
signs      bars, curves and marks, in block characters or in ASCII
rows       what a list is made of: columns, cells, rows, panes (records only)

Imports go downwards in this list.
"""
