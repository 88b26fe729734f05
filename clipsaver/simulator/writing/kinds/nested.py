"""Messages whose videos are not in their attachments: forwards, components and embeds.

Source: Discord's documentation, "Message Snapshot Object", "Component Reference", "Embed Object".
"""

from __future__ import annotations

from urllib.parse import quote

from clipsaver.simulator.files.media import by_name
from clipsaver.simulator.timeline import iso, unix_ms
from clipsaver.simulator.writing.draft import (
    HAS_SNAPSHOT,
    IS_COMPONENTS_V2,
    JSON,
    SUPPRESS_EMBEDS,
    Draft,
    Upload,
)
from clipsaver.simulator.writing.texts import passage

_ACTION_ROW, _BUTTON, _SECTION, _TEXT, _THUMBNAIL = 1, 2, 9, 10, 11
_GALLERY, _FILE, _SEPARATOR, _CONTAINER = 12, 13, 14, 17


def _forward(draft: Draft) -> JSON:
    """Turns the draft into a forward and gives the snapshot to fill."""
    age_ms = draft.dice.between(60_000, 30 * 86_400_000)
    original_id = max(1, draft.message_id - (age_ms << 22))
    snapshot: JSON = {
        "type": 0,
        "content": passage(draft.dice),
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "timestamp": iso(unix_ms(original_id)),
        "edited_timestamp": None,
        "flags": 0,
        "components": [],
    }
    draft.json["flags"] |= HAS_SNAPSHOT
    draft.json["message_reference"] = {
        "type": 1,
        "channel_id": str(draft.channel_id),
        "message_id": str(original_id),
        "guild_id": str(draft.guild_id),
    }
    draft.json["message_snapshots"] = [{"message": snapshot}]
    return snapshot


def forwarded_clip(draft: Draft) -> None:
    """A forward of a clip: the files are in the snapshot, the message itself is empty."""
    snapshot = _forward(draft)
    file = draft.attach(by_name("test-card.mp4"), "forwarded.mp4", into=snapshot["attachments"])
    draft.plant(file, "video/mp4", source="forward")


def forwarded_untyped(draft: Draft) -> None:
    """A forward of a picture and of a clip without content_type."""
    snapshot = _forward(draft)
    draft.attach(by_name("picture.jpg"), "first.jpg", into=snapshot["attachments"])
    file = draft.attach(
        by_name("cells.mkv"), "second.mkv", into=snapshot["attachments"], content_type=None
    )
    draft.plant(file, "video/x-matroska", source="forward")


def forwarded_gallery(draft: Draft) -> None:
    """A forward of a message made of components."""
    snapshot = _forward(draft)
    file = draft.upload(by_name("upright.mp4"), "gallery.mp4")
    snapshot["content"] = ""
    snapshot["flags"] = IS_COMPONENTS_V2
    snapshot["components"] = [{"type": _GALLERY, "id": 1, "items": [_item(file)]}]
    draft.plant(file, "video/mp4", source="forward", size_told=False)


def forwarded_text(draft: Draft) -> None:
    """A forward with nothing to see: no clip."""
    _forward(draft)


def _unfurled(file: Upload) -> JSON:
    media = file.media
    item: JSON = {
        "id": str(file.attachment_id + 1),
        "url": file.url,
        "proxy_url": file.proxy_url,
        "width": media.width,
        "height": media.height,
        "content_type": media.content_type,
        "flags": 0,
        "attachment_id": str(file.attachment_id),
    }
    if media.placeholder:
        item |= {"placeholder": media.placeholder, "placeholder_version": 1}
    return item


def _item(file: Upload, *, spoiler: bool = False) -> JSON:
    return {"media": _unfurled(file), "description": None, "spoiler": spoiler}


def _components(draft: Draft, *components: JSON) -> None:
    """Makes it a message of components, posted by a bot."""
    draft.sign_as(draft.dice.pick(draft.people.bots))
    draft.json["flags"] |= IS_COMPONENTS_V2
    draft.json["components"] = list(components)


def gallery(draft: Draft) -> None:
    """A media gallery with a clip, a picture and a hidden clip."""
    clip = draft.upload(by_name("life.mov"), "left.mov")
    picture = draft.upload(by_name("picture.png"), "middle.png")
    hidden = draft.upload(by_name("test-card.mp4"), "right.mp4")
    items = [_item(clip), _item(picture), _item(hidden, spoiler=True)]
    _components(draft, {"type": _GALLERY, "id": 1, "items": items})
    draft.plant(clip, "video/quicktime", source="component", size_told=False)
    draft.plant(hidden, "video/mp4", source="component", spoiler=True, size_told=False)


def nested_container(draft: Draft) -> None:
    """A container with text, a section, a gallery, a file and buttons."""
    still = draft.upload(by_name("picture.jpg"), "cover.jpg")
    shown = draft.upload(by_name("gradients.webm"), "shown.webm")
    saved = draft.upload(by_name("cells.mkv"), "saved.mkv")
    thumbnail = {
        "type": _THUMBNAIL,
        "id": 4,
        "media": _unfurled(still),
        "description": None,
        "spoiler": False,
    }
    text = {"type": _TEXT, "id": 3, "content": passage(draft.dice)}
    inner: list[JSON] = [
        {"type": _SECTION, "id": 2, "components": [text], "accessory": thumbnail},
        {"type": _SEPARATOR, "id": 5, "spacing": 1, "divider": True},
        {"type": _GALLERY, "id": 6, "items": [_item(shown)]},
        _file_component(7, saved),
        {
            "type": _ACTION_ROW,
            "id": 8,
            "components": [{"type": _BUTTON, "id": 9, "style": 5, "url": "https://example.com/"}],
        },
    ]
    _components(draft, {"type": _CONTAINER, "id": 1, "accent_color": None, "components": inner,
                        "spoiler": False})  # fmt: skip
    draft.plant(shown, "video/webm", source="component", size_told=False)
    draft.plant(saved, "video/x-matroska", source="component")


def _file_component(component_id: int, file: Upload) -> JSON:
    return {
        "type": _FILE,
        "id": component_id,
        "file": _unfurled(file),
        "name": file.filename,
        "size": file.media.size_bytes,
        "spoiler": False,
    }


def file_component(draft: Draft) -> None:
    """A file component at the top."""
    file = draft.upload(by_name("bars.avi"), "download me.avi")
    _components(draft, _file_component(1, file))
    draft.plant(file, "video/x-msvideo", source="component")


def linked_gallery(draft: Draft) -> None:
    """A gallery that shows a file from elsewhere: it has no attachment id."""
    url = f"https://media.example.com/{draft.dice.bits():x}/trailer.mp4?width=640"
    media = {
        "id": str(draft.message_id + 1),
        "url": url,
        "proxy_url": _proxied(url),
        "width": 640,
        "height": 360,
        "content_type": "video/mp4",
    }
    item = {"media": media, "description": "a trailer", "spoiler": False}
    _components(draft, {"type": _GALLERY, "id": 1, "items": [item]})
    draft.plant_link(url, "component", "trailer.mp4", "video/mp4")


def component_text(draft: Draft) -> None:
    """Components without a file: no clip."""
    _components(draft, {"type": _TEXT, "id": 1, "content": "clip.mp4 will be here soon"})


def _proxied(url: str) -> str:
    return f"https://images-ext-1.discordapp.net/external/c2lnbmF0dXJl/{quote(url, safe='')}"


def _thumbnail() -> JSON:
    url = "https://media.example.com/still.jpg"
    return {"url": url, "proxy_url": _proxied(url), "width": 640, "height": 360, "flags": 0}


def _embed(draft: Draft, embed: JSON, content: str) -> None:
    draft.json["content"] = content
    draft.json["embeds"].append(embed)


def linked_file(draft: Draft) -> None:
    """A link to a video file somewhere: a clip only for those who ask for embeds."""
    url = f"https://files.example.com/{draft.dice.bits():x}/match.mp4"
    video = {"url": url, "proxy_url": _proxied(url), "width": 1280, "height": 720, "flags": 0}
    _embed(draft, {"type": "video", "url": url, "video": video, "thumbnail": _thumbnail()}, url)
    draft.plant_link(url, "embed", "match.mp4", "video/mp4")


def pasted_cdn_link(draft: Draft) -> None:
    """A pasted link to an upload: signed, so its name must not depend on the signature."""
    file = draft.upload(by_name("test-card.mp4"), "pasted.mp4")
    video = {
        "url": file.url,
        "proxy_url": file.proxy_url,
        "width": file.media.width,
        "height": file.media.height,
        "content_type": "video/mp4",
        "flags": 0,
    }
    embed = {"type": "video", "url": file.url, "video": video, "thumbnail": _thumbnail()}
    _embed(draft, embed, file.url)
    draft.plant_link(file.bare_url, "embed", "pasted.mp4", "video/mp4")


def player_page(draft: Draft) -> None:
    """A video site: what plays is a page and not a file, so no clip."""
    code = f"{draft.dice.bits():011x}"[:11]
    embed = {
        "type": "video",
        "url": f"https://www.youtube.com/watch?v={code}",
        "title": "How to win [clip].mp4",
        "provider": {"name": "YouTube", "url": "https://www.youtube.com"},
        "video": {"url": f"https://www.youtube.com/embed/{code}", "width": 1280, "height": 720},
        "thumbnail": _thumbnail(),
    }
    _embed(draft, embed, f"https://youtu.be/{code}")


def animated_picture(draft: Draft) -> None:
    """A gifv: a short silent film that people use as a picture. Never a clip."""
    url = "https://media.tenor.com/AAAAC/cat-nod.mp4"
    video = {"url": url, "proxy_url": _proxied(url), "width": 498, "height": 280}
    page = "https://tenor.com/view/cat-nod-gif-1"
    _embed(draft, {"type": "gifv", "url": page, "video": video, "thumbnail": _thumbnail(),
                   "provider": {"name": "Tenor", "url": "https://tenor.co"}}, page)  # fmt: skip


def rich_embed(draft: Draft) -> None:
    """A bot's card with a picture: no clip."""
    draft.sign_as(draft.dice.pick(draft.people.bots))
    embed = {
        "type": "rich",
        "title": "Match over",
        "description": passage(draft.dice),
        "color": 5814783,
        "image": _thumbnail(),
        "fields": [{"name": "Score", "value": "13:11", "inline": True}],
        "footer": {"text": "clip.mp4"},
    }
    _embed(draft, embed, "")


def article(draft: Draft) -> None:
    """A link to a page with a picture: no clip."""
    embed = {
        "type": "article",
        "url": "https://example.com/news/video.mp4.html",
        "title": "Ten videos",
        "thumbnail": _thumbnail(),
    }
    _embed(draft, embed, "https://example.com/news/video.mp4.html")


def suppressed_link(draft: Draft) -> None:
    """A bare link to a file, its preview taken off: no embed, so no clip."""
    draft.json["flags"] |= SUPPRESS_EMBEDS
    draft.json["content"] = "<https://files.example.com/hidden.mp4>"
