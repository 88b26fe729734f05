"""`clipsaver thumbnail`: makes one by hand, and says what it took."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.thumbnails.by_hand import Attempt

_EPILOG = """\
It goes the way that a worker's clips go: the same client, the same decoder in
a process that may do next to nothing, the same sizes and limits as configured.
Nothing is stored, and no worker, no server and no token is needed. A link is
taken as it is: copy it from Discord, with its signature.

examples:
  clipsaver thumbnail clip.mp4
  clipsaver thumbnail clip.mp4 -o /tmp/pictures --verbose
  clipsaver thumbnail "https://cdn.discordapp.com/attachments/1/2/a.mp4?ex=..."
  clipsaver thumbnail --source discord "https://cdn.discordapp.com/..."

exit codes: 0 the pictures are there; 1 there is none, for the reason named;
2 the file cannot be read, or pictures of that name are there already
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of what, whereto, and how much to say."""
    parser.description = "Make a thumbnail by hand: how a clip does, or why it fails."
    parser.epilog = _EPILOG
    parser.add_argument("clip", metavar="FILE|URL", help="a video, or a link to one at Discord")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where the pictures go; without it here",
    )
    parser.add_argument("--force", action="store_true", help="write over pictures of that name")
    parser.add_argument(
        "--source",
        choices=("auto", "decode", "discord"),
        help="of a URL: the file itself, Discord's still, or either; as configured without it",
    )
    parser.add_argument("--verbose", action="store_true", help="also what isolated the decoder")
    parser.add_argument("--json", action="store_true", help="all of it as one JSON object")
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Makes it; raises UsageError, and DecoderUnavailable where nothing can be decoded here."""
    import trio

    from clipsaver.cli.thumbnail_files import PictureFiles
    from clipsaver.cli.thumbnail_text import attempt_json, attempt_lines, name_of

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    files = PictureFiles(arguments.output, name_of(arguments.clip), force=arguments.force)
    files.check()
    attempt = trio.run(_attempt, config, arguments)
    paths = files.write(attempt.picture) if attempt.picture is not None else {}
    if arguments.json:
        sys.stdout.write(f"{attempt_json(arguments.clip, attempt, paths)}\n")
    else:
        lines = attempt_lines(arguments.clip, attempt, paths, verbose=arguments.verbose)
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return ExitCode.DONE if attempt.picture is not None else ExitCode.JOB_FAILED


async def _attempt(config: Config, arguments: argparse.Namespace) -> Attempt:
    from clipsaver.errors import UsageError
    from clipsaver.thumbnails.by_hand import try_file, try_link
    from clipsaver.thumbnails.ladder import SOURCES
    from clipsaver.worker.thumbnailing.kit import wanted_of

    wanted = wanted_of(config.thumbnails)
    if "://" in arguments.clip:
        return await try_link(
            arguments.clip,
            wanted,
            hosts=config.discord.media_hosts,
            sources=SOURCES[arguments.source or config.thumbnails.source],
            max_bytes=config.thumbnails.max_bytes,
        )
    if arguments.source == "discord":
        raise UsageError("--source discord: Discord makes no still of a file that it does not have")
    return await try_file(Path(arguments.clip), wanted)
