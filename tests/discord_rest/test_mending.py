"""Fields of another type: those that only describe are left out, the others are named."""

import functools
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipsaver.discord_rest import models
from clipsaver.discord_rest.mending import HARMLESS
from clipsaver.discord_rest.pages import read_page
from clipsaver.records import ClipSource
from clipsaver.scanning.extract import Rules, extract
from clipsaver.simulator import World
from tests.discord_rest.conftest import message
from tests.examples import examples

RULES = Rules(frozenset({"video/*"}), frozenset(ClipSource), None, store_content=True)
WRONG = [None, True, 5, -1.5, 10**400, "1e3", "", [], [1], {}, {"id": "1"}]
"""One of each type that JSON has."""
STRICT = {
    "id",
    "attachments",
    "embeds",
    "components",
    "message_snapshots",
    "message",
    "url",
    "filename",
    "content_type",
    "media",
    "file",
    "items",
    "video",
    "accessory",
    "attachment_id",
    "content",
    "name",
}
"""In which a file can hide, or which decide about one."""


@functools.cache
def a_page():
    """Messages of every kind that the simulator knows, as JSON."""
    world = World.generate(seed=3, channels=1, messages=150, clip_share=0.7)
    history = max(world.histories.values(), key=len)
    places = list(history.places())[::-1][:100]
    written = [history.read(place, world.links(1.7e9)).json for place in places]
    return json.loads(json.dumps(written))  # where one object stands twice, as two


def read(page):
    body = page if isinstance(page, bytes) else json.dumps(page).encode()
    return read_page(body, before=None, after=None, limit=100)


def clip_ids(reading):
    return {clip.clip_id for clip in extract(reading.messages, 1, RULES).clips}


def places_of(value, names, path=()):
    """The paths of all fields with these names, of those parts that are read."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for step, below in inside:
        if step in names:
            yield (*path, step)
        if isinstance(below, dict | list) and step not in (
            "author",
            "mentions",
            "poll",
            "reactions",
        ):
            yield from places_of(below, names, (*path, step))


@functools.cache
def clips_of_a_page():
    return clip_ids(read(a_page()))


def changed(page, path, value):
    page = json.loads(json.dumps(page))  # a copy, and quicker than copy.deepcopy
    holder = functools.reduce(lambda inside, step: inside[step], path[:-1], page)
    holder[path[-1]] = value
    return page


@given(st.data())
@settings(max_examples=examples(80))
def test_what_only_describes_costs_neither_page_nor_clip(data):
    page, places = a_page(), list(places_of(a_page(), HARMLESS))
    for path in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4)):
        page = changed(page, path, data.draw(st.sampled_from(WRONG)))
    reading = read(page)
    assert [one.id for one in reading.messages] == [one["id"] for one in page]
    assert clip_ids(reading) == clips_of_a_page()


@given(st.data())
@settings(max_examples=examples(80))
def test_where_a_file_can_hide_nothing_is_left_out(data):
    """Either it cannot be read, or the type is right and no clip is missing but what it says."""
    path = data.draw(st.sampled_from(list(places_of(a_page(), STRICT))))
    value = data.draw(st.sampled_from([5, True, -1.5]))
    body = changed(a_page(), path, value)
    try:
        reading = read(body)
    except ValueError as error:
        told = str(error)
    else:
        assert reading.spared == ()
        assert clip_ids(reading) == clips_of_a_page()
        return
    assert f"message {a_page()[path[0]]['id']}" in told or "of 100 on the page" in told


def test_no_such_name_holds_a_file_anywhere():
    """The names alone decide, so none of them may be more than a plain value in any model."""
    apart = (models.Application, models.ErrorBody)  # on no page
    for model in vars(models).values():
        if isinstance(model, type) and issubclass(model, models.Model) and model not in apart:
            for each in msgspec.structs.fields(model):
                if each.encode_name in HARMLESS:
                    assert not each.required
                    assert not any(
                        isinstance(part, type) and issubclass(part, models.Model)
                        for part in (each.type, *getattr(each.type, "__args__", ()))
                    )
    assert not HARMLESS & STRICT


@pytest.mark.parametrize(
    ("fields", "spared"),
    [
        ({"edited_timestamp": 5}, ["edited_timestamp"]),
        ({"attachments": [{"id": "1", "size": 1.5}]}, ["attachments[0].size"]),
        ({"attachments": [{"id": "1", "size": 1e400}]}, ["attachments[0].size"]),
        (
            {"attachments": [{"id": "1", "size": "x", "duration_secs": 1e400}]},
            ["attachments[0].size", "attachments[0].duration_secs"],
        ),
        (
            {"attachments": [{"id": "1", "width": "9"}, {"id": "2", "width": "8", "height": []}]},
            ["attachments[0].width", "attachments[1].width", "attachments[1].height"],
        ),
        (
            {"message_snapshots": [{"message": {"attachments": [{"id": "1", "flags": "x"}]}}]},
            ["message_snapshots[0].message.attachments[0].flags"],
        ),
        (
            {"components": [{"type": 17, "components": [{"file": {"url": "u", "width": {}}}]}]},
            ["components[0].components[0].file.width"],
        ),
    ],
)
def test_each_is_named(fields, spared):
    reading = read(
        json.dumps([message(9), message(8, **fields)]).replace("Infinity", "1e400").encode()
    )
    assert list(reading.spared) == [f"message 8: {path}" for path in spared]
    assert [one.id for one in reading.messages] == ["9", "8"]


def test_a_type_that_has_changed_everywhere_is_mended_at_once():
    """As fast as one: a page that has to be read a hundred times over would hold up everything."""
    page = [
        message(n, attachments=[{"id": str(n), "width": str(n), "height": n}])
        for n in range(1, 101)
    ]
    reading = read(page)
    assert len(reading.spared) == 100
    assert {one.attachments[0].width for one in reading.messages} == {None}
    assert {one.attachments[0].height for one in reading.messages} == set(range(1, 101))


def test_a_name_that_stands_twice_does_not_confuse():
    body = (
        b'[{"id":"9","author":{"id":"1"},"attachments":[{"id":"1","size":"x"}],"attachments":[]}]'
    )
    with pytest.raises(ValueError, match=r"message 9: .*attachments\[0\]\.size"):
        read(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'[{"id": "9"}, {"id": 5}]', r"message that follows 9 \(2 of 2 on the page\): .*\$\[1\]"),
        (b'[{"id": "9"}, null]', r"message that follows 9 \(2 of 2 on the page\): .*null"),
        (b'[{"content": ""}]', r"the message \(1 of 1 on the page\): .*`id`"),
        (b'[{"id": "9", "attachments": null}]', r"message 9: .*\$\[0\]\.attachments"),
        (b'[{"id": "9", "attachments": [{"id": null}]}]', r"message 9: .*attachments\[0\]\.id"),
        (b'[{"id": "9", "attachments": [{"id": "1", "url": null}]}]', r"message 9: .*\.url"),
        (b'[{"id": "9", "attachments": [{"id": "1", "filename": null}]}]', "9: .*filename"),
        (b'[{"id": "9", "message_snapshots": [{"message": null}]}]', "message 9: .*message"),
        (b'[{"id": "9", "components": [{"media": null}]}]', "message 9: .*media"),
        (b'[{"id": "9"}, {"id": "007"}]', r"message 007: '007' is not an id - at `\$\[1\]\.id`"),
        (b'[{"id": "9"}, {"id": "x"}]', r"that follows 9 \(2 of 2 on the page\): 'x' is not an id"),
        (b'[{"id": "-7"}]', "'-7' is not an id"),
        (b'[{"id": "0"}]', "'0' is not an id"),
        (b'[{"id": "9223372036854775808"}]', "'9223372036854775808' is not an id"),
        ('[{"id": "\N{FULLWIDTH DIGIT ONE}"}]'.encode(), "is not an id"),
        (b'[{"id": "%s"}]' % (b"9" * 5000), "'9{40}…' is not an id"),
        (b'[{"id":"9","poll":' + b"[" * 9000 + b"]" * 9000 + b"}]", "nested too deeply"),
        (b'[{"id":"9","size":"x","attachments":' + b"[" * 9000, "nested too deeply|Expected"),
        (b'[{"id":"9","type":' + b"9" * 5000 + b"}]", r"out of range.*\$\[0\]\.type"),
        (b"null", "Expected `array`, got `null`"),
        (b'{"9": {"id": "9"}}', "Expected `array`, got `object`"),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else "",
)  # fmt: skip
def test_what_cannot_be_left_out_is_named(body, words):
    with pytest.raises(ValueError, match=words):
        read(body)


def test_who_wrote_a_message_without_a_file_does_not_matter():
    page = [{"id": "9"}, {"id": "8", "author": None}, {"id": "7", "author": 5}]
    assert [one.id for one in read(page).messages] == ["9", "8", "7"]
