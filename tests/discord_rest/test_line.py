from clipsaver.discord_rest import routes
from clipsaver.discord_rest.guard import Guard
from clipsaver.discord_rest.headers import NOTHING, LimitHeaders
from clipsaver.discord_rest.limiter import Limits, Wait, Why
from clipsaver.discord_rest.line import NEVER, Line, Ticket
from clipsaver.discord_rest.outcomes import Answer, Refusal, Scope


def line_of(rate=1e6):
    limits, guard = Limits(rate), Guard()
    return Line(limits, guard), limits, guard


def ticket(line, channel, *, live=False):
    one = Ticket(routes.MESSAGES.to(channel=channel), live=live, joined=0.0, deadline=NEVER)
    line.join(one)
    return one


def answered(limits, one, now, said=NOTHING):
    limits.answered(one.admission, said, None, now)


def test_first_come_first_served_within_a_channel():
    line, limits, _ = line_of()
    first, second, third = (ticket(line, 1) for _ in range(3))
    assert line.call(0.0) == [first]
    assert second.wait == third.wait == Wait(NEVER, Why.CHANNEL)
    answered(limits, first, 1.0)
    assert line.call(1.0) == [second]
    assert line.call(1.0) == []
    answered(limits, second, 2.0)
    assert line.call(2.0) == [third]
    assert len(line) == 0


def test_live_goes_before_backfill():
    line, _, _ = line_of(rate=10.0)
    backfill, live, later = ticket(line, 1), ticket(line, 2, live=True), ticket(line, 3, live=True)
    assert line.tickets() == [live, later, backfill]
    assert line.call(100.0) == [live]
    assert later.wait.why is Why.PACE
    assert backfill.wait == Wait(NEVER, Why.LINE)
    assert line.call(later.wait.until) == [later]
    assert line.call(backfill.wait.until) == [backfill]


def test_who_waits_for_its_own_bucket_holds_up_nobody():
    line, limits, _ = line_of()
    one = ticket(line, 1)
    line.call(0.0)
    answered(limits, one, 0.0, LimitHeaders(1, 0, 5.0, "b"))
    blocked, free = ticket(line, 1), ticket(line, 2)
    assert line.call(1.0) == [free]
    assert blocked.wait.why is Why.BUCKET
    assert line.call(blocked.wait.until) == [blocked]


def test_a_closed_guard_stops_the_whole_line():
    line, _, guard = line_of()
    one, two = ticket(line, 1), ticket(line, 2, live=True)
    refusal = Refusal(Scope.CLOUDFLARE, 60.0)
    guard.answered(Answer(429, NOTHING, b"", 0.0, None, refusal))
    assert line.call(1.0) == []
    assert one.wait == two.wait
    assert one.wait.why is Why.BLOCKED
    assert line.call(one.wait.until) == [two, one]


def test_who_leaves_is_forgotten():
    line, limits, _ = line_of()
    first, second = ticket(line, 1), ticket(line, 1)
    line.leave(first)
    assert line.call(0.0) == [second]
    line.leave(second)
    assert len(line) == 0
    limits.returned(second.admission)
    assert limits.on_their_way == 0


def test_a_wait_beyond_the_deadline_is_known_at_once():
    one = Ticket(routes.ME.to(), live=False, joined=0.0, deadline=60.0)
    assert not one.is_in_vain
    one.wait = Wait(60.5, Why.ASKED)
    assert one.is_in_vain
    one.wait = Wait(59.5, Why.ASKED)
    assert not one.is_in_vain
