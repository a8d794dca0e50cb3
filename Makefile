# make demo   set up, read sample_docs, answer questions about them
# make test   set up, run all tests
# make check  set up, run the static checks
# make ui     set up, open the chat page
# make bench-quality DATA=folder   measure every data set of a folder, write quality.html

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
STAMP := $(VENV)/.installed
LLAMA := $(VENV)/.llama
KB := .demo
JOBS ?= 2

LLAMA_VERSION := $(shell sed -n 's/^llama-cpp-python==//p' constraints.txt)
# Only the library is needed: no server, no tools, no multimodal part. Some virtual machines show
# AMX and fault on its first instruction, so it is left out where the compiler would use it.
LLAMA_FLAGS := -DLLAVA_BUILD=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF \
	-DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TESTS=OFF
ifeq ($(shell $(or $(CXX),c++) -mno-amx-int8 -E -x c++ /dev/null >/dev/null 2>&1 && uname -m),x86_64)
NO_AMX := -mno-amx-int8 -mno-amx-tile -mno-amx-bf16
LLAMA_FLAGS += -DCMAKE_C_FLAGS='$(NO_AMX)' -DCMAKE_CXX_FLAGS='$(NO_AMX)'
endif

.PHONY: setup browser demo test check ui bench-quality clean

setup: $(STAMP)

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; run: make PYTHON=python3.11"; exit 1; }
	@echo "== making $(VENV)"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25"
	@touch $@

$(LLAMA): constraints.txt | $(MADE)
	@echo "== building llama-cpp-python $(LLAMA_VERSION) without AMX (about five minutes, once)"
	CMAKE_ARGS="$(LLAMA_FLAGS)" CMAKE_BUILD_PARALLEL_LEVEL=$$(nproc) \
		$(BIN)/python -m pip install --quiet --no-cache-dir \
		--constraint constraints.txt --no-binary llama-cpp-python llama-cpp-python==$(LLAMA_VERSION)
	@touch $@

$(STAMP): pyproject.toml constraints.txt $(LLAMA)
	@echo "== installing the pinned dependencies and the package"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[offline,remote,eval,test,check]"
	@touch $@

demo: setup
	@echo "== reading sample_docs"
	@$(BIN)/rag ingest sample_docs --kb $(KB)
	@echo "== asking"
	@$(BIN)/rag chat --kb $(KB) --session "demo $$$$" < docs/demo_questions.txt

# The tests of the page drive the machine's own Chromium; its pages need a font with Chinese.
# Without it they are skipped; with RECOLLECT_REQUIRES_BROWSER set they fail.
browser:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || { \
		as=; [ "$$(id -u)" = 0 ] || as="sudo -n"; \
		if command -v apt-get >/dev/null 2>&1 && $$as true 2>/dev/null; then \
			echo "== installing chromium and fonts-noto-cjk"; \
			$$as apt-get -qq update && \
				$$as env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-noto-cjk; \
		else false; fi; \
	} || echo "== no Chromium: the tests of the page need the packages chromium and fonts-noto-cjk"

test: setup browser
	@echo "== running the tests"
	$(BIN)/python -m pytest -m 'not browser' -n $(JOBS) --dist loadfile
	$(BIN)/python -m pytest -m browser

check: setup
	@echo "== static checks"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

ui: setup
	@$(BIN)/rag ui --kb $(KB)

bench-quality: setup
	@$(BIN)/python bench/quality.py $(or $(DATA),$(RECOLLECT_DATA)) --report quality.html

clean:
	rm -rf $(VENV) $(KB) build *.egg-info
