"""The limits of a token as lines for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clipsaver.cli.tables import table
from clipsaver.discord_rest.limits.permits import Why
from clipsaver.discord_rest.limits.standing import INVALID_HOLD
from clipsaver.discord_rest.limits.view import Bucket, LimitsView, Refused, Waiter
from clipsaver.queue.operating.answers import LatestAnswer
from clipsaver.terminal_text import printable
from clipsaver.utc import of_day

MOST_ROWS = 15
"""Of buckets and of waiting requests; `--all` shows the others, too."""


def limits_text(view: LimitsView, *, most: int | None = MOST_ROWS) -> str:
    """All of it; `most` rows of what there may be many of, None for every one."""
    if not view.known:
        return "no worker has used this token lately, so there is nothing to tell\n"
    lines = [*_standing(view), "", *_learnt(view)]
    busy = view.buckets if most is None else [one for one in view.buckets if is_busy(one)]
    lines += _table("buckets in use", *_buckets(busy), most=most)
    lines += _table("waiting", *_waiting(view.waiting), most=most)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def is_busy(bucket: Bucket) -> bool:
    """Whether it says anything: all of the others have all of their room."""
    return bucket.used > 0 or bucket.free_in_s > 0


def seconds(number: float) -> str:
    """`0.3 s`, `12 s`, `5 min`."""
    if number < 10:
        return f"{number:.1f} s"
    return f"{number:.0f} s" if number < 120 else f"{number / 60:.0f} min"


def _standing(view: LimitsView) -> Iterator[str]:
    if view.held_for_s >= 0:
        yield (
            f"token     REJECTED by Discord {seconds(view.held_for_s)} ago; nothing is sent; tried "
            f"again in {seconds(view.trial_in_s)}. Set a valid one and start the workers again"
        )
    else:
        yield "token     in use"
    if view.closed_for_s > 0:
        why = Why(view.closed_why).words
        yield f"closed    for {seconds(view.closed_for_s)}: {why}"
    going = "1 is" if view.on_their_way == 1 else f"{view.on_their_way} are"
    yield (
        f"pace      {view.sent} sent in the last second, of {view.rate:g} at most; {going} on "
        f"the way, {len(view.waiting)} wait"
    )
    for one in view.invalid:
        held = f"; all are held for {seconds(one.held_for_s)}" if one.held_for_s else ""
        yield (
            f"invalid   {one.count:,} in 10 minutes from {printable(one.egress)} (401, 403, 429), "
            f"held at {INVALID_HOLD:,}{held}"
        )
    if not view.invalid:
        yield f"invalid   none in 10 minutes (401, 403 and 429; held at {INVALID_HOLD:,})"


def _learnt(view: LimitsView) -> Iterator[str]:
    for one in sorted(view.learnt, key=lambda one: one.route):
        yield (
            f"learnt    {one.count} in {one.window_s:.2f} s for {one.route}, from a refusal; "
            f"whether it is more is tried in {seconds(one.trial_in_s)}"
        )
    if view.learnt:
        yield ""


def _buckets(buckets: Sequence[Bucket]) -> tuple[str, list[str]]:
    width = max((len(one.routes[0]) for one in buckets), default=0)
    head = f"{'route':<{width}}  {'channel':<19}  {'used of limit':<18}  {'free in':<8}"
    rows = []
    for one in buckets:
        limit = f"{one.used} of {one.limit} in {one.window_s:.1f} s" if one.limit else f"{one.used}"
        others = f"  and {len(one.routes) - 1} more" if len(one.routes) > 1 else ""
        source = "  learnt" if one.is_learnt else ""
        free = seconds(one.free_in_s) if one.free_in_s else "now"
        asked = f"  {one.why.words}" if one.free_in_s and one.why is Why.ASKED else ""
        refused = f"  {_refused(one.refused)}" if one.refused else ""
        rows.append(
            f"{one.routes[0]:<{width}}  {one.major or '-':<19}  {limit:<18}  {free:<8}"
            f"{source}{others}{asked}{refused}"
        )
    return head, rows


def _refused(refused: Refused) -> str:
    """The last 429: when, whose it was, and what it asked for where."""
    longer = ""
    if refused.longer and refused.header_s is not None:
        longer = f", the {refused.longer} more: header {seconds(refused.header_s)}"
    return (
        f"last 429 {seconds(refused.ago_s)} ago ({printable(refused.scope)}, "
        f"wait {seconds(refused.asked_s)}{longer})"
    )


def answers_text(answers: Sequence[LatestAnswer]) -> str:
    """A row for each, the newest first; what Discord did not say is `-`."""
    head = ("time", "status", "left", "resets in", "retry after", "scope", "worker", "route")
    rows = [_answer(one) for one in answers]
    title = f"latest answers of each worker: {len(rows):,}" if rows else "latest answers: none"
    return "".join(
        f"{line}\n" for line in [title, *(table(head, rows, None, right=()) if rows else ())]
    )


def _answer(one: LatestAnswer) -> tuple[str, ...]:
    said = one.said
    left = "-" if said.limit is None else f"{said.remaining} of {said.limit}"
    return (
        of_day(one.at_ms),
        str(said.status),
        left,
        "-" if said.reset_after_s is None else seconds(said.reset_after_s),
        "-" if said.retry_after_s is None else seconds(said.retry_after_s),
        said.scope or "-",
        one.worker,
        one.route,
    )


def _waiting(waiting: Sequence[Waiter]) -> tuple[str, list[str]]:
    head = f"{'turn':<8}  {'for':>7}  {'left':>7}  {'why':<45}  request"
    return head, [
        f"{one.turn.name.lower():<8}  {seconds(one.for_s):>7}  {seconds(one.left_s):>7}  "
        f"{one.why.words:<45}  {printable(one.request)}  ({printable(one.worker)})"
        for one in waiting
    ]


def _table(title: str, head: str, rows: list[str], *, most: int | None) -> list[str]:
    if not rows:
        return [f"{title}: none"]
    shown = rows if most is None else rows[:most]
    left = len(rows) - len(shown)
    more = [f"  and {left:,} more (--all)"] if left else []
    return [f"{title}: {len(rows):,}", f"  {head}", *(f"  {row}" for row in shown), *more, ""]
