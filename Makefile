# The commands of this project. They need Python 3.11 or newer and make, and fetch everything else into .tooling/ and
# .nox/, which `make clean` removes.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo check test docs bench format dist clean
MAKEFLAGS += --no-print-directory

# The first one that is new enough is used. To choose another: make test PYTHON=python3.13
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
BIN := .tooling/bin

# uv uses the system's certificates and downloads no Python. It does not read pip's index setting, so it is passed on.
export UV_SYSTEM_CERTS ?= 1
export UV_PYTHON_DOWNLOADS ?= never
export UV_HTTP_TIMEOUT ?= 120
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: .tooling/ready ## run the examples
	@$(BIN)/python examples/demo.py
	@echo
	@$(BIN)/python examples/enrolling.py

check: .tooling/ready ## quick checks: formatting, style, imports, types, and the tests that depend on Python
	@$(BIN)/python .ci/stages.py check

test: .tooling/ready ## all checks of the built wheel, with lowest and newest dependencies, on all installed Pythons
	@$(BIN)/python .ci/stages.py test

docs: .tooling/ready ## build the documentation and run its examples
	@$(BIN)/nox -s docs
	@echo "Open docs/_build/html/index.html"

bench: .tooling/ready ## measure against raw boto3
	@$(BIN)/nox -s bench

format: .tooling/ready ## format the code
	@$(BIN)/nox -s format

dist: .tooling/ready ## build the sdist and the wheel into dist/ and check them
	@$(BIN)/nox -s dist

clean: ## remove everything that was built or fetched
	rm -rf .nox .tooling dist docs/_build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.*
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# A virtual environment with the package (editable), the examples' dependencies, uv and nox. It is made again when this
# file or pyproject.toml changes.
.tooling/ready: Makefile pyproject.toml
	@for python in $(PYTHON); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Python 3.11 or newer is needed; none of these is: $(PYTHON)" >&2; exit 1; fi; \
	echo "Setting up .tooling with $$("$$found" --version) (once) ..."; \
	"$$found" -m venv --clear .tooling
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'uv>=0.9'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[audio]' nox
	@touch $@
