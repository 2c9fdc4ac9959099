# What one does with this project. Needs Python 3.11 or newer with venv and pip, and make; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BROWSER := $(VENV)/.browser

# Each test that runs a command would compile the whole project again.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup demo run test histories lint statute letters format bench load faults fuzz e2e pictures lock clean

help:  ## say what there is
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/make \1\t\2/' | expand -t 16

setup: $(READY)  ## make the virtual environment in .venv from the locked requirements

$(READY): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "需要 Python 3.11 或更新版本（$(PYTHON) 版本过旧）；可用 make PYTHON=python3.12 指定"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "$(PYTHON) 没有 venv 模块；在 Debian、Ubuntu 上请先执行：apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: setup  ## a real township's 2021: its reminders day by day, its ledger into its published report, cell for cell
	$(BIN)/yishen demo

run: setup  ## the whole system until Ctrl-C: database, broker, what happens by itself, web on 127.0.0.1:8765
	$(BIN)/yishen run

test: setup  ## all tests but the slow suites; starts its own servers, needs no root and no network
	$(BIN)/python -m pytest -n 3

lint: setup  ## style, types, one-way imports, docs/statute.md, the lock files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m workflow.statute_page | cmp -s - docs/statute.md \
	  || { echo "docs/statute.md is not what the tables say: make statute"; exit 1; }
	@! grep -nE '://|--index-url|--find-links' requirements/*.lock || { echo "a lock file names a host"; exit 1; }

letters: setup  ## write docs/letters.md from the catalogue of letters
	$(BIN)/python -m letters.catalogue_page > docs/letters.md

statute: setup  ## write docs/statute.md from the tables of the law
	$(BIN)/python -m workflow.statute_page > docs/statute.md

format: setup  ## let ruff put the code in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup  ## speed, measured beside its limit in the same run, with what was asked; bench-results.json
	$(BIN)/python -m benchmarks

load: setup  ## ten minutes of an office's work in the browser, on the whole system; MINUTES=1 for less
	$(BIN)/python -m benchmarks.desk_traffic $(or $(MINUTES),10)

histories: setup  ## thousands of lawful histories, on paper and at the desk: the law's tables against chance
	$(BIN)/python -m pytest -n 2 -m histories \
	  tests/workflow/test_lawful_histories.py tests/reports/test_round_trip.py tests/reports/test_rollup_properties.py \
	  tests/tasks/test_replay.py tests/cli/test_replay_command.py tests/workflow/test_verify.py

fuzz: setup  ## the interface against its own description, at random; YISHEN_EXAMPLES: tries for each operation
	$(BIN)/python -m pytest -n 1 -m fuzz tests/fuzz

faults: setup  ## a year lived while everything is killed in turn: nothing lost, nothing doubled; docs/faults.md
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m faults \
	  tests/faults tests/runtime/test_embedded_server.py tests/cli/test_import.py tests/workflow/test_numbers.py \
	  tests/web/test_server.py
	$(BIN)/python -m tests.faults.table

$(BROWSER): requirements/browser.lock $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/browser.lock
	@touch $(BROWSER)

e2e: $(BROWSER)  ## the built package in an environment of its own: the demo, its page in a browser
	$(BIN)/python -m pytest -m e2e tests/e2e tests/cli/test_replay_command.py

pictures: $(BROWSER)  ## docs/pictures: each page on an office's screen and on a telephone, each letter in three formats
	PICTURES=$(CURDIR)/docs/pictures $(BIN)/python -m pytest -m e2e tests/e2e/test_every_page.py \
	  tests/e2e/test_letter_pictures.py

lock: pyproject.toml  ## work the lock files out again (needs the network)
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile pyproject.toml $(LOCK) -o requirements/runtime.lock
	.venv-lock/bin/uv pip compile pyproject.toml --group dev $(LOCK) -c requirements/runtime.lock -o requirements/dev.lock
	.venv-lock/bin/uv pip compile pyproject.toml --group browser $(LOCK) -c requirements/dev.lock -o requirements/browser.lock
	rm -rf .venv-lock

LOCK := --quiet --python-version 3.11 --universal --generate-hashes --no-annotate --no-header \
  --no-emit-index-url --no-emit-find-links

clean:  ## remove what was made; data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist bench-results.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
