# Everything a person needs: `make run`, `make test`, `make help`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: run test test-llm check bench soak shots fakes lock clean help
.DEFAULT_GOAL := help

run: $(VENV)/.installed  ## start the bot: every platform that has a token, the console with none
	@exec $(BIN)/paperwire run

test: $(VENV)/.installed-dev  ## lint, types, layers and all tests; what CI runs
	@$(MAKE) --no-print-directory check
	@command -v chromium > /dev/null || echo "chromium is not installed: the reading room is not tested in a browser" >&2
	@$(BIN)/python -m pytest -n 4 --dist loadfile

test-llm: $(VENV)/.installed-llm  ## the commands with a small real model, on this machine; some minutes, and 130 MB to fetch
	@$(BIN)/python -m pytest -m llm -n 0 --durations 0 --durations-min 1 tests/llm

check: $(VENV)/.installed-dev  ## lint, types and layers only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-dev  ## measure speed, memory and request counts against the baselines
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.installed-dev  ## live through real days at another date, then kill the bot and its Redis a hundred times while they deliver; twenty minutes
	@if command -v faketime > /dev/null; then $(BIN)/python -m tests.editions.replay_process; \
	  else echo "faketime is not installed: no replay" >&2; fi
	@$(BIN)/python -m tests.contracts.delivery_scene --kills 100

shots: $(VENV)/.installed-dev  ## draw the pictures of docs/pictures from what the bot sends; needs node, chromium and faketime
	@command -v npm > /dev/null || { echo "Missing: npm (apt install nodejs npm)" >&2; exit 1; }
	@npm ci --silent --prefix tests/shots
	@$(BIN)/python -m tests.shots

fakes: $(VENV)/.installed-dev  ## start the stand-ins for every outside service and print their settings
	@exec $(BIN)/python -m tests.fakes

lock: $(VENV)/.installed-dev  ## renew requirements.lock and tests/requirements.lock from pyproject.toml
	@$(PIP) install uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --upgrade \
	  --python-version 3.11 --custom-compile-command "make lock" pyproject.toml .ci/build.in -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --upgrade \
	  --python-version 3.11 --custom-compile-command "make lock" --extra dev pyproject.toml .ci/build.in \
	  -c requirements.lock -o tests/requirements.lock

clean:  ## remove what make has made; data/ stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis tests/shots/node_modules

help:  ## this list
	@awk -F ":.*## " '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@command -v $(PYTHON) > /dev/null || { echo "Paperwire needs Python 3.11 or newer, and finds no $(PYTHON): make PYTHON=/path/to/python3.11 run" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Paperwire needs Python 3.11 or newer, and $(PYTHON) is none: make PYTHON=python3.12 run" >&2; exit 1; }
	@echo "Setting up .venv (once, some minutes) …" >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Paperwire needs Python's venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements.lock >&2
	@$(PIP) install --no-deps --no-build-isolation -e . >&2
	@touch $@

$(VENV)/.installed-dev: tests/requirements.lock $(VENV)/.installed
	@$(PIP) install --require-hashes -r tests/requirements.lock >&2
	@touch $@

# What these packages ask for beside themselves is for uses that are not ours.
$(VENV)/.installed-llm: tests/llm/requirements.txt $(VENV)/.installed-dev
	@$(PIP) install --require-hashes --no-deps -r tests/llm/requirements.txt >&2
	@touch $@
