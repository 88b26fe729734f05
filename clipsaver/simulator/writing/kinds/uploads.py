"""Messages with uploaded videos, and with files that only look like videos.

Each function writes one kind of message and notes, by hand, what in it is a clip.
Source: Discord's documentation, "Attachment Object".
"""

from __future__ import annotations

from clipsaver.simulator.files.media import PROBED_VIDEOS, by_name
from clipsaver.simulator.timeline import iso, unix_ms
from clipsaver.simulator.writing.draft import IS_CLIP, IS_SPOILER, Draft
from clipsaver.simulator.writing.texts import odd_text, passage


def plain_clip(draft: Draft) -> None:
    """One video with everything that Discord finds out about it."""
    media = draft.dice.pick(PROBED_VIDEOS)
    if draft.dice.chance(0.5):
        draft.json["content"] = passage(draft.dice)
    duration = media.duration_s if draft.dice.chance(0.5) else None
    name = f"{draft.dice.bits():012x}.{media.extension}"
    draft.plant(draft.attach(media, name, duration_secs=duration), media.content_type)


def unprobed_clip(draft: Draft) -> None:
    """A container that Discord cannot decode: neither size of the picture nor placeholder."""
    media = by_name(draft.dice.pick(("cells.mkv", "bars.avi")))
    draft.plant(draft.attach(media, f"capture.{media.extension}"), media.content_type)


def untyped_clip(draft: Draft) -> None:
    """No content_type at all: only the extension tells."""
    name = draft.dice.pick(("clip.mp4", "CLIP.MP4", "a.b.c.mp4"))
    file = draft.attach(by_name("index-last.mp4"), name, content_type=None)
    draft.plant(file, "video/mp4")


def untyped_mov(draft: Draft) -> None:
    """No content_type, and an extension of its own."""
    draft.plant(draft.attach(by_name("life.mov"), "IMG_0042.MOV", content_type=None),
                "video/quicktime")  # fmt: skip


def octet_stream_clip(draft: Draft) -> None:
    """A type that says nothing: the extension decides."""
    file = draft.attach(
        by_name("gradients.webm"), "screen recording.webm", content_type="application/octet-stream"
    )
    draft.plant(file, "video/webm")


def parameters_in_type(draft: Draft) -> None:
    """A content_type with parameters behind it."""
    file = draft.attach(
        by_name("test-card.mp4"), "phone.mp4", content_type='video/mp4; codecs="avc1.64001F"'
    )
    draft.plant(file, "video/mp4")


def capital_type(draft: Draft) -> None:
    """A content_type in capitals: types do not care about case (RFC 9110, 8.3.1)."""
    file = draft.attach(by_name("test-card.mp4"), "camera.mp4", content_type="Video/MP4")
    draft.plant(file, "video/mp4")


def video_named_text(draft: Draft) -> None:
    """The type says video and the name says text: the type is right."""
    file = draft.attach(by_name("test-card.mp4"), "x.txt", content_type="video/mp4")
    draft.plant(file, "video/mp4")


def two_of_one_name(draft: Draft) -> None:
    """Two clips that share a name: two clips."""
    for name in ("test-card.mp4", "upright.mp4"):
        draft.plant(draft.attach(by_name(name), "clip.mp4"), "video/mp4")


def clip_among_others(draft: Draft) -> None:
    """A clip between a picture and a text."""
    draft.attach(by_name("picture.png"), "before.png")
    file = draft.attach(by_name("fade-in.mp4"), "run.mp4", duration_secs=4.0)
    draft.attach(by_name("note.txt"), "notes.txt")
    draft.plant(file, "video/mp4")


def ten_clips(draft: Draft) -> None:
    """As many files as a message can hold."""
    for number in range(10):
        media = PROBED_VIDEOS[number % len(PROBED_VIDEOS)]
        draft.plant(draft.attach(media, f"{number}.{media.extension}"), media.content_type)


def spoiler_by_flag(draft: Draft) -> None:
    """Hidden behind a spoiler by the attachment's flag."""
    file = draft.attach(by_name("life.mov"), "ending.mov", flags=IS_SPOILER)
    draft.plant(file, "video/quicktime", spoiler=True)


def spoiler_by_name(draft: Draft) -> None:
    """Hidden the old way, by the name's prefix."""
    draft.plant(draft.attach(by_name("upright.mp4"), "SPOILER_boss.mp4"), "video/mp4", spoiler=True)


def discord_clip(draft: Draft) -> None:
    """Made with Discord's Clips feature: flag, title, who took part and when."""
    made_ms = unix_ms(draft.message_id) - 90_000
    file = draft.attach(
        by_name("index-last.mp4"),
        f"{draft.dice.bits():016x}.mp4",
        title=f"Ace on {draft.dice.pick(('Haven', 'Split', 'Bind'))} 🎯",
        flags=IS_CLIP,
        clip_created_at=iso(made_ms),
        clip_participants=[draft.dice.pick(draft.people.people).json],
        duration_secs=2.0,
    )
    draft.plant(file, "video/mp4", discord_clip=True)


def odd_names(draft: Draft) -> None:
    """A clip whose name and text break careless programs."""
    draft.json["content"] = odd_text(draft.dice)
    name = draft.dice.pick(
        ("=cmd.mp4", "weiß & grün #1?.mp4", "ملف.mp4", "a'b\"c.mp4", "100%.mp4", "🎬.mp4")
    )
    draft.plant(draft.attach(by_name("test-card.mp4"), name), "video/mp4")


def clip_from_webhook(draft: Draft) -> None:
    """Posted by a webhook, whose name is not a user's."""
    draft.sign_as(draft.dice.pick(draft.people.webhooks))
    draft.plant(draft.attach(by_name("test-card.mp4"), "highlight.mp4"), "video/mp4")


def clip_from_bot(draft: Draft) -> None:
    """Posted by a bot."""
    draft.sign_as(draft.dice.pick(draft.people.bots))
    draft.plant(draft.attach(by_name("gradients.webm"), "render.webm"), "video/webm")


def edited_clip(draft: Draft) -> None:
    """Text added later."""
    plain_clip(draft)
    draft.json["edited_timestamp"] = iso(unix_ms(draft.message_id) + 61_000)
    draft.json["content"] = "(edited) " + passage(draft.dice)


def picture_named_mp4(draft: Draft) -> None:
    """The type says picture and the name says video: no clip."""
    draft.attach(by_name("picture.png"), "x.mp4", content_type="image/png")


def pictures(draft: Draft) -> None:
    """One to three pictures: no clip."""
    for number in range(draft.dice.between(1, 3)):
        draft.attach(by_name(draft.dice.pick(("picture.png", "picture.jpg"))), f"shot{number}.png")


def untyped_text(draft: Draft) -> None:
    """Nothing tells a type that is a video's: no clip."""
    draft.attach(by_name("note.txt"), draft.dice.pick(("mp4", "notes", "mp4.log")),
                 content_type=None)  # fmt: skip


def octet_stream_archive(draft: Draft) -> None:
    """A type that says nothing and a name that says archive: no clip."""
    draft.attach(by_name("note.txt"), "clips.mp4.zip", content_type="application/octet-stream")


def voice_message(draft: Draft) -> None:
    """Sound with a duration and a wave form: no clip."""
    draft.json["flags"] |= 1 << 13
    draft.attach(
        by_name("voice.ogg"), "voice-message.ogg", duration_secs=1.0065, waveform="AAj/9AACBA=="
    )
