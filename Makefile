# Everything a person needs: `make run`, `make test`, `make help`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: run test check bench soak fakes lock clean help
.DEFAULT_GOAL := help

run: $(VENV)/.installed  ## start the bot: every platform that has a token, the console with none
	@exec $(BIN)/paperwire run

test: $(VENV)/.installed-dev  ## lint, types, layers and all tests; what CI runs
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 4 --dist loadfile

check: $(VENV)/.installed-dev  ## lint, types and layers only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/.installed-dev  ## measure speed, memory and request counts against the baselines
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.installed-dev  ## kill the bot and its Redis a hundred times while they deliver; a quarter of an hour
	@$(BIN)/python -m tests.contracts.delivery_scene --kills 100

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
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis

help:  ## this list
	@awk -F ":.*## " '/^[a-z]+:.*## / {printf "%-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Paperwire needs Python 3.11 or newer: make PYTHON=python3.12 run" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv (once) …" >&2
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements.lock >&2
	@$(PIP) install --no-deps --no-build-isolation -e . >&2
	@touch $@

$(VENV)/.installed-dev: tests/requirements.lock $(VENV)/.installed
	@$(PIP) install --require-hashes -r tests/requirements.lock >&2
	@touch $@
