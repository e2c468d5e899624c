# Two commands to remember: `make demo` and `make test`. Each sets up what it needs; the only needs are make and Python 3.11 or newer.

VENV := .venv
BIN := $(VENV)/bin
# A server for a real team does without the development tools: make install EXTRAS=
EXTRAS ?= dev
STAMP := $(VENV)/.installed-$(or $(EXTRAS),plain)
# Handed on, for example: make demo DEMO="--customers 100000 --port 9000"; make test TESTS=tests/web
DEMO ?=
TESTS ?= tests

.PHONY: help install demo test check bench screenshots catalogue constraints

help: ## This list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(STAMP) ## The virtual environment .venv with the `fieldsales` command

$(STAMP): pyproject.toml constraints.txt
	@sh .ci/venv.sh $(VENV)
	@echo "Installing FieldSales and what it needs into $(VENV) (a minute or two, once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".$(EXTRAS:%=[%])"
	@touch $@

demo: $(STAMP) ## Serve a demo team with 300 customers
	@$(BIN)/fieldsales demo $(DEMO)

test: $(STAMP) ## Every test, browser, PostgreSQL and a routing server included
	@CHROMIUM="$$(sh .ci/browser.sh $(BIN))" && OSRM="$$(sh .ci/osrm.sh $(BIN))" && export CHROMIUM OSRM && $(BIN)/python -m pytest $(TESTS)

check: $(STAMP) ## Style, types and import directions, then every test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test

bench: $(STAMP) ## The table of measured figures (several minutes)
	@CHROMIUM="$$(sh .ci/browser.sh $(BIN))" && export CHROMIUM && $(BIN)/python -m bench

screenshots: $(STAMP) ## Take the pictures in docs/images anew
	@CHROMIUM="$$(sh .ci/browser.sh $(BIN))" && export CHROMIUM && FIELDSALES_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_screenshots.py

catalogue: $(STAMP) ## Bring messages.po up to date; list what wants its Japanese
	@$(BIN)/python -m tests.catalogue $(FRAGMENTS)

constraints: $(STAMP) ## Pin the newest versions of everything anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --no-annotate --quiet \
		--custom-compile-command "make constraints" --output-file constraints.txt
