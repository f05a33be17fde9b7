# Every target sets itself up; a machine needs Python 3.11 to 3.13 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVING := $(VENV)/.serving
READY := $(VENV)/.ready
ENGINES := tests/consumers/node_modules/.package-lock.json
WEB := clients/web/dist/browser/index.js
WEB_PACKAGES := clients/web/node_modules/.package-lock.json
ARCADE := tests/consumers/.arcade/.ready
RIVALS := bench/node_modules/.package-lock.json

.PHONY: install proto check engines test serve demo bench docs screenshots train faults soak fuzz pins clean  # proto, bench and docs are also folders

install: $(READY)

# What draws needs no PyTorch: a first picture comes sooner.
$(SERVING): pyproject.toml constraints.txt hatch_build.py $(wildcard proto/limner/v1/*.proto)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade 'pip>=25.1'  # knows dependency groups
	$(BIN)/pip install -q -c constraints.txt -e '.[server]'
	touch $(SERVING)

$(READY): $(SERVING)
	$(BIN)/pip install -q -c constraints.txt -e '.[server,train]' --group dev
	touch $(READY)

proto: $(READY)
	$(BIN)/python hatch_build.py

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Phaser, PixiJS, Godot and Arcade, for the tests that load files into them, and the web client, built; npm comes with the environment.
engines: $(ENGINES) $(ARCADE) $(WEB)

$(ENGINES): $(READY) tests/consumers/package.json tests/consumers/package-lock.json tests/consumers/.npmrc
	cd tests/consumers && $(abspath $(BIN))/npm ci
	touch $@

$(WEB_PACKAGES): $(READY) clients/web/package.json clients/web/package-lock.json clients/web/.npmrc
	cd clients/web && $(abspath $(BIN))/npm ci
	touch $@

$(WEB): $(WEB_PACKAGES) $(wildcard clients/web/*.json clients/web/src/*.ts clients/web/src/*/*.ts proto/limner/v1/*.proto)
	cd clients/web && PATH=$(abspath $(BIN)):$$PATH npm run build
	touch $@

$(ARCADE): tests/consumers/arcade.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install -q -r $<
	touch $@

test: $(READY) engines
	$(BIN)/pytest

serve: $(SERVING)
	$(BIN)/limner serve

demo: $(SERVING)
	$(BIN)/limner demo --out out

# What the packer is compared with.
$(RIVALS): $(READY) bench/package.json bench/package-lock.json bench/.npmrc
	cd bench && $(abspath $(BIN))/npm ci
	touch $@

bench: $(READY) $(RIVALS)
	$(BIN)/python -m bench

docs: $(READY)
	$(BIN)/python -m docs

# The engine clients at work; needs Chromium and Blender.
screenshots: $(READY) engines
	$(BIN)/python -m tests.consumers.screenshots

# The long forms of tests that break things; each prints its seed. The same one again: make faults FAULT_SEED=7
FAULT_SEED ?= 2026

faults: $(READY)
	FAULT_SEED=$(FAULT_SEED) FAULT_KILLS=200 FAULT_CUTS=400 FAULT_CREATES=400 $(BIN)/pytest -s tests/faults

soak: $(READY)
	FAULT_SEED=$(FAULT_SEED) FAULT_REQUESTS=24000 $(BIN)/pytest -s tests/faults/test_soak.py

fuzz: $(READY)
	FAULT_SEED=$(FAULT_SEED) FUZZ_MESSAGES=100000 $(BIN)/pytest -v --hypothesis-seed=$(FAULT_SEED) tests/server/test_fuzz.py tests/server/test_framing.py tests/server/test_bundles_hostile.py tests/server/web/test_garbage.py

# Known weaknesses of the pinned packages (needs a network), and their licences (does not).
pins: $(READY)
	$(BIN)/pytest tests/test_licences.py
	$(PYTHON) -m venv $(VENV)/.audit
	$(VENV)/.audit/bin/pip install -q pip-audit
	$(VENV)/.audit/bin/pip-audit --disable-pip --no-deps -r constraints.txt

train: $(READY)
	$(BIN)/limner-train data
	$(BIN)/limner-train imagen

clean:
	rm -rf build out .mypy_cache .ruff_cache .pytest_cache
