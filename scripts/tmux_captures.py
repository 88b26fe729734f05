"""The terminal UI in tmux, as a person sees it: keys are pressed, and what the pane shows is kept.

`python -m scripts.tmux_captures`, or `make captures`, runs `clipsaver tui --demo` in a tmux server
of its own, and writes what was pressed and seen into docs/captures. The fleet goes on while one
looks, so captures differ from run to run; what holds for each of them is checked. `cat` shows an
`.ansi` file in its colours.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.cells import cell_len

from scripts.tmux_pane import Tmux, Wrong

FOLDER = Path(__file__).parent.parent / "docs" / "captures"
COMMAND = "clipsaver tui --demo"
BRIEF = "needs 40x10"
"""What there is to see of it where there is no room."""

_SETTINGS = "stty -g | cksum"
"""All that the terminal is set to, in one short line."""
_OTHER = "the terminal is not set as before"


@dataclass(frozen=True, slots=True)
class Step:
    """Keys, and what a person then waits for; named where it is to be kept."""

    keys: Sequence[str]
    shows: Sequence[str]
    name: str = ""
    not_any_more: str = ""
    covers: bool = False
    """Whether the header or the keys are behind it."""


@dataclass(frozen=True, slots=True)
class Round:
    """One terminal, from the shell's prompt to the shell's prompt."""

    size: tuple[int, int]
    term: str

    @property
    def name(self) -> str:
        return "x".join(map(str, self.size))


ROUNDS = (Round((120, 40), "tmux-256color"), Round((80, 24), "screen-256color"))
SMALL, TOO_SMALL = (60, 15), (39, 9)

_SCREENS = (
    Step("1", ("[1 Over", "dead letters", "Running now"), "overview"),
    Step("2", ("[2 Jobs", "PROGRESS", "discord_clip_jobs/"), "jobs"),
    Step("3", ("[3 Pend", "VERDICT", "held", "added "), "pending"),
    Step("4", ("[4 Dead", "discord_unavailable", "cause "), "dead letters by cause"),
    Step("5", ("[5 Limit", "GET messages", "allowance "), "limits"),
    Step("6", ("[6 Work", "w-1", "runs on "), "workers"),
    Step("7", ("[7 Clip", "THUMBNAIL", "posted  "), "clips"),
    Step("8", ("[8 Log", "WORDS", "follows"), "logs"),
)
_ON_A_LIST = (
    Step("3", ("[3 Pend", "VERDICT", "> ", "added "), not_any_more="WORDS"),
    Step(("Enter",), ("discord_clip_jobs/", "tries "), "an entry, opened", "VERDICT"),
    Step(("Escape",), ("VERDICT",)),
    Step(("j", "Space", "j", "Space"), ("2 marked",), "two rows, marked"),
    Step("D", ("Drop 2 entries?", "type 2 to confirm", "same as"), "what drop asks"),
    Step(("Escape",), ("2 marked",), not_any_more="Drop 2 entries?"),
    Step("\\", ("VERDICT",), not_any_more="marked"),
    Step(("/",), (" /",)),
    Step("consumer:w", ("/ consumer:w", " of "), "a filter, as it is typed"),
    Step(("Enter",), ("/ consumer:w", " of "), "the filter, kept"),
    Step(("Escape",), ("VERDICT",), not_any_more="consumer:w"),
)
_DIALOGS = (
    Step("?", ("type to search, esc closes", "Pending"), "help", covers=True),
    Step("bury", ("dead letter now",), "help, searched", "mark all", covers=True),
    Step(("Escape",), ("VERDICT",), not_any_more="esc closes"),
    Step(("C-p",), ("Open what is under the cursor",), "palette", covers=True),
    Step(("Escape",), ("VERDICT",), not_any_more="Open what is under"),
    Step(":", ("Go to",), "go to", covers=True),
    Step("job", ("job",), covers=True),
    Step(("Enter",), ("[2 Jobs", "PROGRESS"), not_any_more="Go to"),
    Step("n", ("New job", "See what it would do"), "a new job"),
    Step(("Escape",), ("PROGRESS",), not_any_more="New job"),
    Step("p", ("paused",), "paused"),
    Step("p", ("PROGRESS",), not_any_more="paused"),
)


def problems(seen: str, size: tuple[int, int], *, covers: bool = False) -> list[str]:
    """What is wrong with a capture of a pane of this size, whatever it shows."""
    lines = seen.splitlines()
    found = [f"wider than {size[0]}: {one}" for one in lines if cell_len(one) > size[0]]
    if len(lines) > size[1]:
        found.append(f"{len(lines)} lines on {size[1]}")
    found += [one for one in ("Traceback", "A MISTAKE OF OURS", "\ufffd") if one in seen]
    if covers:
        return found
    if not lines or not lines[0].startswith(" clipsaver "):
        found.append("no header")
    if not any("? help" in one for one in lines[-2:]):
        found.append("no keys in the last lines")
    return found


COVERED = frozenset(one.name for one in (*_SCREENS, *_ON_A_LIST, *_DIALOGS) if one.covers)
"""Names of the captures without the header or the keys."""


class Story:
    """What was pressed and seen in one round; checks each capture."""

    def __init__(self, tmux: Tmux, size: tuple[int, int]) -> None:
        self._tmux = tmux
        self.size = size
        self.parts: list[str] = []
        self.coloured = ""
        """The first screen, as a terminal is told to paint it."""

    def take(self, step: Step) -> None:
        self._tmux.press(step.keys)
        wrong = partial(problems, size=self.size, covers=step.covers)
        seen = self._tmux.shows(*step.shows, not_any_more=step.not_any_more, wrong=wrong)
        if step.name:
            self.keep(step.name, seen)

    def keep(self, name: str, seen: str) -> None:
        self.parts.append(f"=== {name}\n{seen.rstrip()}\n")


def _run(tmux: Tmux, one: Round) -> Story:
    """From the prompt to the prompt, which has to be as it was."""
    story = Story(tmux, one.size)
    tmux.enter("PS1='$ '; clear")
    tmux.shows("$", not_any_more="clear")
    tmux.enter(_SETTINGS)
    before = tmux.shows(f"$ {_SETTINGS}\n", "\n$").splitlines()[1]
    tmux.enter(f'{COMMAND}; echo "left with $?, TERM=$TERM"')
    story.take(Step((), ("[1 Over", "dead letters", "q quit")))
    if not tmux.is_on("alternate_on") or tmux.is_on("cursor_flag"):
        raise Wrong("it is not on the alternate screen, or shows the shell's cursor")
    story.coloured = tmux.seen("-e")
    if "\x1b[38;5;" not in story.coloured:
        raise Wrong("it has no colours")
    for step in (*_SCREENS, *_ON_A_LIST, *_DIALOGS):
        story.take(step)
    _go_away_and_come_back(tmux, story)
    _make_smaller(tmux, story)
    tmux.press("q")
    seen = tmux.shows(f"left with 0, TERM={one.term}\n$")
    story.keep("the shell, after q", seen)
    tmux.enter(_SETTINGS)
    seen = tmux.shows(wrong=lambda seen: [_OTHER] * (seen.count(f"\n{before}\n$") != 2))
    on = [flag for flag in ("alternate_on", "mouse_any_flag") if tmux.is_on(flag)]
    if on or not tmux.is_on("cursor_flag"):
        raise Wrong(f"the pane is not as it was: {on}\n{seen}")
    return story


def _go_away_and_come_back(tmux: Tmux, story: Story) -> None:
    """Another tmux is the terminal at which a person sits, and then another one."""
    for number, size in enumerate(((100, 30), story.size), 1):
        outside = tmux.another(f"outside-{number}")
        with outside.shell(size, "tmux-256color"):
            tmux("set", "-g", "window-size", "latest")
            outside.enter(tmux.attached())
            wrong = partial(problems, size=size)
            seen = outside.shows("[2 Jobs", "PROGRESS", wrong=wrong)
            story.keep(f"attached from a terminal of {size[0]}x{size[1]}", seen)
            outside.press(("C-b",))
            outside.press("d")
            outside.shows("[detached (from session")
    story.take(Step((), ("[2 Jobs", "PROGRESS")))


def _make_smaller(tmux: Tmux, story: Story) -> None:
    tmux.resize(SMALL)
    seen = tmux.shows("needs attention", "dead letters", "q quit   80x24 shows everything")
    story.keep(f"resized to {SMALL[0]}x{SMALL[1]}", seen)
    tmux.resize(TOO_SMALL)
    story.keep(f"resized to {TOO_SMALL[0]}x{TOO_SMALL[1]}", tmux.shows(BRIEF))
    tmux.resize(story.size)
    story.take(Step((), ("[2 Jobs", "PROGRESS", "? help"), not_any_more=BRIEF))


def main() -> None:
    """Raises SystemExit with what is wrong."""
    program = shutil.which("tmux")
    if program is None:
        sys.exit("captures need tmux on PATH, and there is none: install the package tmux")
    FOLDER.mkdir(exist_ok=True)
    for one in ROUNDS:
        try:
            with TemporaryDirectory() as folder:
                tmux = Tmux(program, Path(folder) / "inside")
                with tmux.shell(one.size, one.term):
                    story = _run(tmux, one)
        except Wrong as wrong:
            sys.exit(f"{one.name}, TERM={one.term}: {wrong}")
        head = f"{COMMAND}, in tmux, on {one.name}, TERM={one.term}\n"
        (FOLDER / f"{one.name}.txt").write_text("\n".join((head, *story.parts)), "utf-8")
        (FOLDER / f"{one.name}.ansi").write_text(story.coloured, "utf-8")
        sys.stdout.write(f"{one.name}.txt {len(story.parts)} captures\n")


if __name__ == "__main__":
    main()
