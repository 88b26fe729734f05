"""Boxes and elements: what is found in well-formed ones, and that no bytes are too odd to read."""

from __future__ import annotations

import struct

from hypothesis import example, given
from hypothesis import strategies as st

from clipsaver.thumbnails.picture import boxes, ebml
from clipsaver.thumbnails.picture.content_type import content_type_of
from clipsaver.thumbnails.picture.outline import Layout, read_outline
from clipsaver.thumbnails.picture.range_file import RangeFile
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import Budgets
from tests.thumbnails.videos import Video, box, made

FTYP = box(b"ftyp", b"isom\0\0\2\0isomiso2")
kinds = st.sampled_from([b"free", b"moov", b"mdat", b"uuid", b"moof", b"sidx"])


@given(st.lists(st.tuples(kinds, st.binary(max_size=40)), max_size=8))
def test_boxes_are_found_where_they_were_put(written: list[tuple[bytes, bytes]]) -> None:
    content = b"".join(box(kind, inside) for kind, inside in written)
    found = [(one.kind, content[one.content : one.end]) for one in boxes.boxes_in(content)]
    assert found == written


def test_a_box_may_be_long_or_reach_to_the_end() -> None:
    long = struct.pack(">I4sQ", 1, b"mdat", 16 + 5)
    assert boxes.box_at(100, long) == boxes.Box(b"mdat", 100, 116, 121)
    assert boxes.box_at(100, struct.pack(">I4s", 0, b"mdat")) == boxes.Box(b"mdat", 100, 108, None)
    assert boxes.box_at(0, struct.pack(">I4s", 7, b"mdat")) is None
    assert boxes.box_at(0, struct.pack(">I4sQ", 1, b"mdat", 15)) is None
    assert boxes.box_at(0, b"\0\0\0\x10fre") is None


noise = st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda b: FTYP + b))


@given(noise)
@example(box(b"moov", box(b"mvex") + box(b"mvhd")))
@example(box(b"moov", box(b"mvhd", bytes(24)) + box(b"mvex", box(b"mehd", b"\1" + bytes(7)))))
@example(box(b"moov", box(b"mvex")) + box(b"sidx", b"\1" + bytes(31)))
@example(b"\x1aE\xdf\xa3\x80")
@example(b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff\xe7\x81\x05\xa3\x84\x81\x80\x00\x00")
def test_no_bytes_are_too_odd_to_read(content: bytes) -> None:
    read_outline(RangeFile(BytesRanges(content), Budgets()))
    boxes.fragments_of(content)
    boxes.end_of_fragments(content, 100)
    boxes.size_of_mfra(content)
    ebml.doc_type(content)
    ebml.last_time(content)
    ebml.first_time(content)
    content_type_of("mov,mp4,m4a,3gp,3g2,mj2", content)


def outline_of(content: bytes):
    return read_outline(RangeFile(BytesRanges(content), Budgets()))


FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"


def fragments(flags: str, **video: object) -> bytes:
    return made(Video(muxing=(("movflags", f"{FRAGMENTS}{flags}"),), **video))


def test_the_layout_says_how_fragments_are_listed() -> None:
    assert outline_of(made(Video())).layout is Layout.WHOLE
    assert outline_of(made(Video(container="webm", codec="libvpx-vp9"))).layout is Layout.WHOLE
    assert outline_of(fragments("")).layout is Layout.LISTED_FRAGMENTS
    assert outline_of(fragments("+skip_trailer")).layout is Layout.BARE_FRAGMENTS
    assert outline_of(fragments("+global_sidx")).layout is Layout.INDEXED_FRAGMENTS
    assert outline_of(fragments("+global_sidx+skip_trailer")).layout is Layout.INDEXED_FRAGMENTS
    # One index for each fragment: FFmpeg would read all of them to find the next.
    assert outline_of(fragments("+dash+skip_trailer")).layout is Layout.BARE_FRAGMENTS
    # An index that does not reach the end, since something was appended.
    trailed = fragments("+global_sidx+skip_trailer") + box(b"uuid", bytes(100))
    assert outline_of(trailed).layout is Layout.BARE_FRAGMENTS


def test_the_length_of_all_fragments_is_read_from_mehd() -> None:
    mvhd = box(b"mvhd", bytes(12) + struct.pack(">II", 600, 0) + bytes(80))
    mehd = box(b"mehd", bytes(4) + struct.pack(">I", 1500))
    assert boxes.fragments_of(mvhd + box(b"mvex", mehd)) == boxes.Fragments(2.5)
    long = box(b"mvhd", b"\1" + bytes(19) + struct.pack(">IQ", 600, 0) + bytes(80))
    mehd = box(b"mehd", b"\1\0\0\0" + struct.pack(">Q", 1500))
    assert boxes.fragments_of(long + box(b"mvex", mehd)) == boxes.Fragments(2.5)
    assert boxes.fragments_of(mvhd + box(b"mvex")) == boxes.Fragments(None)
    assert boxes.fragments_of(mvhd) is None


def element(kind: int, content: bytes) -> bytes:
    name = kind.to_bytes((kind.bit_length() + 7) // 8)
    return name + (len(content) | 1 << 28).to_bytes(4) + content


def block(offset: int) -> bytes:
    return b"\x81" + struct.pack(">hB", offset, 0) + b"picture"


def test_the_last_time_is_the_latest_of_the_last_cluster() -> None:
    simple = [element(0xA3, block(offset)) for offset in (0, 40, 20)]
    group = element(0xA0, element(0xA1, block(60)) + element(0x9B, b"\x14"))
    cluster = element(0x1F43B675, element(0xE7, b"\x03\xe8") + b"".join(simple))
    assert ebml.last_time(b"rest of another cluster" + cluster) == 1040
    assert ebml.last_time(cluster + element(0x1C53BB6B, b"index")) == 1040
    grouped = element(0x1F43B675, element(0xE7, b"\x03\xe8") + simple[0] + group)
    assert ebml.last_time(cluster + grouped) == 1080
    # A live recording does not say how long a cluster is, and ends anywhere.
    live = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff" + cluster[8:]
    assert ebml.last_time(live) == 1040
    assert ebml.last_time(live[:-9]) == 1040
    # The mark of a cluster inside a picture is none.
    assert ebml.last_time(cluster + b"\x1f\x43\xb6\x75\x00\x00noise") == 1040
    assert ebml.last_time(b"no cluster begins here") is None
    assert ebml.first_time(element(0x1A45DFA3, b"") + live + cluster) == 1000
    assert ebml.first_time(b"no cluster begins here") is None


def test_content_types_are_those_of_the_bytes() -> None:
    mov = "mov,mp4,m4a,3gp,3g2,mj2"
    brands = {
        b"isom": "mp4",
        b"qt  ": "quicktime",
        b"M4V ": "x-m4v",
        b"3gp5": "3gpp",
        b"3g2a": "3gpp2",
    }
    for brand, kind in brands.items():
        assert content_type_of(mov, box(b"ftyp", brand + bytes(4))) == f"video/{kind}"
    assert content_type_of(mov, box(b"wide") + box(b"mdat", bytes(9))) == "video/quicktime"
    assert content_type_of("avi", b"RIFF") == "video/x-msvideo"
    assert content_type_of("flv", b"FLV") == "video/x-flv"
    for name, kind in ((b"webm", "webm"), (b"matroska", "x-matroska")):
        header = element(0x1A45DFA3, element(0x4282, name))
        assert content_type_of("matroska,webm", header) == f"video/{kind}"
