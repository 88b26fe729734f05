"""How long until something happens: `python -m benchmarks.startup`.

`clipsaver --help`, beside a bare interpreter; and from the start of `clipsaver run` on embedded
servers with existing data to the end of a job of one page, as its log tells.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import run_measured, spread
from benchmarks.scanning import simulated

HELP_BUDGET_MS = 100
FIRST_PAGE_BUDGET_S = 2.0


def help_ms(runs: int) -> list[float]:
    """Milliseconds of `clipsaver --help`, after a warm-up."""
    command = ["-m", "clipsaver", "--help"]
    run_measured(command)
    return [run_measured(command).wall_s * 1000 for _ in range(runs)]


def interpreter_ms(runs: int) -> list[float]:
    """Milliseconds of an interpreter that does nothing."""
    return [run_measured(["-c", "pass"]).wall_s * 1000 for _ in range(runs)]


def first_page_s(folder: Path, world: dict[str, object], channel: str) -> float:
    """Seconds from starting a worker to the end of a job of one page, which is committed then."""
    config = folder / "config.toml"
    config.write_text(
        f'data_dir = "{folder / "data"}"\n'
        f'[discord]\ntoken = "{world["token"]}"\napi_url = "{world["api_url"]}"\n'
        '[log]\nformat = "json"\n'
    )
    clipsaver = [sys.executable, "-m", "clipsaver"]
    environment = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    push = ["push", "batch", "--guild", str(world["guild"]), "--channel", channel]
    subprocess.run(
        [*clipsaver, *push, "--known", "reread", "--config", str(config)],
        check=True,
        capture_output=True,
        env=environment,
    )
    begun = time.perf_counter()
    worker = subprocess.Popen(
        [*clipsaver, "run", "--config", str(config)], stderr=subprocess.PIPE, env=environment
    )
    assert worker.stderr is not None
    try:
        for line in worker.stderr:
            if json.loads(line)["event"] == "job_ended":
                return time.perf_counter() - begun
        raise RuntimeError("the worker ended without doing its job")
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.stderr.read()
        worker.wait(30)


def main() -> None:
    """Prints each figure with its budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    ours, bare = help_ms(runs), interpreter_ms(runs)
    print(f"clipsaver --help       {spread(ours, '{:.0f}')} ms, budget {HELP_BUDGET_MS}")
    print(f"  a bare interpreter   {spread(bare, '{:.0f}')} ms")
    with (
        tempfile.TemporaryDirectory(prefix="clipsaver-bench-") as name,
        simulated(0.01, 300) as world,
    ):
        channel = str(world["channels"][0])  # type: ignore[index]
        first_page_s(Path(name), world, channel)  # makes the data
        times = [first_page_s(Path(name), world, channel) for _ in range(runs)]
    print(f"start to first page    {spread(times)} s, budget {FIRST_PAGE_BUDGET_S}", flush=True)


if __name__ == "__main__":
    main()
