# Every job sets up what it needs and is safe to repeat. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

export PYTHONPATH :=
export TF_ENABLE_ONEDNN_OPTS := 0
export TF_CPP_MIN_LOG_LEVEL := 3

.DEFAULT_GOAL := help
.PHONY: help book test test-unit test-js test-notebooks test-browser check format lab notebooks ledger mutation replicate bench lock wheel clean
.PHONY: hooks chapter licences links audit release-check repository colab offline lighthouse pdf student

# A line "##@ For whom" begins a group of the list that `make help` prints.
help: ## list the jobs
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Two locks of one resolution: what Binder installs to run the chapters, and that with the tools of book and tests.
LOCKED := -r requirements.txt -r requirements-dev.txt

$(READY): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) from the locked requirements; the first time this takes a minute or two."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes $(LOCKED)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

##@ Read and run

book: $(READY) ## build the book and print its address
	@$(BIN)/jupyter-book build -q -n -W --keep-going .
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

lab: $(READY) ## open the chapters in JupyterLab
	@$(BIN)/jupyter lab chapters/preface.ipynb

##@ Check what you changed

test: book test-unit test-js test-notebooks test-browser ## run everything: unit, claims, doctests, JS, notebooks, browser
	@echo "All tests passed."

test-unit: $(READY) ## the package, the mathematics, the docstrings' examples
	@$(BIN)/python -m pytest -q -m "not browser"

test-js: $(READY) ## the browser's numerics against Python's, in Node
	@$(BIN)/python -m bookwork.javascript

test-notebooks: $(READY) ## every notebook, its printed outputs compared with what is stored
	@$(BIN)/python -m bookwork.nbval

test-browser: $(READY) ## the built book and JupyterLab in Chromium (builds nothing: run `make book` first)
	@$(BIN)/python -m pytest -q -n 2 -m browser tests/book

check: $(READY) ## lint, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(READY) ## mend what `make check` can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

hooks: $(READY) ## let git run the quick checks at every commit
	@$(BIN)/pre-commit install

##@ Write

chapter: $(READY) ## begin a chapter: make chapter NAME=theory/my-chapter TITLE="My chapter"
	@$(BIN)/python -m bookwork.new_chapter "$(NAME)" "$(TITLE)"

notebooks: $(READY) ## re-execute every chapter in place, or one: make notebooks CHAPTER=theory/balance
	@$(BIN)/python -m bookwork.notebooks $(CHAPTER:%=chapters/%.ipynb)

repository: $(READY) ## move the book to another repository: make repository URL=https://github.com/OWNER/NAME
	@$(BIN)/python -m bookwork.repository $(URL)

colab: $(READY) ## give every chapter the cell that installs the package in Colab
	@$(BIN)/python -m bookwork.colab

ledger: $(READY) ## write the page of what is verified from the chapters and the tests
	@$(BIN)/python -m bookwork.ledger

licences: $(READY) ## write THIRD-PARTY.md, the licences of what we build on
	@$(BIN)/python -m bookwork.licences

##@ Measure, for long

mutation: $(READY) ## break the core mathematics point by point, and see that the tests notice (a quarter of an hour)
	@$(BIN)/python -m bookwork.mutation

replicate: $(READY) ## the paper's regression figures at full length into data/records (an hour on two cores; resumable)
	@$(BIN)/python -m deeplinear.replicate

# PyTorch and JAX are here to be measured against, and in an environment of their own.
.venv-bench/.ready: $(READY)
	@echo "Setting up .venv-bench with PyTorch and JAX; a few minutes the first time."
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --require-hashes $(LOCKED)
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --no-deps --editable .
	@.venv-bench/bin/python -m pip install --quiet torch==2.13.0 jax==0.10.2
	@touch $@

bench: .venv-bench/.ready ## the engine's speed beside PyTorch, TensorFlow, JAX and the machine's peak, as ratios
	@.venv-bench/bin/python -m bookwork.bench

##@ Keep and release

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-strip-extras --no-header
UPGRADE ?= --upgrade
lock: $(READY) ## resolve the locked requirements anew from pyproject.toml (UPGRADE= keeps the versions that are locked)
	@$(LOCK) $(UPGRADE) pyproject.toml --extra book --extra dev --output-file requirements-dev.txt
	@$(LOCK) --constraint requirements-dev.txt pyproject.toml --extra chapters --output-file requirements.txt

wheel: $(READY) ## build the package into dist/
	@$(BIN)/uv build --quiet --python $(BIN)/python

offline: book ## write the book as one zip that opens without a network into dist/
	@$(BIN)/python -m bookwork.offline

pdf: book ## print the book to one PDF in dist/ (needs Chromium; a minute or two)
	@$(BIN)/python -m bookwork.pdf

student: $(READY) ## the chapters without their solutions, for a class, as one zip in dist/
	@$(BIN)/python -m bookwork.student

lighthouse: book ## Lighthouse on three pages: accessibility and best practices must be 100, speed is reported (some minutes)
	@$(BIN)/python -m bookwork.lighthouse

links: $(READY) ## check the built book's links to elsewhere (run `make book` first; needs a network)
	@$(BIN)/python -m bookwork.links

audit: $(READY) ## ask for known vulnerabilities of the locked packages (needs a network)
	@$(BIN)/python -m bookwork.audit

release-check: $(READY) ## do package, changelog and citation agree? make release-check TAG=v0.1.0 asks the tag too
	@$(BIN)/python -m bookwork.release --tag "$(TAG)"

clean: ## remove what was built; keep the environment
	@rm -rf _build dist
