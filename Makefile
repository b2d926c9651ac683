# `make run` and `make test` set up what they need and may be repeated at will; `make help` lists
# the rest. Only Python 3.10 or newer, with its venv module, and make must be there.

PYTHON ?= python3
# For `make run`: arguments of the musiclstm command, such as ARGS="play --model chorales".
ARGS ?=
# For pip, such as PIP_ARGS="--extra-index-url …" with an index of CPU-only torch builds.
PIP_ARGS ?=
# For `make bench`: a part of a benchmark's name.
BENCH ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet $(PIP_ARGS) -c constraints.txt

# Debian's names. The built-in synth; then what Qt needs to open a window under X11.
RUN_PACKAGES := libfluidsynth3 \
	fonts-dejavu-core libdbus-1-3 libegl1 libfontconfig1 libgl1 libxcb-cursor0 libxcb-icccm4 \
	libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0
# Real peers: a JACK server and its tools, another player, a MIDI clock, a screen with nobody at it.
TEST_PACKAGES := fluidsynth jack-midi-clock jackd2 xdotool xvfb

# What compiling the core takes.
CORE_PACKAGES := gcc libc6-dev python3-dev
# python-rtmidi has no wheel for Python 3.13 and later: there pip compiles it.
BUILD_PACKAGES := g++ libasound2-dev libjack-jackd2-dev pkg-config python3-dev

# Where there is no D-Bus to ask for the sound card, jackd asks in vain unless told not to.
export JACK_NO_AUDIO_RESERVATION := 1

# $(call packages,NAMES): install those that are missing, or say what to install.
define packages
@if command -v dpkg-query >/dev/null; then \
	missing=; \
	for name in $(1); do \
		dpkg-query -W -f '$${Status}\n' "$$name" 2>/dev/null | grep -q 'install ok installed' \
			|| missing="$$missing $$name"; \
	done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ]; then \
		echo "Installing$$missing"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq; \
		echo 'jackd2 jackd/tweak_rt_limits boolean false' | debconf-set-selections; \
		apt-get install -y -qq --no-install-recommends $$missing >/dev/null </dev/null; \
	elif [ -n "$$missing" ]; then \
		echo "Missing, please install: sudo apt-get install$$missing"; \
	fi; \
elif [ "$$(uname)" = Linux ]; then \
	echo "Not a Debian system; what these packages hold must be there: $(1)"; \
elif [ "$$(uname)" = Darwin ] && ! ls /opt/homebrew/lib/libfluidsynth* /usr/local/lib/libfluidsynth* >/dev/null 2>&1; then \
	echo "For the built-in synth, please install: brew install fluid-synth"; \
fi
endef

# Compile the core where it is not, or no longer, compiled; install a compiler where there is none
# and we may. Without one everything works, only slower; build/core.log says why.
is_compiled := $(BIN)/python -m musiclstm.compiled
compile := echo "Compiling the core, which takes a few minutes" >&2; mkdir -p build && \
	$(BIN)/python setup.py build_ext --inplace >build/core.log 2>&1
define core
@$(is_compiled) 2>/dev/null || { $(compile); $(is_compiled) 2>/dev/null; } \
	|| [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || { \
		echo "Installing $(CORE_PACKAGES)" >&2; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			$(CORE_PACKAGES) </dev/null; $(compile); } >/dev/null 2>&1; } || true
endef

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: .venv/run.stamp ## set up what is missing and start the instrument
	$(call packages,$(RUN_PACKAGES))
	$(core)
	@$(BIN)/musiclstm $(ARGS)

.PHONY: test
test: setup lint ## set up what is missing and run every check and test
	$(BIN)/pytest

.PHONY: setup
setup: .venv/test.stamp core ## set up what the tests need, and no more
	$(call packages,$(RUN_PACKAGES) $(TEST_PACKAGES))

.PHONY: core
core: .venv/run.stamp ## compile the core, where its sources have changed
	$(core)
	@$(is_compiled) || { $(compile); status=$$?; ! command -v cc >/dev/null || cat build/core.log; exit $$status; }

.PHONY: lint
lint: .venv/test.stamp ## style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: format
format: .venv/test.stamp ## put the code into the house's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: screenshots
screenshots: setup ## take pictures of the window
	$(BIN)/python -m tests.screenshots

.PHONY: bench
bench: setup ## run the benchmarks that need no argument, or with BENCH=NAME some of them
	@set -e; for file in $$(grep -l __main__ tests/benchmarks/*$(BENCH)*.py | \
			xargs grep -L 'add_argument("[a-z]'); do \
		echo "== $$file"; $(BIN)/python -m tests.benchmarks.$$(basename "$$file" .py); \
	done

.PHONY: fuzz
fuzz: setup .venv/fuzz.stamp ## damaged and hostile input at every edge, and the totals
	$(BIN)/python -m tests.fuzz

.PHONY: mutants
mutants: setup .venv/mutants.stamp ## which changes of the code no test notices (hours)
	$(BIN)/python -m tests.mutants

.PHONY: examples
examples: setup ## two minutes of each shipped model and a band, and pictures, into resources/examples
	@mkdir -p resources/examples
	@set -e; for model in resources/*.onnx; do \
		example=resources/examples/$$(basename "$$model" .onnx); \
		$(BIN)/musiclstm generate --model "$$model" --seconds 120 --seed 1 -o "$$example.mid"; \
		$(BIN)/python -m training.study.picture "$$example.mid" "$$example.png"; \
		$(BIN)/python -m training.card "$$model"; \
	done
	$(BIN)/musiclstm rewrite resources/examples/chorales.mid --bars 5-8 --seed 1 -o resources/examples/chorales-rewritten.mid
	@$(BIN)/musiclstm generate --model quartet --chords "Dm7 | G7 | Cmaj7 | A7b9" --seconds 120 --seed 1 -o resources/examples/chords.mid
	@$(BIN)/python -m training.study.picture resources/examples/chords.mid resources/examples/chords.png
	@$(BIN)/musiclstm generate --band drums-under-folk --seconds 120 --seed 1 -o resources/examples/band.mid
	@$(BIN)/python -m training.study.picture resources/examples/band.mid resources/examples/band.png

.PHONY: docs
docs: .venv/test.stamp ## build the documentation in build/docs, with every link checked
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: wheel
wheel: .venv/test.stamp ## build a wheel in dist/
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-build-isolation --no-deps -w dist .

.PHONY: clean
clean: ## remove everything that make made
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find musiclstm -name '*.so' -exec rm {} +

# Debian keeps venv in a package of its own.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("musiclstm needs Python 3.10 or newer" if sys.version_info < (3, 10) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
				apt-get install -y -qq --no-install-recommends python3-venv >/dev/null </dev/null; \
		else \
			echo 'Python has no venv module, please install: sudo apt-get install python3-venv'; exit 1; \
		fi; }
	$(PYTHON) -m venv .venv

must_compile = $(shell $(BIN)/python -c 'import sys; print("yes" if sys.version_info >= (3, 13) else "")')

.venv/run.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(if $(must_compile),$(call packages,$(BUILD_PACKAGES)))
	@echo "Installing Python packages, which takes a few minutes"
	$(PIP) Cython setuptools -e .
	@touch $@

.venv/test.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(if $(must_compile),$(call packages,$(BUILD_PACKAGES)))
	@echo "Installing Python packages, which takes a few minutes"
	$(PIP) -e '.[test]'
	@touch $@ .venv/run.stamp

.venv/fuzz.stamp .venv/mutants.stamp: .venv/%.stamp: pyproject.toml constraints.txt .venv/test.stamp
	$(PIP) -e '.[$*]'
	@touch $@
