"""What a file is, from its first bytes and the demuxer that took it.

FFmpeg names demuxers, such as "mov,mp4,m4a,3gp,3g2,mj2" and "matroska,webm", not types.
"""

from __future__ import annotations

from clipsaver.thumbnails.picture.boxes import boxes_in
from clipsaver.thumbnails.picture.ebml import doc_type

_BRANDS = {
    b"qt  ": "video/quicktime",
    b"M4V ": "video/x-m4v",
    b"M4VH": "video/x-m4v",
    b"M4VP": "video/x-m4v",
}
_MATROSKA = {"webm": "video/webm"}
_DEMUXERS = {"avi": "video/x-msvideo", "flv": "video/x-flv"}


def content_type_of(demuxer: str, beginning: bytes) -> str:
    """The MIME type of a file that this demuxer of FFmpeg's reads."""
    if "mp4" in demuxer:
        return _iso_type(beginning)
    if "matroska" in demuxer:
        return _MATROSKA.get(doc_type(beginning), "video/x-matroska")
    return _DEMUXERS.get(demuxer, "application/octet-stream")


def _iso_type(beginning: bytes) -> str:
    for box in boxes_in(beginning):
        if box.kind == b"ftyp":
            brand = beginning[box.content : box.content + 4]
            if brand.startswith((b"3gp", b"3g2")):
                return "video/3gpp2" if brand.startswith(b"3g2") else "video/3gpp"
            return _BRANDS.get(brand, "video/mp4")
        if box.kind in (b"moof", b"sidx", b"styp"):
            return "video/mp4"
    # Files from before there was `ftyp` are QuickTime's.
    return "video/quicktime"
