"""How each fault of the plan is carried out."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from chaos.plan import FOR_THE_BUSIEST, Fault, Kind, Store
from chaos.stage import GRACE_S, Stage, Worker, set_fsync
from chaos.stops import LAST_WORDS_S, Stop
from chaos.thefts import Absence, Outage
from chaos.watch import (
    Frozen,
    Lost,
    Watched,
    held_by,
    insist,
    pending,
    runs_of,
    unsaid,
    watch_recovery,
)

_GIVE_UP_S = GRACE_S + LAST_WORDS_S + 10.0
"""One that has not stopped by then never will; how soon it has to is judged by `stops`."""
_QUIET_S = 2.5
"""More than others may take beyond a lease to have a killed worker's jobs."""
_SAY_WITHIN_S = 30.0


@dataclass(slots=True)
class Hand:
    """Carries out faults; what is to be watched afterwards goes on in `watching`."""

    stage: Stage
    watched: Watched
    watching: trio.Nursery

    async def carry_out(self, fault: Fault) -> None:
        """Returns when the fault is over and what it ended has been replaced."""
        actions: dict[Kind, Callable[[Fault], Awaitable[None]]] = {
            Kind.KILL: self._kill,
            Kind.TIMED_KILL: self._timed_kill,
            Kind.START_KILL: self._start_kill,
            Kind.FREEZE: self._freeze,
            Kind.STOP: self._stop,
            Kind.STOP_KILL: self._stop_kill,
            Kind.VALKEY: self._kill_servers,
            Kind.POSTGRES: self._kill_servers,
            Kind.BOTH: self._kill_servers,
            Kind.VALKEY_AT_STOP: self._valkey_at_stop,
            Kind.VALKEY_FROZEN: self._freeze_server,
            Kind.POSTGRES_FROZEN: self._freeze_server,
            Kind.CUT: self._cut,
            Kind.ANSWERS: self._lose_answers,
            Kind.SILENCE: self._be_silent,
            Kind.FULL: self._fill_valkey,
            Kind.READ_ONLY: self._forbid_writing,
        }
        begun = trio.current_time()
        await actions[fault.kind](fault)
        self.watched.faults[fault.kind] += 1
        self.watched.troubles.append((begun, trio.current_time(), fault))

    @asynccontextmanager
    async def _at(self, fault: Fault) -> AsyncIterator[Worker]:
        """The worker that the fault meets; one fault at a time meets it."""
        worker = self.stage.workers[fault.worker]
        if fault.kind in FOR_THE_BUSIEST:
            worker = await self._busiest() or worker
        async with worker.lock:
            yield worker

    async def _busiest(self) -> Worker | None:
        """Who has most in hand, of those that no other fault meets now."""
        held = Counter((await insist(self.stage, pending)).values())
        free = [one for one in self.stage.workers if one.consumer and not one.lock.locked()]
        return max(free, key=lambda one: held[one.consumer or ""], default=None)

    async def _kill_now(self, worker: Worker) -> trio.Event:
        """Returns at once; the event tells when others have all that it held."""
        consumer, killed_s = worker.consumer, trio.current_time()
        recovered = trio.Event()
        await worker.kill()
        self.watched.kills += 1

        async def watch() -> None:
            if consumer is not None:
                await watch_recovery(self.stage, self.watched, consumer, killed_s)
            recovered.set()

        self.watching.start_soon(watch)
        return recovered

    async def _timed_kill(self, fault: Fault) -> None:
        """Nothing else goes wrong until others have its jobs, or would have to."""
        async with self._at(fault) as worker:
            quiet_until = trio.current_time() + self.stage.settings.lease_s + _QUIET_S
            recovered = await self._kill_now(worker)
            await trio.sleep(fault.lasts_s)
            await self.stage.start_worker(worker)
        with trio.move_on_at(quiet_until):
            await recovered.wait()

    async def _kill(self, fault: Fault) -> None:
        async with self._at(fault) as worker:
            await self._kill_now(worker)
            await trio.sleep(fault.lasts_s)
            await self.stage.start_worker(worker)

    async def _start_kill(self, fault: Fault) -> None:
        async with self._at(fault) as worker:
            for _ in range(2):
                await self._kill_now(worker)
                await self.stage.start_worker(worker)
                await trio.sleep(fault.lasts_s)
            await self._kill_now(worker)
            await self.stage.start_worker(worker)

    async def _freeze(self, fault: Fault) -> None:
        """Until the end of the freeze others may take what it holds; it has to notice that."""
        async with self._at(fault) as worker:
            consumer = worker.consumer
            slept_s = trio.current_time()
            worker.signal(signal.SIGSTOP)
            begun: dict[str, str] = {}
            if consumer is not None:
                held = await insist(self.stage, lambda client: held_by(client, consumer))
                begun = await insist(self.stage, lambda client: runs_of(client, held, consumer))
            frozen = Frozen(worker, consumer or "", begun)
            with trio.move_on_after(fault.lasts_s):
                await frozen.watch(self.stage)
            worker.signal(signal.SIGCONT)
            self.watched.absences.append(Absence(worker.number, slept_s, trio.current_time()))
            if frozen.taken:
                self.watched.freezes += 1
                lost = [Lost(worker.log.name, begun[entry]) for entry in frozen.taken]
                self.watched.lost += lost
                with trio.move_on_after(_SAY_WITHIN_S):  # it may say so before it dies
                    while unsaid(lost, {worker.log.name: worker.lines()}):  # noqa: ASYNC110 - a file
                        await trio.sleep(0.1)

    async def _stop(self, fault: Fault) -> None:
        async with self._at(fault) as worker:
            await stop_worker(worker, self.watched)
            await self.stage.start_worker(worker)

    async def _stop_kill(self, fault: Fault) -> None:
        async with self._at(fault) as worker:
            worker.is_meant_to_end = True
            worker.signal(signal.SIGTERM)
            await trio.sleep(min(fault.lasts_s, 1.0))
            await self._kill_now(worker)
            await self.stage.start_worker(worker)

    async def _valkey_at_stop(self, fault: Fault) -> None:
        async with self._at(fault) as worker:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(stop_worker, worker, self.watched)
                await self._down((Store.VALKEY,), fault.lasts_s)
            await self.stage.start_worker(worker)

    async def _kill_servers(self, fault: Fault) -> None:
        stores = {Kind.VALKEY: (Store.VALKEY,), Kind.POSTGRES: (Store.POSTGRES,)}
        await self._down(stores.get(fault.kind, tuple(Store)), fault.lasts_s)

    async def _down(self, stores: tuple[Store, ...], seconds: float) -> None:
        async with trio.open_nursery() as nursery:
            for store in stores:
                nursery.start_soon(self._restart, store, seconds)

    async def _restart(self, store: Store, seconds: float) -> None:
        server = self.stage.servers[store]
        async with server.lock:
            await server.kill()
            await trio.sleep(seconds)
            self._is_back(store)
            await server.start()
            if store is Store.VALKEY:
                await trio.to_thread.run_sync(set_fsync, self.stage)

    async def _freeze_server(self, fault: Fault) -> None:
        store = Store.VALKEY if fault.kind is Kind.VALKEY_FROZEN else Store.POSTGRES
        server = self.stage.servers[store]
        async with server.lock:
            await server.stand_still(fault.lasts_s)
            self._is_back(store)

    def _is_back(self, store: Store) -> None:
        """From now on it can be reached, at the earliest."""
        if store is Store.VALKEY:
            self.watched.outages.append(Outage(trio.current_time()))

    async def _cut(self, fault: Fault) -> None:
        self.stage.workers[fault.worker].links[fault.store].cut()

    async def _lose_answers(self, fault: Fault) -> None:
        self.stage.workers[fault.worker].links[fault.store].lose_answers(fault.lasts_s)
        await trio.sleep(fault.lasts_s)

    async def _be_silent(self, fault: Fault) -> None:
        begun = trio.current_time()
        await self.stage.workers[fault.worker].links[fault.store].be_silent(fault.lasts_s)
        if fault.store is Store.VALKEY:
            self.watched.absences.append(Absence(fault.worker, begun, trio.current_time()))

    async def _fill_valkey(self, fault: Fault) -> None:
        """Every command that needs memory is refused."""
        async with self.stage.servers[Store.VALKEY].lock:
            await insist(self.stage, lambda client: client.config_set("maxmemory", 1))
            await trio.sleep(fault.lasts_s)
            await insist(self.stage, lambda client: client.config_set("maxmemory", 0))

    async def _forbid_writing(self, fault: Fault) -> None:
        """As a server that has become a replica: sessions are closed, new ones may only read."""
        async with self.stage.servers[Store.POSTGRES].lock:
            await trio.to_thread.run_sync(_set_read_only, self.stage, "on")
            await trio.sleep(fault.lasts_s)
            await trio.to_thread.run_sync(_set_read_only, self.stage, "off")


async def stop_worker(worker: Worker, watched: Watched) -> None:
    """SIGTERM; one that does not end in time, or not well, is noted."""
    assert worker.process is not None
    begun = trio.current_time()
    worker.is_meant_to_end = True
    worker.signal(signal.SIGTERM)
    with trio.move_on_after(_GIVE_UP_S):
        await worker.process.wait()
    if worker.process.returncode is None:
        watched.bad_stops.append(f"{worker.log.name} did not stop within {_GIVE_UP_S:g} s")
        await worker.kill()
    elif (code := worker.process.returncode) != 0 and worker.consumer is not None:
        # One that has not begun to work is ended by the signal itself.
        watched.bad_stops.append(f"{worker.log.name} was stopped and ended with {code}")
    else:
        watched.stops.append(Stop(worker.log.name, begun, trio.current_time()))


def _set_read_only(stage: Stage, value: str) -> None:
    with stage.database() as connection:
        connection.execute(f"alter system set default_transaction_read_only = {value}")
        connection.execute("select pg_reload_conf()")
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
