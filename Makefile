# PYTHON=python3.12 make test uses another Python, in a virtual environment of its own.
# TESTS=tests/problems make test runs some of the tests.
# CUDA=13 make quickstart installs JAX's build for CUDA 13.
PYTHON ?= python3
VENV := .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))$(if $(CUDA),-cuda$(CUDA))
BIN := $(VENV)/bin
comma := ,
EXTRAS := dev$(if $(CUDA),$(comma)cuda$(CUDA))
TESTED := $(EXTRAS)$(comma)browser$(comma)cluster$(comma)cutest$(comma)exports$(comma)files$(comma)models$(comma)notebooks$(comma)outside$(comma)references
STAMP := $(VENV)/.installed
PEERS := $(VENV)/.peers
OTHERS := $(VENV)/.others
DOCS := $(VENV)/.docs
EMPTY := $(VENV)/wheel

.PHONY: quickstart standing keep-standing test browser lint wheel performance docs clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable ".[$(EXTRAS)]"
	touch $@

quickstart: $(STAMP)
	$(BIN)/python -m bench run configs/quickstart.toml

standing: $(STAMP)
	$(BIN)/python -m bench run configs/standing.toml

# Keeps what `make standing` has written where git, the wheel and `rank` have it.
KEPT := results/reference/standing
keep-standing: $(STAMP)
	$(BIN)/python -m bench table results/standing --out $(KEPT) --table comparison \
	  --table classes --table success --table break_even --table best_of_k
	cp results/standing/plots/profiles-all_examples.png $(KEPT)
	cp results/standing/plots/profiles-batches.png $(KEPT)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

$(OTHERS): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable ".[$(TESTED)]"
	touch $@

test: lint $(OTHERS)
	$(BIN)/python -m pytest -n 2 $(TESTS)

# Builds the wheel, and runs it in an environment that has nothing else, far from here.
wheel: $(STAMP)
	rm -rf dist $(EMPTY)
	$(BIN)/python -m hatchling build -t wheel
	$(PYTHON) -m venv $(EMPTY)
	$(EMPTY)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt dist/*.whl
	cd $(EMPTY) && bin/gradmeter run quickstart

# The browser in which the tests open reports; without it they are skipped.
browser: $(OTHERS)
	@if command -v chromium-headless-shell; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get -qq update && \
	  apt-get -qq install --yes --no-install-recommends chromium-headless-shell; then :; \
	elif command -v chromium || command -v chromium-browser || command -v google-chrome; \
	then :; \
	else echo "install Debian's package chromium-headless-shell, or a Chromium" >&2; exit 1; \
	fi

$(PEERS): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable ".[$(TESTED),peers]"
	touch $@

performance: $(PEERS)
	$(BIN)/python -m tests.performance

$(DOCS): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable ".[$(EXTRAS),docs,models,notebooks]"
	touch $@

docs: $(DOCS)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf .venv* build dist
