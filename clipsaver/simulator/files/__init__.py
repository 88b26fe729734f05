"""What the CDN holds: small real videos, and the signed links that lead to them.

    media    the files, known to the byte, and the ids that tell which file is meant (`videos/`)
    links    how a link is signed, checked and signed again

It knows no message, channel or request.
"""
