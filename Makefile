# Each target sets up what it needs in .venv; Python and make are all that has to be there.
PYTHON ?= python3
# Another Robot Framework to run with, e.g. ROBOT=6.1
ROBOT ?=
# Images of your own for `make bench`
IMAGES ?=
BIN := .venv/bin
VENV := .venv/ready$(ROBOT)
# Another environment is used as it is: make test-renode BIN=/somewhere/venv/bin
READY := $(if $(filter .venv/bin,$(BIN)),$(VENV))
# What the IPCC promises: the suites that run without a processor and on each engine.
CONTRACT := robot_tests/ipcc_registers.robot robot_tests/ipcc_interrupts.robot

# Where Python needs a Renode, or a real Linux in one.
RENODE_TESTS = $(shell grep -rlE 'renode_here|guest_here' platforms/tests tools/tests --include='test_*.py')

.PHONY: demo test test-renode check firmware bench prove mutants clean

demo: $(READY)
	@mkdir -p out
	@$(BIN)/ipcclab run firmware/prebuilt/rpmsg_echo.elf \
	    --send "hello" --send "from Linux" --send "goodbye" \
	    --expect "hello" --expect "from Linux" --expect "goodbye" \
	    --trace out/demo.html --trace out/demo.txt --trace out/demo.ndjson --summary out/demo.json
	@echo "Open          file://$(CURDIR)/out/demo.html"

test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile
	$(BIN)/robot --outputdir out/robot robot_tests
	$(BIN)/robot --outputdir out/robot-embedded --variable ENGINE:embedded $(CONTRACT)

# The engine `renode` takes what `ipcclab doctor` lists, in the same environment; the Linux guest, `ipcclab guest build`
# before; the rest of robot_tests/renode, renode-test.
test-renode: $(READY)
	@$(BIN)/python tools/renode_versions.py
	$(BIN)/robot --outputdir out/robot-renode --variable ENGINE:renode robot_tests/*.robot
	$(BIN)/robot --outputdir out/robot-guest robot_tests/renode/linux_guest.robot
	@mkdir -p out/renode-test
	@if command -v renode-test >/dev/null; then renode-test -r out/renode-test robot_tests/renode/*.robot; \
	else echo "skipped: robot_tests/renode, because renode-test is not on PATH"; fi
	$(BIN)/python -m pytest $(RENODE_TESTS)

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/robocop check robot_tests
	$(BIN)/robocop format --check robot_tests

firmware:
	$(MAKE) -C firmware

bench: $(READY)
	$(BIN)/python tools/bench.py $(IMAGES)

prove: $(READY)
	$(BIN)/ipcclab prove --variant all
	$(BIN)/ipcclab prove --pairs

mutants: $(READY)
	$(BIN)/python tools/mutants.py

clean:
	rm -rf .venv out build *.egg-info

$(VENV): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "ipcclab needs Python 3.10 or newer; this is %d.%d. Name another one: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' $(if $(ROBOT),robotframework==$(ROBOT))
	@touch $@
