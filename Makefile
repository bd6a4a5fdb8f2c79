# Every job sets up what it needs and is safe to repeat. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JSREADY := node_modules/.ready

export PYTHONPATH :=
unexport PYTHONDONTWRITEBYTECODE
export TF_ENABLE_ONEDNN_OPTS := 0
export TF_CPP_MIN_LOG_LEVEL := 3

.DEFAULT_GOAL := help
.PHONY: help book test test-unit test-js test-notebooks test-browser check check-js format lab notebooks ledger mutation
.PHONY: replicate bench lock wheel clean coverage-js hooks chapter figure licences links audit release-check repository colab
.PHONY: offline lighthouse pdf student watch test-chapter test-figure check-chapter figures remove readme-picture

# A line "##@ For whom" begins a group of the list that `make help` prints.
help: ## list the jobs
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "The locked packages need Python 3.11, 3.12 or 3.13; this is $$($(PYTHON) --version 2>&1 || echo none)."; \
	  echo "Name one of them: make PYTHON=/path/to/python3.13"; exit 1; }
	@echo "Setting up $(VENV) from the locked requirements; the first time this takes a minute or two."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# What checks the JavaScript; the figures themselves need no package. `npm ci` takes what the lock names, by its hash.
$(JSREADY): package.json package-lock.json
	@command -v npm >/dev/null || { echo "Checking the JavaScript needs Node 18.18 or newer, with npm: https://nodejs.org"; exit 1; }
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

##@ Read and run

book: $(READY) ## build the book and print its address
	@$(BIN)/python -m bookwork.writing.stale
	@$(BIN)/python -m bookwork.writing.build
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

watch: $(READY) ## the book in the browser, built and reloaded when a chapter, figure or style is saved
	@$(BIN)/python -m bookwork.writing.watch

lab: $(READY) ## open the chapters in JupyterLab
	@$(BIN)/jupyter lab chapters/preface.ipynb

##@ Check what you changed

# Two processes at a time: each keeps to one core.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1
JAVASCRIPT := "code/**/*.mjs" "code/**/*.d.ts" "tests/**/*.mjs" "_static/*.js" "*.mjs"

test: book test-unit test-js test-notebooks test-browser ## run everything: unit, claims, doctests, JS, notebooks, browser
	@echo "All tests passed."

test-unit: $(READY) ## the package, the mathematics, the docstrings' examples
	@$(ONE_THREAD) $(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser"

test-js: $(READY) ## the browser's numerics against Python's, in Node
	@$(BIN)/python -m bookwork.evidence.javascript

test-notebooks: $(READY) ## every notebook, its printed outputs compared with what is stored
	@$(ONE_THREAD) $(BIN)/python -m bookwork.evidence.nbval

test-browser: $(READY) ## the built book and JupyterLab in Chromium (builds nothing: run `make book` first)
	@$(BIN)/python -m pytest -q -n 2 -m browser tests/book

test-chapter: $(READY) ## run one chapter and compare: make test-chapter CHAPTER=theory/balance
	@$(BIN)/python -m bookwork.evidence.nbval "chapters/$(CHAPTER).ipynb"

test-figure: $(READY) ## the tests of one live figure, in Python and in Node: make test-figure NAME=two_point
	@$(BIN)/python -m pytest -q tests/explorables -k "$(NAME)"
	@$(BIN)/python -m bookwork.evidence.javascript "$(NAME)"

check-chapter: $(READY) ## what a chapter lacks, in a second: make check-chapter CHAPTER=theory/balance
	@$(BIN)/python -m bookwork.writing.chapter_checks $(CHAPTER)

check: $(READY) check-js ## lint, formatting and types, of Python and of JavaScript
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check-js: $(JSREADY) ## the same for the JavaScript alone (ESLint, Prettier, TypeScript)
	@node_modules/.bin/eslint --max-warnings 0 .
	@node_modules/.bin/prettier --check --log-level warn $(JAVASCRIPT)
	@node_modules/.bin/tsc

coverage-js: $(READY) ## which lines of the figures' JavaScript the tests run, in Node and in Chromium: at least 90 %
	@$(BIN)/python -m bookwork.evidence.coverage_js

format: $(READY) $(JSREADY) ## mend what `make check` can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@node_modules/.bin/eslint --fix .
	@node_modules/.bin/prettier --write --log-level warn $(JAVASCRIPT)

hooks: $(READY) $(JSREADY) ## let git run the quick checks at every commit
	@$(BIN)/pre-commit install

##@ Write

chapter: $(READY) ## begin a chapter: make chapter NAME=theory/my-chapter TITLE="My chapter"
	@$(BIN)/python -m bookwork.writing.new_chapter "$(NAME)" "$(TITLE)"

figure: $(READY) ## begin a live figure: make figure NAME=my_figure
	@$(BIN)/python -m bookwork.writing.new_figure "$(NAME)"

notebooks: $(READY) ## re-execute every chapter in place, or one: make notebooks CHAPTER=theory/balance
	@$(BIN)/python -m bookwork.writing.notebooks $(CHAPTER:%=chapters/%.ipynb)

figures: $(READY) ## make the live figures that chapters store anew from their scripts, in seconds
	@$(BIN)/python -m bookwork.writing.figures $(CHAPTER:%=chapters/%.ipynb)

remove: $(READY) ## take a chapter out, and all that points to it: make remove CHAPTER=theory/my-chapter
	@$(BIN)/python -m bookwork.writing.remove_chapter $(CHAPTER)

repository: $(READY) ## move the book to another repository: make repository URL=https://github.com/OWNER/NAME
	@$(BIN)/python -m bookwork.release.repository $(URL)

colab: $(READY) ## give every chapter the cell that installs the package in Colab
	@$(BIN)/python -m bookwork.writing.colab

ledger: $(READY) ## write the page of what is verified from the chapters and the tests
	@$(BIN)/python -m bookwork.evidence.ledger

readme-picture: book ## draw the moving picture of the README (needs Chromium)
	@$(BIN)/python -m bookwork.editions.moving_picture

licences: $(READY) ## write THIRD-PARTY.md, the licences of what we build on
	@$(BIN)/python -m bookwork.release.licences

##@ Measure, for long

mutation: $(READY) ## break the core mathematics point by point, and see that the tests notice (a quarter of an hour)
	@$(BIN)/python -m bookwork.evidence.mutation

replicate: $(READY) ## the paper's regression figures at full length into data/records (an hour on two cores; resumable)
	@$(BIN)/python -m deeplinear.replication

# PyTorch and JAX are here to be measured against, and in an environment of their own.
.venv-bench/.ready: $(READY)
	@echo "Setting up .venv-bench with PyTorch and JAX; a few minutes the first time."
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install --quiet --python .venv-bench/bin/python --no-deps --editable .
	@.venv-bench/bin/python -m pip install --quiet torch==2.13.0 jax==0.10.2
	@touch $@

bench: .venv-bench/.ready ## the engine's speed beside PyTorch, TensorFlow, JAX and the machine's peak, as ratios
	@.venv-bench/bin/python -m bookwork.bench.engine

##@ Keep and release

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-strip-extras --no-header
UPGRADE ?= --upgrade
lock: $(READY) ## resolve the locked requirements anew from pyproject.toml (UPGRADE= keeps the versions that are locked)
	@$(LOCK) $(UPGRADE) pyproject.toml --extra book --extra dev --output-file requirements.txt
	@$(LOCK) --constraint requirements.txt pyproject.toml --extra chapters --output-file binder/requirements.txt

wheel: $(READY) ## build the package into dist/
	@$(BIN)/uv build --quiet --python $(BIN)/python

offline: book ## write the book as one zip that opens without a network into dist/
	@$(BIN)/python -m bookwork.editions.offline

pdf: book ## print the book to one PDF in dist/ (needs Chromium; a minute or two)
	@$(BIN)/python -m bookwork.editions.pdf

student: $(READY) ## the chapters without their solutions, for a class, as one zip in dist/
	@$(BIN)/python -m bookwork.editions.student

lighthouse: book ## Lighthouse on three pages: accessibility and best practices must be 100, speed is reported (some minutes)
	@$(BIN)/python -m bookwork.bench.lighthouse

links: $(READY) ## check the built book's links to elsewhere (run `make book` first; needs a network)
	@$(BIN)/python -m bookwork.release.links

audit: $(READY) ## ask for known vulnerabilities of the locked packages (needs a network)
	@$(BIN)/uv tool run --quiet --from pip-audit==2.10.1 pip-audit --strict --progress-spinner=off \
	  --disable-pip --require-hashes --requirement requirements.txt

release-check: $(READY) ## do package, changelog and citation agree? make release-check TAG=v0.1.0 asks the tag too
	@$(BIN)/python -m bookwork.release.versions --tag "$(TAG)"

clean: ## remove what was built; keep the environment
	@rm -rf _build dist
