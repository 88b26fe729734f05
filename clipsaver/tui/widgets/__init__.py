"""What the screens are made of.

text_lines  lines that stand still: the frame, the banner, the footer
boxes_view  boxes whose lines can be opened
"""
