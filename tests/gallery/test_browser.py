"""The page in a real browser, opened as a file; where Chromium and its driver are on PATH."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clipsaver.database.clip_list import ListedClip
from clipsaver.gallery.entries import Entries, picture_key
from clipsaver.gallery.page import block_text, page
from clipsaver.terminal_text import printable
from tests.gallery.browser import PROGRAMS, Browser, is_there, open_browser
from tests.gallery.made_up import GUILD_NAME, MADE_AT, a_picture, hostile_clips

pytestmark = pytest.mark.skipif(
    not is_there(), reason=f"{' and '.join(PROGRAMS)} are not both on PATH"
)
COUNT = 1000
WITH_PICTURE, LOST = 1, 2
STILL = Path("clipsaver/simulator/files/stills/gradients.webp")


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thousand clips; the second has a picture, and that of the third is lost."""
    root = tmp_path_factory.mktemp("gallery")
    clips = hostile_clips(COUNT)
    for number in (WITH_PICTURE, LOST):
        key = f"0{number}/1-small-1.webp"
        clips[number] = replace(clips[number], small=a_picture(key))
        if number == WITH_PICTURE:
            (root / "thumbnails" / key).parent.mkdir(parents=True)
            (root / "thumbnails" / key).write_bytes(STILL.read_bytes())
    entries = Entries()
    pictures = {key for clip in clips if (key := picture_key(clip))}
    blocks = [block_text(entries.block(part, pictures)) for part in (clips[:10], clips[10:])]
    text = "".join(page(blocks, entries.guild_names, MADE_AT))
    (root / "index.html").write_text(text, encoding="utf-8")
    return root / "index.html"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(window: Browser, gallery: Path) -> Browser:
    """With the page as it opens."""
    window.resize(1280, 800)
    window.open(gallery)
    return window


def names(browser: Browser) -> list[str]:
    return list(browser.run("return [...document.querySelectorAll('#clips a')].map(a => a.text)"))


def shown_name(clip: ListedClip) -> str:
    title = printable(clip.title or "").strip()
    return title or printable(clip.filename).strip()


def choose(browser: Browser, field: str, value: str) -> str:
    """As if chosen by hand; returns the count that is then said."""
    return str(
        browser.run(
            "const [id, value] = arguments; const field = document.getElementById(id);"
            "field.value = value; const kind = id === 'search' ? 'input' : 'change';"
            "field.dispatchEvent(new Event(kind));"
            "return document.getElementById('count').textContent",
            field,
            value,
        )
    )


def test_what_strangers_wrote_is_text_and_nothing_of_it_ran(browser: Browser) -> None:
    """Each of a thousand cards was there at least once."""
    wanted = [shown_name(clip) for clip in hostile_clips(COUNT)]
    seen: dict[str, str] = {}
    for step in range(41):
        seen |= browser.run_later(
            f"""
            const done = arguments[0];
            scrollTo(0, document.body.scrollHeight * {step / 40});
            requestAnimationFrame(() => requestAnimationFrame(() => done(Object.fromEntries(
              [...document.querySelectorAll("#clips li")].map(
                (card) => [card.ariaPosInSet, card.querySelector("a").text])))));
            """
        )
    assert [seen[str(place)] for place in range(1, COUNT + 1)] == wanted
    foreign = "#clips :is(script, svg, iframe, style, base, meta, b, i, h1)"
    assert browser.run(f"return document.querySelectorAll('{foreign}').length") == 0
    assert browser.run("return document.title") == GUILD_NAME
    complaints = [words for words in browser.said() if "ERR_FILE_NOT_FOUND" not in words]
    assert complaints == []


def test_the_policy_lets_nobody_elses_script_run(browser: Browser) -> None:
    """As if the script had a mistake after all."""
    tried = browser.run(
        """
        const tried = [];
        const attempts = [
          () => { document.body.innerHTML = "<img src=x onerror='window.ran = 1'>"; },
          () => { const one = document.createElement("script"); one.text = "window.ran = 1";
                  document.body.append(one); },
        ];
        for (const attempt of attempts) {
          try { attempt(); tried.push("done"); } catch (error) { tried.push(error.name); }
        }
        return [tried, window.ran ?? null];
        """
    )
    assert tried == [["TypeError", "TypeError"], None]
    reached = browser.run_later(
        """
        const done = arguments[0];
        fetch("index.html").then(() => done("fetched"), () => done("refused"));
        """
    )
    assert reached == "refused"


def test_pictures_that_are_there_are_shown_and_others_have_a_word(browser: Browser) -> None:
    shown = browser.run_later(
        """
        const done = arguments[0];
        const stills = [...document.querySelectorAll(".still")];
        const look = () => {
          const image = stills[1].querySelector("img");
          if (!image.complete || stills[2].querySelector("img")) return setTimeout(look, 20);
          done([image.naturalWidth > 0, stills[2].querySelector(".none").hidden]);
        };
        look();
        """
    )
    assert shown == [True, False]


def test_a_search_a_choice_and_an_order_show_what_they_say(browser: Browser) -> None:
    meant = sum(
        "straße" in f"{clip.filename} {clip.title} {clip.author_name} {clip.channel_name}"
        for clip in hostile_clips(COUNT)
    )
    assert meant > 0
    assert choose(browser, "search", "UNICODE strasse") == f"{meant} of 1,000 clips"
    assert choose(browser, "search", "no such thing") == "0 of 1,000 clips"
    assert browser.run("return document.getElementById('nothing').hidden") is False
    assert choose(browser, "search", "") == "1,000 clips"
    assert choose(browser, "channel", "3") == "25 of 1,000 clips"
    assert choose(browser, "author", "3") == "2 of 1,000 clips"
    choose(browser, "channel", "")
    choose(browser, "author", "")
    choose(browser, "sort", "oldest")
    assert names(browser)[0] == shown_name(hostile_clips(COUNT)[-1])


def test_few_cards_are_there_however_far_one_scrolls(browser: Browser) -> None:
    for share in (0.3, 0.7, 1.0):
        count, top, bottom, last = browser.run_later(
            f"""
            const done = arguments[0];
            scrollTo(0, document.body.scrollHeight * {share});
            requestAnimationFrame(() => requestAnimationFrame(() => {{
              const cards = [...document.querySelectorAll("#clips li")];
              const edges = [cards[0], cards.at(-1)].map((card) => card.getBoundingClientRect());
              done([cards.length, edges[0].top, edges[1].bottom - innerHeight,
                    Number(cards.at(-1).ariaPosInSet)]);
            }}));
            """
        )
        assert count < 60
        assert top < 0
        assert bottom > (0 if share < 1 else -50)  # the page's own margin is below the last one
    assert last == COUNT


def test_it_can_be_used_with_the_keyboard_alone(browser: Browser) -> None:
    browser.keys("/strasse")
    assert browser.run("return document.activeElement.value") == "strasse"
    browser.keys("\ue00c")  # Escape
    assert browser.run("return document.getElementById('count').textContent") == "1,000 clips"
    browser.keys("\ue004" * 4)  # Tab: order, channel, author, then the first card
    assert browser.run("return document.activeElement.closest('li').ariaPosInSet") == "1"
    browser.keys("\ue004" * 40)
    place = int(browser.run("return document.activeElement.closest('li').ariaPosInSet"))
    assert place > 30  # further than there were cards at first
    link, target, rel = browser.run(
        "const a = document.activeElement.closest('li').querySelector('a');"
        "return [a.href, a.target, a.rel]"
    )
    assert link.startswith("https://discord.com/channels/7/")
    assert (target, rel) == ("_blank", "noreferrer noopener")


def test_a_spoiler_is_hidden_until_it_is_asked_for(browser: Browser, gallery: Path) -> None:
    text = gallery.read_text(encoding="utf-8")
    assert browser.run("return document.querySelectorAll('.spoiler').length") == 0  # no pictures
    spoiled = gallery.with_name("spoiled.html")
    spoiled.write_text(text.replace(',0,"01/1-small', ',1,"01/1-small'), encoding="utf-8")
    browser.open(spoiled)
    blur = "return getComputedStyle(document.querySelectorAll('.still img')[0]).filter"
    assert browser.run(blur) == "blur(32px)"
    browser.run("document.querySelector('.reveal').click()")
    assert browser.run(blur) == "none"
    assert browser.run("return document.activeElement.closest('li').ariaPosInSet") == "2"
