"""How soon a worker has to be gone."""

from __future__ import annotations

import pytest

from chaos.plan import Fault, Kind, Store
from chaos.stops import Stop, late

GRACE_S = 5.0


def fault(kind: Kind) -> Fault:
    return Fault(0.0, kind, 0, Store.VALKEY, 0.0)


def test_a_stop_takes_no_longer_than_the_grace_time() -> None:
    in_time, too_long = Stop("a.log", 100.0, 105.9), Stop("b.log", 100.0, 106.1)
    assert list(late([in_time, too_long], [], GRACE_S)) == [
        "b.log took 6.1 s of 5 s, with both stores there"
    ]


@pytest.mark.parametrize("kind", [Kind.VALKEY, Kind.POSTGRES_FROZEN, Kind.SILENCE, Kind.FULL])
def test_last_words_to_a_store_that_is_away_are_added(kind: Kind) -> None:
    stop = Stop("a.log", 100.0, 112.0)
    assert list(late([stop], [(99.0, 101.0, fault(kind))], GRACE_S)) == []
    for elsewhere in ((90.0, 99.0), (113.0, 114.0)):
        assert list(late([stop], [(*elsewhere, fault(kind))], GRACE_S)) != []
    assert list(late([stop], [(99.0, 101.0, fault(Kind.KILL))], GRACE_S)) != []
    endless = Stop("a.log", 100.0, 113.1)
    assert list(late([endless], [(99.0, 120.0, fault(kind))], GRACE_S)) == [
        "a.log took 13.1 s of 12 s, with a store away"
    ]
