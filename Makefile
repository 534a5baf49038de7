# Clarity. `make help` explains every target.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SYSTEM := $(VENV)/.system-packages
# on two cores; the other tests share one cluster and one browser
UNIT := $(BIN)/python -m pytest tests/unit --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run test check bench lives lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(STAMP) ## Install, start everything on embedded defaults, print the addresses
	$(BIN)/clarity up

test: $(STAMP) $(SYSTEM) ## Install what tests need and run them all
	$(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(UNIT)
	$(BIN)/python -m pytest tests/integration tests/browser

check: $(STAMP) ## The quick part of `test`: style, types, import rules, unit tests
	$(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(UNIT) -m "not slow"

bench: $(STAMP) ## Runtimes per face, the panel, forgeries per crop, preparation on Ray, a siege of the service
	$(BIN)/python -m tests.benchmarks.faces
	$(BIN)/python -m tests.benchmarks.ensemble
	$(BIN)/python -m tests.benchmarks.forge
	$(BIN)/python -m tests.benchmarks.preparation
	$(BIN)/python -m tests.benchmarks.siege

lives: $(STAMP) ## Ten thousand random lives of subscriptions with crashes: do books and PayPal agree?
	$(BIN)/python -m tests.paypal.sequences --count 10000

lock: ## Resolve pyproject.toml again into the hashed lock files
	uv pip compile pyproject.toml --all-extras --generate-hashes --no-emit-index-url \
		--python-version 3.11 --output-file requirements.lock
	for plugin in gpu:cuda12 tpu:tpu; do \
		echo "jax[$${plugin#*:}]" | uv pip compile - --constraints requirements.lock \
			--generate-hashes --no-emit-index-url --python-version 3.11 \
			--output-file deployments/$${plugin%:*}.lock; done

clean: ## Remove the virtual environment, caches and local state under var/
	rm -rf $(VENV) var .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

# Debian packages that tests use; nothing to do where they are there already
$(SYSTEM): $(STAMP)
	@command -v chromium >/dev/null && command -v mariadbd >/dev/null && \
		command -v redis-server >/dev/null && command -v rsync >/dev/null || { \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends \
		chromium fonts-dejavu-core mariadb-server redis-server rsync >/dev/null; }
	@touch $@
