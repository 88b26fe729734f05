"""Messages without a clip: talk, replies, system messages, polls and stickers."""

from __future__ import annotations

from clipsaver.simulator.timeline import iso, unix_ms
from clipsaver.simulator.writing.draft import JSON, Draft
from clipsaver.simulator.writing.texts import essay, odd_text, passage


def talk(draft: Draft) -> None:
    """Ordinary text, now and then with a reaction or a mention."""
    draft.json["content"] = passage(draft.dice)
    if draft.dice.chance(0.15):
        draft.json["reactions"] = [_reaction(draft)]
    if draft.dice.chance(0.1):
        draft.json["mentions"] = [draft.dice.pick(draft.people.people).json]


def _reaction(draft: Draft) -> JSON:
    count = draft.dice.between(1, 9)
    return {
        "emoji": {"id": None, "name": "🔥"},
        "count": count,
        "count_details": {"burst": 0, "normal": count},
        "burst_colors": [],
        "me_burst": False,
        "me": False,
    }


def long_text(draft: Draft) -> None:
    """Near the 2,000 characters that a message may have."""
    draft.json["content"] = essay(draft.dice)


def odd_talk(draft: Draft) -> None:
    """Text that breaks what expects plain UTF-8."""
    draft.json["content"] = odd_text(draft.dice)


def nothing(draft: Draft) -> None:
    """No content, no file: what is left when a file was taken off."""


def reply(draft: Draft) -> None:
    """An answer to a clip: `referenced_message` holds that clip, but it is not this message's."""
    draft.json["type"] = 19
    draft.json["content"] = passage(draft.dice)
    quoted = draft.earlier()
    reference: JSON = {"type": 0, "channel_id": str(draft.channel_id),
                       "guild_id": str(draft.guild_id)}  # fmt: skip
    if quoted is not None:
        reference["message_id"] = quoted["id"]
        draft.json["mentions"] = [quoted["author"]]
    draft.json["message_reference"] = reference
    draft.json["referenced_message"] = quoted


def joined(draft: Draft) -> None:
    """Somebody came in."""
    draft.json["type"] = 7


def pinned_something(draft: Draft) -> None:
    """A message was pinned."""
    draft.json["type"] = 6
    draft.json["message_reference"] = {
        "type": 0,
        "channel_id": str(draft.channel_id),
        "message_id": str(draft.message_id - (1 << 30)),
        "guild_id": str(draft.guild_id),
    }


def boosted(draft: Draft) -> None:
    """Somebody pays for the server."""
    draft.json["type"] = 8


def poll(draft: Draft) -> None:
    """A poll, whose answers may be anything."""
    draft.json["poll"] = {
        "question": {"text": "Which clip.mp4 is best?"},
        "answers": [
            {"answer_id": 1, "poll_media": {"text": "first"}},
            {"answer_id": 2, "poll_media": {"text": "second", "emoji": {"id": None, "name": "🎬"}}},
        ],
        "expiry": iso(unix_ms(draft.message_id) + 86_400_000),
        "allow_multiselect": False,
        "layout_type": 1,
        "results": {"answer_counts": [], "is_finalized": False},
    }


def sticker(draft: Draft) -> None:
    """A sticker: moves, but is no clip."""
    draft.json["sticker_items"] = [
        {"id": "749054660769218631", "name": "Wave", "format_type": draft.dice.pick((1, 3))}
    ]


def thread_starter(draft: Draft) -> None:
    """First item of a thread that grew from a message: the file is that message's."""
    draft.json["type"] = 21
    started_from = draft.earlier()
    draft.json["referenced_message"] = started_from
    if started_from is not None:
        draft.json["message_reference"] = {
            "type": 0,
            "channel_id": started_from["channel_id"],
            "message_id": started_from["id"],
            "guild_id": str(draft.guild_id),
        }
