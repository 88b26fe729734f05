"""What a screen is put together from; each is given records and draws them.

text_lines   lines that stand still: the frame, the banner, the footer
boxes_view   boxes below and beside each other, some of whose lines can be opened
picture      a picture in half cells
table        the list that keeps its cursor, marks and place by the keys of rows
row_painter  a row of it as segments of a terminal line
scroll_bars  those of all that scrolls, in whole cells
still_input  a line to type in
filter_line  the line above it: what is filtered, how many are shown, by what they are sorted
"""
