# make up: everything, from nothing to loaded tables on this machine.   make test: every test.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dynamodb-bulk
UV    := $(or $(shell command -v uv 2>/dev/null),$(CACHE)/uv/bin/uv)
BULK  := .venv/bin/bulk
LOCAL := eval "$$($(BULK) local env)"

.PHONY: up down preview test lint bench
.DEFAULT_GOAL := up

up: .venv/locked
	@$(BULK) local up
	@$(LOCAL) && pulumi stack select --create local >/dev/null
	@$(LOCAL) && pulumi up --stack local --yes --skip-preview --suppress-outputs; up=$$?; \
	  echo; $(BULK) status --stack local; status=$$?; exit $$(( up > status ? up : status ))

down: .venv/locked
	@$(BULK) local up
	@$(LOCAL) && pulumi stack select --create local >/dev/null && pulumi destroy --stack local --yes --skip-preview --suppress-outputs
	@$(LOCAL) && $(BULK) leftovers
	@$(BULK) local down

preview: .venv/locked
	@$(BULK) local up
	@$(LOCAL) && pulumi stack select --create local >/dev/null && pulumi preview --stack local

test: .venv/locked
	@.venv/bin/pytest -n 4 --dist loadfile

lint: .venv/locked
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/basedpyright

bench: .venv/locked
	@.venv/bin/python -m benchmarks
	@.venv/bin/python -m benchmarks.check
	@.venv/bin/python -m benchmarks.convert
	@.venv/bin/python -m benchmarks.export

.venv/locked: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --locked --quiet
	@touch $@

$(CACHE)/uv/bin/uv:
	@echo "getting uv into $(CACHE)"
	@python3 -m venv $(CACHE)/uv
	@$(CACHE)/uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
