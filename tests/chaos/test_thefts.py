"""Who may lose what it holds, and when nobody may take anything over."""

from __future__ import annotations

from chaos.thefts import BEGINNING, LOSSES, TAKEOVER, Absence, Outage, Told, hasty, losses

LEASE_S = 3.0
LOSS = Told(1, "worker-1-1.log", "lease_lost", 100.0, "s/1-0")
TAKEN = Told(0, "worker-0-1.log", TAKEOVER, 102.0)


def test_a_worker_that_was_there_loses_nothing() -> None:
    assert list(losses([LOSS], [])) == ["worker-1-1.log: s/1-0"]
    assert list(losses([LOSS], [Absence(0, 90.0, 99.0)])) != []
    assert list(losses([LOSS], [Absence(1, 101.0, 105.0)])) != []
    assert list(losses([LOSS], [Absence(1, 70.0, 80.0)])) != []
    assert "job_abandoned" in LOSSES


def test_who_was_frozen_or_cut_off_may_have_lost_it() -> None:
    assert list(losses([LOSS], [Absence(1, 90.0, 99.0)])) == []
    assert list(losses([TAKEN], [])) == []


def test_nothing_is_taken_over_for_a_lease_after_an_outage() -> None:
    assert list(hasty([TAKEN], [], [Outage(100.0)], LEASE_S)) == [
        "worker-0-1.log, 2.00 s after Valkey was back"
    ]
    for back_s in (98.0, 101.9, 103.0):  # a lease ago, just now with its answer under way, later
        assert list(hasty([TAKEN], [], [Outage(back_s)], LEASE_S)) == []
    assert list(hasty([LOSS], [], [Outage(99.0)], LEASE_S)) == []


def test_who_began_since_cannot_know_of_it() -> None:
    for began_s, is_told in ((96.0, True), (98.0, False), (101.0, False)):
        began = Told(0, TAKEN.log, BEGINNING, began_s)
        assert bool(list(hasty([began, TAKEN], [], [Outage(100.0)], LEASE_S))) is is_told


def test_who_was_frozen_meanwhile_may_say_later_what_it_did_before() -> None:
    outage = [Outage(100.0)]
    assert list(hasty([TAKEN], [Absence(0, 97.0, 101.9)], outage, LEASE_S)) == []
    for other in (Absence(1, 97.0, 101.9), Absence(0, 90.0, 96.0), Absence(0, 102.5, 104.0)):
        assert list(hasty([TAKEN], [other], outage, LEASE_S)) != []
