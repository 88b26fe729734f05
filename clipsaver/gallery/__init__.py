"""A page of clips for a browser: one file and a folder of pictures, without a server.

`index.html` holds its style, its script and what it knows of the clips; `thumbnails` beside it
holds copies of their small pictures. Everything that the page shows was written by strangers: see
`page.py` for how that is kept from being more than text.
"""
