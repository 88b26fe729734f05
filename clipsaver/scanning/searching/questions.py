"""What to ask Discord's search for, so that its hits hold the clips that the rules want. Pure.

Each question is asked on its own: whether several values of one parameter mean "and" or "or" is not
documented. What none of them finds (media in components, say) is left to history.
Source: Discord's documentation, "Search Guild Messages".
"""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.records import ClipSource
from clipsaver.scanning.extract import Rules
from clipsaver.scanning.file_types import extensions_of

_VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Question:
    """One question to search, whose hits are paged through on their own."""

    name: str
    """By which a search that goes on later knows it again."""
    has: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    embed_types: tuple[str, ...] = ()


def questions_for(rules: Rules) -> tuple[Question, ...]:
    """In the order in which to ask: what is likely to show the most clips comes first.

    None where no type of video is wanted: others are not what search is asked for here.
    """
    if not any(type_.partition("/")[0] == _VIDEO for type_ in rules.allowed_mime_types):
        return ()
    questions = []
    if rules.sources - {ClipSource.FORWARD}:
        questions.append(Question("video", has=(_VIDEO,)))
    if ClipSource.FORWARD in rules.sources:
        questions.append(Question("snapshot", has=("snapshot",)))
    if ClipSource.ATTACHMENT in rules.sources:
        # Files whose type Discord did not see: those that it did see have been shown by then.
        extensions = extensions_of(rules.allowed_mime_types)
        if extensions:
            questions.append(Question("extension", has=(f"-{_VIDEO}",), extensions=extensions))
    if ClipSource.EMBED in rules.sources:
        questions.append(Question("embed", embed_types=(_VIDEO,)))
    return tuple(questions)
