# Every chore of the project is one command here; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run pbx test test-long bench doctor format lock messages events assets clean

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
STAYLINE := $(VENV_PYTHON) .venv/bin/stayline

help:  ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv-run  ## install what is missing and serve Stayline on http://127.0.0.1:8000
	@exec $(STAYLINE) serve

pbx: .venv-run  ## start a real Asterisk on loopback, with customers that answer, and print how to use it
	@exec $(VENV_PYTHON) -m tools.pbx

test:  ## install what the tests need, then check and test everything but the long runs (under 10 minutes)
	@began=$$(date +%s.%N); $(PYTHON) tools/install.py test && exec $(VENV_PYTHON) tools/check.py test --began $$began

test-long:  ## the long runs: browser matrix, both databases in full, processes that are killed
	@began=$$(date +%s.%N); $(PYTHON) tools/install.py test && exec $(VENV_PYTHON) tools/check.py test-long --began $$began

bench: .venv-test  ## measure a step against its floor, live desks in memory, and the import
	@$(VENV_PYTHON) -m tests.bench

doctor: .venv-run  ## say what is wrong with this installation
	@$(STAYLINE) doctor

format: .venv-test  ## put every Python file into the project's form
	@$(VENV_PYTHON) -m ruff check --fix --quiet || true
	@$(VENV_PYTHON) -m ruff format

events: .venv-run  ## write docs/events.md from the catalogue of events
	@$(VENV_PYTHON) -m tools.event_guide

messages: .venv-test  ## check that every sentence of the screens stands in both languages
	@$(VENV_PYTHON) -m tools.messages

lock: .venv-test  ## renew the lock files from requirements*.in and package.json
	@$(VENV_PYTHON) -m tools.lock

assets: .venv-run  ## lay out the browser code in web/static/vendor again

.PHONY: .venv-run .venv-test
.venv-run:
	@$(PYTHON) tools/install.py run && $(VENV_PYTHON) tools/assets.py run
.venv-test:
	@$(PYTHON) tools/install.py test && $(VENV_PYTHON) tools/assets.py test

clean:  ## remove what was installed and built; data/ stays
	@rm -rf .venv node_modules web/static/vendor .build .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov
