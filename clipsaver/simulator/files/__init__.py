"""What the CDN holds: small real videos, their stills, and the signed links that lead to them.

    media    the files, known to the byte, and the ids that tell which file is meant (`videos/`)
    stills   what the media proxy makes of a video: its first picture (`stills/`)
    links    how a link is signed, checked and signed again

It knows no message, channel or request.
"""
