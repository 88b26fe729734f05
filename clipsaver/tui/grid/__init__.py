"""What the table of a screen decides: in which order, how wide, and where its cursor is. Pure.

cutting    a text in exactly so many cells of a terminal
fitting    columns in exactly so many cells
ordering   rows by a column, and rows that are not to run away while a person moves
anchoring  cursor and scroll where rows came, went and moved
"""
