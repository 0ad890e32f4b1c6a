# Two commands do everything on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.
# Another interpreter: make test PYTHON=python3.13. Another place for its environment: VENV=.venv-3.13.
# Some of the tests: make test ARGS=tests/prism. In one process, to debug: make test ARGS="-n 0 --pdb tests/prism".
# `make test` leaves out the tests that are marked slow; `make test SLOW=yes` runs every test.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Many tests start interpreters, and each would compile its modules again where the environment forbids bytecode files.
# They are kept, but beside no source.
PYTEST := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(abspath $(VENV))/bytecode $(BIN)/python -m pytest -n auto --dist worksteal

CLIENTS := $(patsubst tests/generated/requirements-%.txt,.venv-clients/%/ready,$(wildcard tests/generated/requirements-*.txt))

.PHONY: help demo test clients lint docs bench clean

help:
	@echo "make demo     set up, then play connections in frozen time"
	@echo "make test     set up, then run the tests and features; SLOW=yes adds the slow ones, as in CI"
	@echo "make clients  set up what the tests of generated clients need, each in an environment of its own"
	@echo "make lint     set up, then check style and types"
	@echo "make bench    set up, then measure: ratios to what the same costs without connsim"
	@echo "make docs     set up, then generate the tables of the docs"

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "connsim needs Python 3.11 or newer; try: make $(MAKECMDGOALS) PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/ready
	$(BIN)/connsim demo

test: $(VENV)/ready
	@$(if $(filter yes,$(SLOW)),,echo "The tests that are marked slow are left out. All tests: make test SLOW=yes")
	$(PYTEST) $(if $(filter yes,$(SLOW)),,-m "not slow") $(ARGS)

clients: $(CLIENTS)

.venv-clients/%/ready: tests/generated/requirements-%.txt
	$(PYTHON) -m venv .venv-clients/$*
	.venv-clients/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/ready
	$(BIN)/python benchmarks/poll.py
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/virtual_time.py
	$(BIN)/python benchmarks/agency.py
	$(BIN)/python benchmarks/libvcx.py
	$(BIN)/python benchmarks/faults.py
	$(BIN)/python benchmarks/journal.py

docs: $(VENV)/ready
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .venv-clients build dist *.egg-info
