"""How the application looks: when, what it keeps of it, and what it says while it cannot.

state     what is known of the looks so far, and what a look changes of it (decides only)
pace      how often to look (decides only)
progress  lays what runs say of themselves onto what was seen (decides only)
bounds    what of a filter a source can be asked for (decides only)
pages     puts a page of clips into the list of those that were seen before (decides only)
looker    the two tasks that ask the source
"""
