# make up: everything, from nothing to loaded tables on this machine.   make test: every test.
BULK  := .venv/bin/bulk
LOCAL := eval "$$($(BULK) local env)"
# A word of the settings gets into a command only when it is one of these.
ENVIRONMENT := $(filter development staging production,$(shell sed -n "s/^ *bulk:environment: *//p" Pulumi.local.yaml | tr -d "\"'"))
CONFIGURATION := policies/config/$(or $(firstword $(ENVIRONMENT)),development).json
POLICIES := --policy-pack policies --policy-pack-config $(CONFIGURATION)

.PHONY: up down preview test lint bench
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

test: .venv/locked
	@.venv/bin/pytest -n 4 --dist loadfile

lint: .venv/locked
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/basedpyright
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
