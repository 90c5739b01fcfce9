# What a developer does here, one target a chore. `make` alone lists them.

EXTRAS ?= all,dev
WORKERS ?= 2
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
TORCH ?= $(shell sed -n 's/^torch==//p' constraints.txt)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test lint types unit bench constraints clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

install: .venv/.installed-$(EXTRAS) ## make .venv and install Labwork with EXTRAS (default: all,dev)

demo: export LABWORK_DATA := $(or $(LABWORK_DATA),$(CURDIR)/data)
demo: install ## train a small network on handwritten digits
	@mkdir -p "$$LABWORK_DATA"
	$(BIN)/labwork train "Digits{train,val,test}" standardize SmallImageClassifier recipes.digits -r restart

test: install lint types unit ## check everything

lint: install ## check format, style and the direction of imports
	@echo "Checking format and style ..."
	@$(BIN)/ruff format --check --quiet || { echo "run: $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet
	@echo "Checking the direction of imports ..."
	@$(BIN)/lint-imports --no-logo

types: install ## check types
	@echo "Checking types ..."
	@$(BIN)/mypy

unit: install ## run the tests and the examples in docstrings (WORKERS=2 processes)
	@echo "Running the tests ..."
	@$(BIN)/python -m pytest -q -W error -n $(WORKERS) --dist worksteal

bench: install .venv/.installed-bench ## compare with other frameworks
	$(BIN)/python -m benchmarks

constraints: ## renew constraints.txt, the tested set of packages (TORCH=2.13.0)
	@echo "Installing the newest packages into build/constraints ..."
	@rm -rf build/constraints && $(PYTHON) -m venv build/constraints
	@build/constraints/bin/python -m pip install --quiet "torch==$(TORCH)" -e ".[all,bench,dev]"
	@{ grep '^#' constraints.txt; build/constraints/bin/python -m pip freeze --all \
		--exclude pip --exclude labwork | sed 's/+.*//'; } > build/constraints.txt
	@mv build/constraints.txt constraints.txt && rm -rf build/constraints

clean: ## delete the environment and what tools have left behind; data/ stays
	rm -rf .venv build dist src/*.egg-info .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -path ./data -prune -o -name __pycache__ -prune -exec rm -rf {} +

# The stamp names the extras, so that another set installs again.
.venv/.installed-%: pyproject.toml constraints.txt | .venv/bin/pip
	@echo "Installing Labwork with [$*]; the first time takes a few minutes ..."
	@$(PIP) install -c constraints.txt -e ".[$*]"
	@touch $@

# A venv that was left half made has a python and no pip.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Labwork needs Python 3.11 or later, and $(PYTHON) is none;" \
			"name another: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) ..."
	@$(PYTHON) -m venv .venv
