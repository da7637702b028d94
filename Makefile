# On a fresh machine with Python 3.11 and make: `make demo`, `make test`. All set-up is
# done here, in a virtual environment of its own. On Windows see the README.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench validity clean

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(VENV)/run.stamp $@

demo: $(VENV)/run.stamp
	$(BIN)/mapaccuracy demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest --cov --cov-report=term

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python fixtures/make.py --check
	$(BIN)/python docs/make.py --check
	$(BIN)/python -m pytest -q tests/test_docs.py

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.displaced
	$(BIN)/python -m benchmarks.reading

validity: $(VENV)/dev.stamp
	$(BIN)/python -m validity

clean:
	rm -rf $(VENV) build dist .coverage
