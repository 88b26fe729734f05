"""`clipsaver run`: a worker."""

from __future__ import annotations

import argparse
import signal
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, need_token, start_logging

if TYPE_CHECKING:
    import trio

    from clipsaver.config import Config

_EPILOG = """\
Jobs come from the stream (clipsaver push), clips go into PostgreSQL. Without a
configuration both are servers of clipsaver's own, in your data folder.

With guilds in watch.guilds nothing has to be pushed: one worker of all finds
their history, and what is new each watch.interval.

The first ctrl-c or SIGTERM stops at the next page and hands unfinished jobs to
others; the second ends it now. What was committed stays, and the next worker
goes on from there. SIGUSR1 writes into the log what each task waits for.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--drain` and the configuration."""
    parser.epilog = _EPILOG
    parser.add_argument(
        "--drain",
        action="store_true",
        help="end when nothing is left to do; exit 1 if a job became a dead letter",
    )
    parser.add_argument(
        "--metrics",
        type=_address,
        metavar="HOST:PORT",
        help="serve metrics and health there, whatever metrics.listen says: of several workers "
        "with one configuration each needs a port of its own",
    )
    add_config_option(parser)


def _address(text: str) -> str:
    from clipsaver.config import parse_listen

    try:
        parse_listen(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop."""
    import msgspec
    import trio

    from clipsaver.config import MetricsConfig

    config = load_config(arguments).config
    if arguments.metrics is not None:
        config = msgspec.structs.replace(config, metrics=MetricsConfig(listen=arguments.metrics))
    start_logging(config)
    need_token(config)
    return trio.run(_run, config, arguments.drain)


async def _run(config: Config, drain: bool) -> int:  # noqa: FBT001 - trio.run passes positionally
    import trio

    from clipsaver.errors import ExitCode
    from clipsaver.worker.nursery import run_worker
    from clipsaver.worker.process import tune_collector

    tune_collector()
    stopping = trio.Event()
    code = ExitCode.INTERRUPTED
    async with trio.open_nursery() as nursery:
        await nursery.start(_heed_signals, stopping, nursery.cancel_scope)
        if hasattr(signal, "SIGUSR1"):  # not on Windows
            await nursery.start(_show_tasks, signal.SIGUSR1)
        report = await run_worker(config, stopping, drain=drain)
        code = report.exit_code
        nursery.cancel_scope.cancel()
    return code


async def _heed_signals(
    stopping: trio.Event, everything: trio.CancelScope, *, task_status: trio.TaskStatus[None]
) -> None:
    """The first signal asks the worker to stop, the second ends it."""
    import trio

    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            if stopping.is_set():
                everything.cancel()
                return
            stopping.set()


async def _show_tasks(asked_by: signal.Signals, *, task_status: trio.TaskStatus[None]) -> None:
    """At the signal, what each task waits for; also while a store is away, and at any level."""
    import trio

    from clipsaver.log import unfiltered
    from clipsaver.worker.watching.task_tree import whole_tree

    with trio.open_signal_receiver(asked_by) as signals:
        task_status.started()
        async for _ in signals:
            tree = whole_tree()
            unfiltered().info("task_tree", tree=tree)
