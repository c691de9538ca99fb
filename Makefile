# What can be done here. `make` alone lists it; PORT, TRIBUTARY_DATA_DIR and DATABASE_URL are passed through.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark
# The first Python that is new enough; `make PYTHON=/path/to/python setup` chooses another.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v "$$python" && break; done)

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench spark lock chromium clean

help: ## list what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(READY) ## prepare the environment in .venv, and nothing else

run: setup ## serve the demo on http://127.0.0.1:8000
	@$(BIN)/tributary serve --demo

test: setup chromium ## run all tests, those in a real browser too
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not e2e and not spark"
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m e2e

check: setup ## run the static checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/python -m pytest -q tests/architecture

spark: $(SPARK) ## run the tests of the distributed runner on a local Spark (needs Java 17)
	@$(BIN)/python -m pytest -m spark tests/attribution/engine

bench: setup ## print how fast the engine is, beside other packages
	@$(BIN)/python -m bench.engine
	@$(BIN)/python -m bench.lifetime

lock: ## write the lock files anew from pyproject.toml (needs uv)
	uv export --quiet --format requirements-txt --all-groups --no-emit-project --no-header --upgrade --output-file requirements.lock
	uv export --quiet --format requirements-txt --all-groups --extra spark --no-emit-project --no-header | \
		sed -n '/^py4j==/,/# via/p; /^pyspark==/,/# via/p' > requirements-spark.lock
	rm -f uv.lock

chromium: setup ## make sure of a browser for the tests: ours to find, or installed
	@$(BIN)/python -m tests.browser

clean: ## remove the environment and what tools leave behind; data stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Made again only when the lock or the project's own description changes.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	@set -e; if command -v uv >/dev/null; then \
		test -x $(BIN)/python || uv venv --quiet --python "$(PYTHON)" $(VENV); \
		uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; \
		uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
		test -x $(BIN)/pip || "$(PYTHON)" -m venv --clear $(VENV) || \
			{ echo "Python's venv is missing: on Debian, apt-get install python3-venv." >&2; exit 1; }; \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $(READY)

# PySpark is nearly half a gigabyte, so only those who want it get it.
$(SPARK): $(READY) requirements-spark.lock
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --require-hashes --no-build-isolation -r requirements-spark.lock; \
	else \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-build-isolation -r requirements-spark.lock; \
	fi
	@touch $(SPARK)
