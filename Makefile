# Two commands: `make run` starts the app, `make test` checks everything. Both install what they need, once.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench clean
.DEFAULT_GOAL := run

run: $(VENV)/.run
	@"$(BIN)/python" -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/.test
	@"$(BIN)/python" -m tests.browser.find --install
	@$(MAKE) --no-print-directory lint
	@"$(BIN)/python" -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.test
	@"$(BIN)/ruff" check
	@"$(BIN)/ruff" format --check --quiet
	@"$(BIN)/mypy"

bench: $(VENV)/.test
	@for file in benchmarks/[!_c]*.py benchmarks/convolution.py; do \
	  "$(BIN)/python" -m "benchmarks.$$(basename "$$file" .py)" || exit 1; done

clean:
	@rm -rf $(VENV)

$(VENV)/bin/pip:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not it: install it, or name it with PYTHON=/path/to/python3."; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || \
	  { echo "Could not create the virtual environment $(VENV): on Debian and Ubuntu install the package python3-venv."; exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/pip
	@echo "Installing the app's packages, once (a few minutes)."
	@"$(BIN)/python" -m pip install -q -r requirements.txt > $(VENV)/pip.log 2>&1 || \
	  { echo "The packages could not be installed: check the network connection and run the same command again. Details: $(VENV)/pip.log"; exit 1; }
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.run
	@echo "Installing the test packages, once."
	@"$(BIN)/python" -m pip install -q -r requirements-dev.txt > $(VENV)/pip-dev.log 2>&1 || \
	  { echo "The test packages could not be installed: check the network connection and run the same command again. Details: $(VENV)/pip-dev.log"; exit 1; }
	@touch $@
