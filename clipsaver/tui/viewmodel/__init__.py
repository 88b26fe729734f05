"""What is shown, made from what was seen. Pure: no clock, no store, no widget.

rows       what a list is made of: columns, cells, rows, panes (records only)
signs      bars, curves and marks, in block characters or in ASCII
words      lengths of time, sizes, ids and names as a person reads them
attention  what needs a person, in the order of its urgency
connection  how the application and what it looks at stand to each other (records only)
frame      the two lines above every screen, and the banner
jobs …     one file for each screen: its columns, rows and panes
"""
