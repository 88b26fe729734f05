"""What leaves the window: to the clipboard, into a file, to a browser.

clipboard   by OSC 52, and by a tool of the desktop or of tmux
files       exports, as JSON lines
plain_json  any record as JSON that may be passed on (decides only)
links       where links lead, and whether there is a browser (decides only)
"""
