# make up: everything, from nothing to loaded tables on this machine.   make test: its tests.
BULK  := .venv/bin/bulk
LOCAL := eval "$$($(BULK) local env)"
# A word of the settings gets into a command only when it is one of these.
ENVIRONMENT := $(filter development staging production,$(shell sed -n "s/^ *bulk:environment: *//p" Pulumi.local.yaml | tr -d "\"'"))
CONFIGURATION := policies/config/$(or $(firstword $(ENVIRONMENT)),development).json
POLICIES := --policy-pack policies --policy-pack-config $(CONFIGURATION)

# Tests that share a deployment or a server stay together; tests/e2e comes first. Tests wait for servers at times:
# one worker more than there are cores.
PYTEST = .venv/bin/pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
WORKERS ?= 3

.PHONY: up down preview test test-unit test-all test-dynamodb-local lint bench
.DEFAULT_GOAL := up

up: .venv/locked
	@$(BULK) local up
	@$(LOCAL) && pulumi stack select --create local >/dev/null
	@$(LOCAL) && pulumi up --stack local --yes --skip-preview --suppress-outputs $(POLICIES); up=$$?; \
	  echo; $(BULK) status --stack local; status=$$?; exit $$(( up > status ? up : status ))

down: .venv/locked
	@$(BULK) local up
	@$(LOCAL) && pulumi stack select --create local >/dev/null && pulumi destroy --stack local --yes --skip-preview --suppress-outputs
	@$(LOCAL) && { $(BULK) leftovers || test $$? -eq 1; }
	@$(BULK) local down

preview: .venv/locked
	@.venv/bin/python -m policies.configuration $(CONFIGURATION)
	@$(BULK) local up
	@$(LOCAL) && pulumi stack select --create local >/dev/null && pulumi preview --stack local $(POLICIES)

# Everything that needs no second DynamoDB.
test: .venv/locked
	@$(PYTEST) -m "not dynamodb_local"

# What needs no server, in a minute.
test-unit: .venv/locked
	@$(PYTEST) -m "not server and not engine and not dynamodb_local"

test-all: test
	@BULK_DYNAMODB=dynamodb-local $(PYTEST) -m "server or engine or dynamodb_local" packages/local-aws packages/offline-pulumi tests/e2e

# AWS's own DynamoDB Local, which needs a JDK and Maven, beside ours: the same answers, the same imports.
test-dynamodb-local: .venv/locked
	@BULK_DYNAMODB=dynamodb-local $(PYTEST) $(addprefix packages/local-aws/tests/test_,differential.py imports.py dynamodb_local.py)

lint: .venv/locked
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/basedpyright
	@.venv/bin/lint-imports --no-logo
	@if command -v go >/dev/null; then go -C .github tool actionlint; \
	  else echo "workflows not checked: actionlint needs Go"; fi

bench: .venv/locked
	@.venv/bin/python -m benchmarks
	@.venv/bin/python -m benchmarks.check
	@.venv/bin/python -m benchmarks.convert
	@.venv/bin/python -m benchmarks.export

.venv/locked: pyproject.toml uv.lock
	@cache="$${XDG_CACHE_HOME:-$$HOME/.cache}/dynamodb-bulk"; uv=$$(command -v uv) || uv="$$cache/uv/bin/uv"; \
	  test -x "$$uv" || { echo "getting uv into $$cache" && python3 -m venv "$$cache/uv" && \
	    "$$cache/uv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9; } && \
	  "$$uv" sync --locked --quiet
	@touch $@
