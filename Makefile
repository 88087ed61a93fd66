# What a person types. Each line does one thing; the work is in platform/eventflow/local.

SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
TESTS ?=
MINUTES ?= 5
SEED ?=
ONLY ?=
BUYERS ?= 200
SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help install up status reset test simulate chaos quick bench bench-map screenshots \
	openapi messages lock clean
.NOTPARALLEL:

help: ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | \
		while IFS='|' read -r what why; do printf '%-14s %s\n' "$$what" "$$why"; done

install: ## Install everything into .venv (the others do it by themselves)
	@test -n "$(PYTHON)" || { \
		echo "EventFlow needs Python 3.11 or newer with venv, and finds none." >&2; exit 1; }
	@$(PYTHON) platform/eventflow/local/install.py
	@$(BIN)/python -m eventflow.local.assets
	@$(BIN)/python -m eventflow.translations compile

up: install ## Run EventFlow: http://localhost:8000 (EVENTFLOW_PORT, EVENTFLOW_DATA)
	@exec $(BIN)/python -m eventflow.local up

status: install ## Show what runs
	@$(BIN)/python -m eventflow.local status

reset: install ## Empty the data folder, after asking
	@$(BIN)/python -m eventflow.local reset

test: quick ## Quick checks, then every test on real PostgreSQL and Valkey (TESTS=path: some)
	@$(BIN)/python .ci/tests.py $(TESTS)

simulate: install ## A sale under bad luck with fresh seeds (MINUTES=30), or with one (SEED=…)
	@EVENTFLOW_SIMULATE_MINUTES="$(MINUTES)" EVENTFLOW_SIMULATE_SEED="$(SEED)" \
		$(BIN)/python -m pytest -q tests/simulation/test_sale.py -k fresh_seed

chaos: install ## A crowd buys while parts are killed (BUYERS=200, SECONDS=60)
	@EVENTFLOW_CHAOS_BUYERS="$(BUYERS)" EVENTFLOW_CHAOS_SECONDS="$(SECONDS)" \
		$(BIN)/python -m pytest -q tests/stack/test_chaos.py

quick: install ## Formatting, layers, types, the API's description, missing migrations
	@$(BIN)/python .ci/quick.py

bench: install ## Measure on this machine and write docs/benchmarks.md (ONLY=holds: some figures)
	@$(BIN)/python -m benchmarks $(ONLY)

bench-map: install ## Measure the seat map in Chromium, beside others, and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks.seat_map

screenshots: install ## Photograph every page at three widths, to be looked at: test-results/screenshots
	@$(BIN)/python -m benchmarks.screenshots

openapi: install ## Write docs/openapi.yaml anew from the API's views
	@$(BIN)/python -m eventflow.openapi_file

messages: install ## Gather what buyers read into the languages' files, and say what is untranslated
	@$(BIN)/python -m eventflow.translations update

lock: install ## Write requirements.lock and bootstrap.lock anew from pyproject.toml
	@.tools/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--extra local --extra dev --generate-hashes --no-header --no-emit-index-url \
		$(LOCK_FLAGS) -o requirements.lock
	@echo 'uv' | .tools/uv/bin/uv pip compile - --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-annotate -o bootstrap.lock

clean: ## Remove what was installed or built; the data stays
	rm -rf .venv .tools node_modules build dist staticfiles test-results *.egg-info \
		platform/web/built \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.data/*' -prune -exec rm -rf {} +
