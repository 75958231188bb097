# People and CI run the same: demo, test, check, bench, deb, clean.
# Options go through ARGS: make demo ARGS="--once --json", make test ARGS="tests/gateway -x".

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet
ARGS ?=
# Where it is set, every process that a test starts compiles all of ours anew: 0.4 s of 2 for the centre, 11 s a worker.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test check bench deb clean system-parts browser-parts

help:
	@echo "make demo    看一场真实火灾走完全程 / watch a recorded fire all the way to the centre's screen"
	@echo "make test    全部测试 / all tests"
	@echo "make check   格式、类型、依赖方向、长度 / format, types, import direction, sizes"
	@echo "make bench   延迟与吞吐 / latency and throughput"
	@echo "make deb     网关的 Debian 安装包，放在 build/ / the gateway's Debian package, in build/"
	@echo "make clean   删除安装与缓存 / remove what was installed and cached"

$(BIN)/python:
	$(PYTHON) scripts/make_venv.py $(VENV)

# Editable, so that templates, tables and configuration are read where they are written.
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "安装运行所需的部件，首次约一两分钟 / installing what the demo needs, a minute or two the first time"
	$(PIP) --editable ".[gateway,cloud,sim]"
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "安装测试所需的部件 / installing what the tests need"
	$(PIP) --editable ".[dev]"
	@touch $@ $(VENV)/.demo

browser-parts: $(VENV)/.demo
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/vendor.py

demo: browser-parts
	@$(BIN)/gridwhistle demo $(ARGS)

system-parts: $(VENV)/.dev
	@$(BIN)/python scripts/system_parts.py --install

test: $(VENV)/.dev system-parts
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/vendor.py --dev
	$(BIN)/python -m scripts.run_tests --durations=40 --durations-min=5 $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_sizes.py

bench: $(VENV)/.dev system-parts browser-parts
	$(BIN)/python -m benchmarks.fuzz
	$(BIN)/python -m benchmarks.fuzz_gateway
	$(BIN)/python -m benchmarks.rules
	$(BIN)/python -m benchmarks.endpoints
	$(BIN)/pytest -m endurance
	$(BIN)/python -m benchmarks.devices
	$(BIN)/python -m benchmarks.storm
	$(BIN)/python -m benchmarks.history
	$(BIN)/python -m benchmarks.board
	$(BIN)/python -m benchmarks.map
	$(BIN)/python -m benchmarks.latency $(ARGS)

deb: $(VENV)/.dev
	$(BIN)/python scripts/build_deb.py build $(ARGS)

clean:
	rm -rf $(VENV) node_modules cloud/console/static/vendor build *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
