"""A thousand hostile texts in the terminal UI: what is shown, and what clicks would do."""

from __future__ import annotations

import trio

from clipsaver.config import Config
from clipsaver.queue.policy import Failure
from clipsaver.tui.sources.wanted import View
from tests.stored_strangers import store
from tests.strangers import OBEYED, TEXTS
from tests.tui.live.driving import Person, person_at
from tests.tui.live.stage import on_asyncio
from tests.tui.running import until

LETTERS = 12
ROWS_SHOWN = 12
"""Of a list at 40 lines, at least."""


def takes_no_effect(person: Person) -> str:
    """What is shown: nothing that a terminal obeys, no link, nothing that a click would do."""
    strips = person.app.screen._compositor.render_strips()
    for strip in strips:
        assert not OBEYED.search(strip.text), repr(strip.text)
        for segment in strip:
            if segment.style is not None:
                assert segment.style.link is None
                assert "@click" not in segment.style.meta, segment
    return "\n".join(strip.text for strip in strips)


async def walked(person: Person) -> str:
    """All that is seen with the cursor further down each time, and with all of one row."""
    seen = []
    for key in person.rows[::ROWS_SHOWN]:
        assert person.table.move_to(key)
        await person.pilot.pause()
        seen.append(takes_no_effect(person))
    await person.press("enter")
    await person.pilot.pause()
    seen.append(takes_no_effect(person))
    await person.press("escape")
    return "\n".join(seen)


def test_no_stranger_has_an_effect(config: Config) -> None:
    """The newest two hundred clips hold nearly every bait; the other texts are in the lists that
    tests.tui.viewmodel.test_anything makes."""
    trio.run(store, config.database.url)

    async def act() -> None:
        async with person_at(config) as person:
            me = await person.stage.worker("\x1b]0;taken\x07[red]w[/]")
            for number in range(LETTERS):
                said = TEXTS[80 * number].encode("utf-8", "replace").decode()
                await person.stage.died(me, 70 + number, Failure(said, said, said))
            seen = {}
            for number, view in ((2, View.JOBS), (4, View.DEAD), (8, View.LOGS), (7, View.CLIPS)):
                await person.press(str(number))
                await until(lambda: person.rows, f"{view} has rows", shown=person.now)
                seen[view] = await walked(person)
            assert "[@click=app.quit]quit[/]" in seen[View.CLIPS]
            assert "[red]w[/]" in seen[View.LOGS]
            await person.press("*")
            await person.is_asked("t")
            takes_no_effect(person)

    on_asyncio(act)
