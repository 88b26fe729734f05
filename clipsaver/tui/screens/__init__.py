"""What a person is in front of.

framed    what all screens of the list have: frame, banner, footer, and the small sizes
overview  the boxes of the first screen
listing   a list with panes beside it; all other screens are this one
dialog    what dialogs have: how they look, and that esc closes them
confirm   asks before a deed, as its danger asks for
new_job   the form of a new job
words     a text to read or to copy by hand, and the searchable help
go_to     the line of `:`
"""
