# make run    serve Taskward on http://127.0.0.1:8000
# make check  everything but the slow tests
# make test   everything; this is what CI runs
# make lock   pin the requirements anew
# make screenshots   take the pictures in docs/ anew

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run test check format lint security types imports web unit integration screenshots lock bench clean

run: .venv/run
	@$(BIN)/taskward serve

test: check integration

check: lint security types imports web unit

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Taskward needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@# Without Debian's python3-venv one is left behind that has Python, but no pip.
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/python requirements/run.txt pyproject.toml
	@echo "Installing what Taskward needs (once) ..."
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-build-isolation --no-deps -e .
	@touch $@

.venv/test: .venv/run requirements/test.txt
	@echo "Installing what the tests need (once) ..."
	@$(PIP) -r requirements/test.txt
	@touch $@

HAS_NODE := command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
  process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'

# The page's types and markup are checked where Node and its registry are; neither is needed otherwise.
.venv/web: .venv/python tools/web/package-lock.json
	@rm -f $@
	@if $(HAS_NODE); then echo "Installing what checks the page (once) ..."; \
	  if npm ci --prefix tools/web --ignore-scripts --no-audit --no-fund --silent \
	    --prefer-offline --fetch-retries 1; then touch $@; fi; fi

# Debian has Chromium without windows as well, which takes a quarter less time.
# A browser can be installed here only by root on Debian and its kin; elsewhere, install Chromium.
HAS_BROWSER := command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null

.venv/browser: .venv/python
	@{ $(HAS_BROWSER); } || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || { \
	  echo "Installing a browser to test the page in (once) ..."; \
	  export DEBIAN_FRONTEND=noninteractive; install="apt-get install -y -qq --no-install-recommends fonts-inter"; \
	  apt-get update -qq && { $$install chromium-headless-shell 2>/dev/null || $$install chromium; } >/dev/null || true; }
	@if $(HAS_BROWSER); then touch $@; fi

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

# What reads the code for mistakes that cost more than a wrong answer.
security: .venv/test
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src
	$(BIN)/vulture
	$(BIN)/codespell src tests docs bench *.md Makefile

types: .venv/test
	$(BIN)/mypy

imports: .venv/test
	$(BIN)/lint-imports
	$(BIN)/deptry .

web: .venv/web
	@if test -f .venv/web; then npm run check --prefix tools/web --silent; \
	  else echo "NO NODE (20.19, 22.12 or newer) OR NO NPM REGISTRY: the page's types and markup are unchecked."; fi

unit: .venv/test
	$(BIN)/pytest tests/unit

# They start hundreds of processes, for which the code is compiled once, and wait for many: so two cores run three at a time.
integration: .venv/test .venv/browser
	@$(BIN)/python -m compileall -q src
	$(BIN)/pytest tests/integration --numprocesses 3 --dist worksteal

screenshots: .venv/test .venv/browser
	SCREENSHOTS=docs/screenshots $(BIN)/pytest tests/integration/browser/test_looks.py

# Needs uv. The files name no package index, so that any mirror serves.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  pyproject.toml requirements/build.in -o requirements/run.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --group test -c requirements/run.txt -o requirements/test.txt

clean:
	rm -rf .venv tools/web/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: bench-peers bench-quick bench-writes bench-writes-slow-disk bench-logins bench-tail bench-memory bench-startup bench-growth
.PHONY: bench-all bench-goals bench-chart

PEERS := bench/.cache/peers

# Installs the servers that Taskward is measured against. The bench reports those that can't be.
bench-peers: .venv/python
	-@$(MAKE) --no-print-directory $(PEERS)/python
	-@$(MAKE) --no-print-directory $(PEERS)/node

$(PEERS)/python: bench/peers/requirements.txt
	@echo "Installing the peers in Python (once) ..."
	@mkdir -p $(PEERS)
	@test -x $(PEERS)/venv/bin/python || $(PYTHON) -m venv $(PEERS)/venv
	@$(PEERS)/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(PEERS)/node: bench/peers/package-lock.json
	@echo "Installing the peers on Node (once; what is not built for this machine is compiled) ..."
	@mkdir -p $(PEERS)
	@cp bench/peers/package.json bench/peers/package-lock.json $(PEERS)/
	@npm ci --prefix $(PEERS) --no-audit --no-fund --silent
	@ln -sfn ../.cache/peers/node_modules bench/peers/node_modules
	@touch $@

# Needs wrk: apt-get install wrk. What is measured, and how: bench/README.md
BENCH := $(BIN)/python -m bench
ALL := --contestants floor taskward fastapi django flask fastify express
FOUR := --calls list refresh add login

bench: .venv/run bench-peers
	@$(BENCH)
	@$(BENCH) --name two-processes --workers 2 --rounds 3 --peer-rounds 1 $(FOUR)

bench-quick: .venv/run bench-peers
	@$(BENCH) --name quick --users 10000 --rounds 2 --peer-rounds 1 --seconds 1 $(FOUR) $(ALL)

bench-writes: .venv/run
	@$(BENCH) --name writes --calls add --workers 2 --connections 32 --seconds 5 \
	  --contestants floor "floor, 1 thread" taskward

# As on a disk that is slower than this one: needs strace.
bench-writes-slow-disk: .venv/run
	@$(BENCH) --name writes-slow-disk --calls add --workers 2 --connections 32 --seconds 5 --sync-delay 2 \
	  --contestants floor "floor, 1 thread" taskward

bench-growth bench-memory: .venv/run
	@$(BENCH).$(@:bench-%=%)

bench-tail bench-startup: .venv/run bench-peers
	@$(BENCH).$(@:bench-%=%)

bench-logins: .venv/run bench-peers
	@$(BENCH).beside_logins

# One after the other: more than half an hour.
bench-all: bench bench-writes bench-logins bench-tail bench-memory bench-startup bench-growth bench-goals

# The goals, and what the newest results say of them.
bench-goals: .venv/run
	@$(BENCH).goals

# Draws the newest result; CHART says where to.
CHART ?= docs/bench.svg

bench-chart: bench-peers
	@$(PEERS)/venv/bin/python -m bench.chart "$$(ls bench/results/calls-*.json | tail -n 1)" $(CHART)
	@echo "$(CHART)"
