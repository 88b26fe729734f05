"""From an action to what it does: here in the window, or out there as a deed.

acts      from a row of the table of actions to what it does, where it can be done now
handlers  what actions do that concern the application as a whole
palette   the actions to choose from by name
deeds     the course of what changes something: look, ask, do, tell (knows no Textual)
person    asks and tells by dialogs and lines
"""
