# Everything a developer or an operator runs. `make` alone lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up
UV     := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv --quiet

SEEDS    ?= 3
FIRST    ?= 1
EDITION  ?= examples/kipp-luwu-utara-2019
SERVICES := $(patsubst %/pyproject.toml,%,$(sort $(wildcard services/*/pyproject.toml)))
PROJECTS := pyproject.toml shared/pyproject.toml $(SERVICES:%=%/pyproject.toml)
MEMBERS  := sayembara-shared $(SERVICES:services/%=sayembara-%)
# The tests that cover rules and contracts whole: to watch each line doubles what a test costs.
OF_RULES := $(addprefix tests/,shared submission evaluation ranking notification)
TYPED    := shared/contracts shared/kit $(foreach s,$(SERVICES),$(s)/$(notdir $(s))_service) sayembara tests

# A slow network is no reason to fail: both installers wait this long for one answer.
export UV_HTTP_TIMEOUT := 600
export PIP_DEFAULT_TIMEOUT := 600
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo up test test-docker chaos bench lint format types imports docs docs-check check lock clean

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install everything into .venv (needs only Python 3.11 or newer)

$(STAMP): requirements.lock $(PROJECTS)
	@command -v "$(PYTHON)" >/dev/null || { echo "Sayembara needs Python 3.11 or newer, and '$(PYTHON)' is not on this machine. Say which to use: make setup PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sayembara needs Python 3.11 or newer; '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1). Say which to use: make setup PYTHON=python3.13" >&2; exit 1; }
	@echo "setup: a virtual environment in $(VENV)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@echo "setup: the installer, pinned and checked by its hash"
	@sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^    --hash/p}' requirements.lock > $(VENV)/installer.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement $(VENV)/installer.lock
	@echo "setup: the libraries of requirements.lock"
	@$(UV) pip sync --require-hashes --compile-bytecode requirements.lock
	@echo "setup: Sayembara itself, editable"
	@$(UV) pip install --no-deps --no-build-isolation --editable . --editable shared $(SERVICES:%=--editable %)
	@touch $@
	@echo "setup: done; 'make demo' shows an edition, 'make check' runs every check"

demo: setup ## Play an edition from the first proposal to the last award
	@$(BIN)/sayembara demo

up: setup ## Run the whole system on this machine and rehearse an edition (EDITION=folder, PORTS=9101)
	@$(BIN)/sayembara up --rehearsal --play $(EDITION) $(PORTS:%=--ports %)

test: setup ## Run the tests that need no Docker Engine; rules and contracts must be covered whole
	@$(BIN)/pytest -m "not docker" -n auto --dist loadscope $(OF_RULES:%=--ignore %)
	@$(BIN)/pytest -m "not docker" -n auto --dist worksteal --cov --cov-report=term-missing:skip-covered $(OF_RULES)

test-docker: setup ## Run the tests that need a Docker Engine
	@$(BIN)/pytest -m docker

bench: setup ## Measure how fast it is, each figure beside its limit (some minutes: whole editions are played)
	@$(BIN)/python -m tests.bench

chaos: setup ## Kill processes while large editions are played, and compare (SEEDS=3, FIRST=1)
	@$(BIN)/python -m tests.chaos --seeds $(SEEDS) --first $(FIRST)

lint: setup ## Check style and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup ## Fix style and format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup ## Check types
	@$(BIN)/mypy $(TYPED)

imports: setup ## Check who may import whom
	@$(BIN)/lint-imports --no-cache --no-logo

docs: setup ## Write the generated pages
	@$(BIN)/sayembara docs

docs-check: setup ## Fail when a generated page is out of date
	@$(BIN)/sayembara docs --check

check: lint types imports docs-check test ## Run every check that needs no Docker Engine

lock: setup ## Bring requirements.lock up to date (newer versions: LOCK_FLAGS=--upgrade, or LOCK_FLAGS="-P httpx")
	@$(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-header $(LOCK_FLAGS) \
	  $(MEMBERS:%=--no-emit-package %) --group dev pyproject.toml --output-file requirements.lock > /dev/null
	@! grep -nE '^-|[a-z]+://' requirements.lock || { echo "requirements.lock must name neither a host nor an index; docs/decisions/0002 says why" >&2; exit 1; }

clean: ## Remove what the checks and the tests leave behind; .venv stays
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov dist
	@find shared services sayembara tests -name __pycache__ -type d -prune -exec rm -rf {} +
