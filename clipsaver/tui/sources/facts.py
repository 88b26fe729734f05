"""What a wish would do, as facts for the dialog, out of what was found for it. Pure.

Both operators use it, so that the dialog over a made-up fleet says what the live one says. All
texts come out printable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from clipsaver.database.clips import StoredClip
from clipsaver.errors import BadJob
from clipsaver.jobs import AnyJob, BatchJob, job_type
from clipsaver.queue.operating.dead_letters.advice import advice, is_risky
from clipsaver.queue.operating.dead_letters.letter import DeadLetter
from clipsaver.queue.operating.dead_letters.words import reason_of
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.workers import Worker
from clipsaver.records import ThumbnailState
from clipsaver.terminal_text import in_cells
from clipsaver.tui.sources.new_job import job_of
from clipsaver.tui.sources.twins import twin
from clipsaver.tui.sources.wishes import Deed, Preview, Wish

_PAGE = 100
"""Messages that one request brings at most."""
_MOST_NAMES = 4
_RELEASES = (Deed.RELEASE, Deed.RELEASE_WORKER)
_NEED_A_BODY = (*_RELEASES, Deed.BURY)
_WHERE = {
    Place.HELD: "held",
    Place.LATE: "held, late",
    Place.ORPHANED: "of a worker that is gone",
    Place.TAKEOVER: "to be taken over",
    Place.WAITING: "in line",
    Place.UNREAD: "not read yet",
    Place.RETRY: "to be retried",
    Place.PUT_OFF: "put off",
    Place.GONE: "without a body",
}
_OF_ENTRIES: Mapping[Deed, tuple[tuple[str, str], ...]] = {
    Deed.CANCEL: (
        ("effect", "what waits is gone at once, what runs stops within a second"),
        ("stays", "clips that were committed; the table runs says CANCELLED"),
    ),
    Deed.RELEASE: (("effect", "they wait for the next free slot at once; the delivery counts"),),
    Deed.BURY: (
        ("effect", "to the dead letters: they do not run again by themselves"),
        ("copy kept", "all of it, in the dead letter, from where it can be retried"),
    ),
    Deed.DROP_ENTRY: (
        ("effect", "removed from the stream for good; what was read and found stays"),
        ("copy kept", "yes, in the audit for 30 days"),
    ),
}
_OF_WORKERS: Mapping[Deed, str] = {
    Deed.PAUSE: "they take no new jobs; those that run go on",
    Deed.RESUME: "they take jobs again",
    Deed.DRAIN: "they take no new jobs, and end when those that run are over",
}

Facts = Iterator[tuple[str, str]]


def of_entries(wish: Wish, found: Sequence[PendingEntry], missing: Sequence[str] = ()) -> Preview:
    """Of what is done to runs that are not over and to their entries.

    `missing` are the keys by which none goes any more.
    """
    meant = list(found)
    if wish.deed in _NEED_A_BODY:
        meant = [one for one in meant if one.verdict.place is not Place.GONE]
    if wish.deed in _RELEASES:
        meant = [one for one in meant if one.worker]
    is_held = wish.deed in _RELEASES and any(one.is_alive for one in meant)

    def facts() -> Facts:
        if meant:
            yield "jobs", counted(one.job.type for one in meant)
            yield "where", counted(_WHERE[one.verdict.place] for one in meant)
        if holders := counted(_holder(one) for one in meant if one.worker):
            yield "holders", holders
        if attempts := [one.attempts for one in meant if one.attempts]:
            yield "tries used", f"up to {max(attempts)}, of {len(attempts):,} of them"
        if is_held:
            yield "risk", "a holder is alive: a page may be read twice, and no clip is there twice"
        if meant:
            deed = Deed.RELEASE if wish.deed in _RELEASES else wish.deed
            yield from _OF_ENTRIES[deed]
        if left := len(found) - len(meant):
            yield "left out", f"{left:,} held by nobody, or deleted from the stream"
        yield from _missing(missing, "over, or moved on")

    return Preview(wish, len(meant), tuple(facts()), twin(wish), is_held)


def of_letters(
    wish: Wish,
    found: Sequence[DeadLetter],
    superseded: Collection[str] = (),
    missing: Sequence[str] = (),
) -> Preview:
    """Of retrying or dropping dead letters. `superseded` are ids as in `DeadBody`."""
    is_retry = wish.deed is Deed.RETRY
    meant = [one for one in found if not (is_retry and one.is_cut)]
    poison = sum(map(is_risky, meant)) if is_retry else 0

    def facts() -> Facts:
        if meant:
            yield "letters", counted(one.type or "unreadable" for one in meant)
            yield "causes", counted(map(reason_of, meant))
            yield "advice", counted(advice(one).prospect.value for one in meant)
        if old := sum(one.letter_id in superseded for one in meant):
            yield "superseded", f"{old:,}: a later run has read the channel to the end"
        if poison:
            yield "risk", f"{poison:,} took workers down: a retry may take as many down again"
        if is_retry and meant:
            yield "effect", "to the end of the stream, each a run of its own with no attempt used"
            yield "undo", "u, until a worker has taken it"
        elif meant:
            yield "effect", "deleted for good; a copy: clipsaver dead list --json"
        if cut := len(found) - len(meant):
            yield "left out", f"{cut:,} of which only the beginning of the job was kept"
        yield from _missing(missing, "retried or dropped before")

    return Preview(wish, len(meant), tuple(facts()), twin(wish), bool(poison))


def of_workers(
    wish: Wish, found: Sequence[Worker], others_alive: int, missing: Sequence[str] = ()
) -> Preview:
    """Of an order to workers; `found` are those that are alive, `others_alive` are not meant."""

    def facts() -> Facts:
        if found:
            yield "workers", _some([f"{one.name} ({one.state.value})" for one in found])
            yield "they hold", f"{sum(one.held for one in found):,} entries"
            yield "effect", _OF_WORKERS[wish.deed]
            if wish.deed is not Deed.RESUME and not others_alive:
                yield "then", "no worker takes new jobs until one is started or resumed"
        yield from _missing(missing, "not alive")

    return Preview(wish, len(found), tuple(facts()), twin(wish))


def of_clips(wish: Wish, found: Sequence[StoredClip], missing: Sequence[str] = ()) -> Preview:
    """Of making thumbnails anew."""
    without = {one.clip_id for one in found if one.thumbnail_state != ThumbnailState.READY}

    def facts() -> Facts:
        if found:
            yield "clips", counted(f"{one.thumbnail_state}" for one in found)
            yield "effect", "made as the workers are configured by now, before all others"
        if len(without) < len(found):
            yield "stays", "the picture that is there, until there is another"
        yield from _missing(missing, "not there")

    words = twin(wish, without_picture=without)
    return Preview(wish, len(found), tuple(facts()), words)


def of_new_job(
    wish: Wish, *, where: str = "", messages: int | None = None, ahead: int = 0
) -> Preview:
    """Of a new job; `refused` says where it is none.

    `where` names guild and channel, `messages` is about how many the channel holds (None = not
    known), and `ahead` how many jobs wait already.
    """
    try:
        job = job_of(wish.options)
    except BadJob as error:
        return Preview(wish, 0, (), twin(wish), refused=in_cells(str(error)))

    def facts() -> Facts:
        yield "job", job_type(job)
        if where:
            yield "where", in_cells(where)
        yield "pages", _pages(job, messages)
        yield (
            "ahead",
            f"{ahead:,} jobs wait already" if ahead else "no job waits: it begins at once",
        )
        yield "effect", "to the end of the stream; nothing that is covered is read again by default"

    return Preview(wish, 1, tuple(facts()), twin(wish))


def counted(words: Iterable[str]) -> str:
    """`2 batch, 1 rescan`: each word with how often it comes, the most frequent first."""
    counts = Counter(map(in_cells, words))
    return _some([f"{count:,} {word}" for word, count in counts.most_common()])


def _pages(job: AnyJob, messages: int | None) -> str:
    if not isinstance(job, BatchJob):
        return "as many as it takes" if job_type(job) in ("rescan", "guild") else "few or none"
    if job.limit is not None:
        most = -(-job.limit // _PAGE)
        return f"{most:,} at most, of {_PAGE} messages each"
    if messages is None:
        return "all of the channel; how many that is, nobody has seen yet"
    return f"about {-(-messages // _PAGE):,}: all of the channel's {messages:,} messages"


def _holder(one: PendingEntry) -> str:
    return f"{one.worker} ({'alive' if one.is_alive else 'gone'})"


def _missing(names: Sequence[str], why: str) -> Facts:
    if names:
        yield "not found", f"{len(names):,} ({why}): {_some(names)}"


def _some(words: Sequence[str]) -> str:
    shown = ", ".join(map(in_cells, words[:_MOST_NAMES]))
    more = len(words) - _MOST_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown
