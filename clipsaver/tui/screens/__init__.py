"""What a person is in front of.

making    which screen a view has
framed    what the eight screens have in common, and the small sizes
framing   the lines around them: what they say; `hints` in the last of them
overview  the boxes of the first screen
listing   a list with panes beside it; all other screens are this one
    list_target    what an action is done to
    list_painting  rows, panes, detail and border
    list_actions   what only some lists can
    list_copying   copying and export
clips     the list of clips, with a picture beside it
dialog    what dialogs have: how they look, and that esc closes them
confirm   asks before a deed, as its danger asks for
new_job   the form of a new job
words     a text to read or to copy by hand, and the searchable help
go_to     the line of `:`
"""
