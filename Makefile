# One command for each thing that a person does with this folder. Everything lives in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help install demo test test-all coverage picture pictures fuzz lint types contracts check lock texts revision bench bench-full trust flood clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/installed ## everything into .venv, in the exact versions of the lock file

.venv/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Sportello needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: install ## the whole service against a local Telegram, in the browser
	$(BIN)/sportello demo

test: install ## every test once, and on a real PostgreSQL too what depends on the database
	$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST)

test-all: install ## every test on SQLite and on PostgreSQL, by polling and by webhook; long kills and fuzzing
	$(BIN)/python -m pytest -n 2 --dist worksteal --all --durations=20 $(PYTEST)

coverage: install ## `make test`, and how much of conversations/ and storage/ it reaches
	rm -rf .coverage && mkdir .coverage
	$(BIN)/python -m coverage run -m pytest -n 2 --dist worksteal $(PYTEST)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

picture: install ## draws docs/architecture.md from the imports
	$(BIN)/python -m tests.architecture.picture

pictures: install ## takes the pictures of docs/come-si-usa.md from the demo, in Chromium
	$(BIN)/python -m tests.demo.pictures

fuzz: install ## whole chats in any order, for long: MINUTES=20 PLAYS=… STEPS=… SEED=… FIGURES=file.json
	$(BIN)/python -m pytest tests/fuzz -q --all --fuzz-plays=$(or $(PLAYS),100000) --fuzz-steps=$(or $(STEPS),80) --fuzz-minutes=$(or $(MINUTES),20) $(if $(SEED),--fuzz-seed=$(SEED)) $(if $(FIGURES),--fuzz-figures=$(FIGURES))

lint: install ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## mypy, strict
	$(BIN)/mypy

contracts: install ## bot → conversations → storage, and their rooms
	$(BIN)/lint-imports

check: coverage lint types contracts ## every gate before a change goes in: the tests, with their coverage

lock: ## the exact versions, anew, from pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -c requirements-dev.lock pyproject.toml -o requirements.lock

texts: install ## the message catalogues, brought up to the texts in the code
	$(BIN)/python -m conversations.texts

revision: install ## the next migration, from what the models say: MESSAGE="why"
	$(BIN)/python -m storage.migrations "$(MESSAGE)"
	$(BIN)/ruff check --quiet --fix storage/migrations
	$(BIN)/ruff format --quiet storage/migrations

trust: install ## kills, faults, duplicates and fuzzing in one go; writes the figures into docs/trust.md
	$(BIN)/python -m benchmarks.trust $(TRUST)

flood: install ## how much memory a hundred thousand updates at once take
	$(BIN)/python -m benchmarks.flood_memory $(FLOOD)

bench: install ## beside a plain bot, in minutes, into docs/performance.md: SECTIONS="sqlite-polling …"
	$(BIN)/python -m benchmarks --write $(SECTIONS)

bench-full: install ## the same with more rounds, and what takes long
	$(BIN)/python -m benchmarks --write --full $(SECTIONS)

clean: ## removes .venv and what tools leave behind
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
