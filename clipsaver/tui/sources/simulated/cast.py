"""Names: of guilds, channels, people and files; and those that are a trial to a screen. Data."""

from __future__ import annotations

from dataclasses import dataclass, replace

STREAM = "discord_clip_jobs"
GROUP = "worker_group"
OPERATOR = "you@demo"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel and its guild."""

    channel_id: int
    name: str | None
    """None where the database does not know it."""
    guild_id: int
    guild: str
    messages: int
    """How many were ever posted."""


_SPEEDRUN, _CAVES, _KITCHEN, _CYCLING = (
    (928427413694734396, "speedruns"),
    (1120934471220609055, "cave-divers"),
    (773017744128933919, "noodles"),
    (1243001890552647801, "gravel"),
)

CHANNELS: tuple[Channel, ...] = tuple(
    Channel(channel_id, name, guild_id, guild, messages)
    for (guild_id, guild), rooms in (
        (
            _SPEEDRUN,
            (
                (1424914917202464798, "clips", 402_118),
                (1119022117730000896, "highlights", 88_540),
                (1090551730412339201, "memes", 640_907),
                (928427414155821107, "general", 1_204_554),
                (1301177930018824192, "any-percent", 51_206),
            ),
        ),
        (
            _CAVES,
            (
                (1120934471686172722, "general", 310_442),
                (1120934472013324339, "clips", 96_871),
                (1177248812900925541, "archive-2021", 145_003),
                (1204466219377147904, "gear", 38_114),
            ),
        ),
        (
            _KITCHEN,
            (
                (773017744682582047, "old", 12_660),
                (910355620148805662, "clips", 74_018),
                (1002948821730889798, "voice-text", 201_775),
            ),
        ),
        (
            _CYCLING,
            (
                (1243001891106291763, "ride-reports", 58_900),
                (1243001891463069818, "clips", 27_336),
                (1290044187761709056, "bike-cam", 133_480),
            ),
        ),
    )
    for channel_id, name, messages in rooms
)


def channels(count: int) -> tuple[Channel, ...]:
    """So many channels: those above, and threads in them."""
    threads = (
        Channel(
            parent.channel_id + 41 * (1 + number // len(CHANNELS)),
            f"{parent.name}-thread-{2 + number // len(CHANNELS)}",
            parent.guild_id,
            parent.guild,
            4_000 + number * 977 % 90_000,
        )
        for number in range(max(0, count - len(CHANNELS)))
        for parent in (CHANNELS[number % len(CHANNELS)],)
    )
    return (*CHANNELS, *threads)


UNKNOWN_CHANNEL = Channel(1401882200917475338, None, 1120934471220609055, "", 64_300)

PEOPLE: tuple[str, ...] = (
    "amber.fox", "Kaya", "old_newt", "Priya", "ferngale", "tide", "Marek", "juno_w", "Sofie",
    "quillmoss", "Ines", "hazelowl", "Tomasz", "reed", "Nkechi", "pine.crow",
)  # fmt: skip

FILES: tuple[str, ...] = (
    "any_percent_pb.mp4", "VID_20251124_181203.mp4", "first-try.mov", "sump-exit.webm",
    "2025-11-23 21-14-08.mp4", "broth.mp4", "lol.mp4", "IMG_4471.MOV", "medal-clip.mp4",
    "gopro_GX010231.mp4", "replay_0417.mkv", "wall-ride.mp4", "unknown.mp4", "stalactite.mp4",
    "dashcam.mp4", "noodle_pull.webm",
)  # fmt: skip

WORKERS: tuple[tuple[str, str, int], ...] = (
    ("w-1", "host-a", 4711),
    ("w-2", "host-a", 4712),
    ("w-3", "host-b", 1830),
)
"""Name, host and process id."""
DEAD_WORKERS = (("w-8", "host-c", 901), ("w-9", "host-c", 902))

STRANGE: tuple[str, ...] = (
    "a-name-that-goes-on-" * 9 + "end",
    "動画を保存するチャンネル・日本語の長い名前です",
    "قناة المقاطع \u202eexe.4pm\u202c",
    "🎬🔥 best-of 👩‍👩‍👧‍👦🏳️‍🌈",
    "[bold]x[/] [red]not markup[/red] [link=file:///]here[/link] [/]",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J",
    "two\nlines\r\nand\ttabs",
    "nul\0and\x7f\x08\x08back",
    "𝕿𝖍𝖊 𝓯𝓾𝓵𝓵 Z̷̢a̶l̴g̵o̸",  # noqa: RUF001 -- four bytes for each letter
    "  blanks  ",
    "=HYPERLINK(1)",
    "' OR 1=1 -- $(reboot)",
)
"""Names as strangers give them; none may move a cursor, set a colour or widen a column."""


def strange_channels(count: int) -> tuple[Channel, ...]:
    """The same channels under strange names."""
    return tuple(
        replace(one, name=STRANGE[number % len(STRANGE)], guild=STRANGE[-1 - number % len(STRANGE)])
        for number, one in enumerate(channels(count))
    )
