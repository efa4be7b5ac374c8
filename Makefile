# Every command of the project; `make help` lists them. Works with GNU make 3.81 and a POSIX shell.
# Paths are relative throughout, since make cannot hold a path with a space in a target.

SHELL := /bin/sh
.DEFAULT_GOAL := help

BIN := .venv/bin
PYTHON := $(BIN)/python
STAMP := .venv/.setup-stamp
AIRFLOW_STAMP := .venv/.airflow-stamp
ARGS ?=
# How many tests run at once.
JOBS ?= 2

# Some environments forbid Python to keep what it has compiled. Commands and tests start hundreds of processes,
# and each would compile all that it imports anew: seconds of a processor every time.
unexport PYTHONDONTWRITEBYTECODE

# An environment that was moved with its checkout, or whose Python has gone, is made anew.
ifneq ($(shell test -x $(PYTHON) && cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): stale
endif

CHECKS := check-lint check-types check-imports check-sql check-engines check-layers check-metrics check-generated \
	check-powerbi check-docs check-sizes

.PHONY: stale help setup run airflow test check format generate screenshots bench clean distclean $(CHECKS)

help: ## List the commands
	@echo 'usage: make COMMAND [ARGS="..."]'
	@echo
	@awk 'BEGIN {FS = ":[^#]*## "} /^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Create .venv with the locked dependencies

$(STAMP): pyproject.toml uv.lock tools/setup.sh
	@sh tools/setup.sh
	@printf '%s' "$(CURDIR)" >$@

# Airflow comes on top where it is wanted; `make run` does without.
$(AIRFLOW_STAMP): $(STAMP)
	@sh tools/setup.sh --extra airflow
	@touch $@

airflow: $(AIRFLOW_STAMP) ## Run Airflow on 127.0.0.1 with the DAGs, for the profile in use
	@sh tools/airflow.sh

run: setup ## Go from PostgreSQL to the dashboards (ARGS="--no-serve" ends after publishing)
	@$(BIN)/streamvision up $(ARGS)

test: $(AIRFLOW_STAMP) ## Run the tests (ARGS="-k name" chooses some)
	@sh tools/ensure_chromium.sh
	@$(PYTHON) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(CHECKS) ## Run every check that needs no data

check-lint: setup ## Check style and formatting (ruff)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

check-types: $(AIRFLOW_STAMP) ## Check types (mypy --strict)
	$(BIN)/mypy

check-imports: $(AIRFLOW_STAMP) ## Check that imports point inwards (import-linter)
	$(BIN)/lint-imports

check-sql: setup ## Check the style of the SQL (sqlfluff)
	$(BIN)/sqlfluff lint source/migrations warehouse

check-engines: setup ## Check that every model and test is SQL for DuckDB and for Snowflake, without an account
	$(PYTHON) tools/check_sql_engines.py

check-layers: setup ## Check that layers read what they may, and that nothing asks for an engine by its name
	$(PYTHON) tools/check_layers.py
	$(PYTHON) tools/check_engines.py

check-metrics: setup ## Check that the definitions of metrics, the marts and the dashboards agree
	$(PYTHON) -m tools.check_metrics

check-generated: setup ## Check that the generated files are up to date
	$(PYTHON) -m tools.generate_reference --check

check-powerbi: setup ## Check that the Power BI project is what dbt says, and names nothing that is not there
	$(BIN)/streamvision powerbi check
	$(PYTHON) -m tools.powerbi_wireframes --check

check-docs: setup ## Check links, commands and words of the documentation
	$(PYTHON) -m tools.check_docs

check-sizes: setup ## Check the length of files and functions
	$(PYTHON) -m tools.check_sizes

format: setup ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

generate: setup ## Write the generated files anew
	$(PYTHON) -m tools.generate_reference
	$(BIN)/streamvision powerbi build
	$(PYTHON) -m tools.powerbi_wireframes

screenshots: setup ## Make the pictures of the dashboards in docs/images
	@sh tools/ensure_chromium.sh
	@$(PYTHON) -m tools.screenshots

bench: setup ## Run the benchmarks
	@for benchmark in benchmarks/[a-z]*.py; do $(PYTHON) "$$benchmark" $(ARGS) || exit 1; done

clean: ## Stop what runs; remove .streamvision (its data too), build products and caches
	@sh tools/clean.sh

distclean: clean ## Remove .venv and .venv-tools too
	rm -rf .venv .venv-tools
