# make up: everything, from nothing to loaded tables locally.   make test: its tests.
BULK  := .venv/bin/bulk
LOCAL := eval "$$($(BULK) local env)"
SELECT  := { said=$$(pulumi stack select --create local 2>&1) || { echo "$$said" >&2; false; }; }
QUIET   := --yes --skip-preview --suppress-outputs --suppress-progress
VERBOSE := $(if $(V),--verbose) $(if $(RETRY),--retry)
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dynamodb-bulk
UV    := $(or $(shell command -v uv 2>/dev/null),$(CACHE)/uv/bin/uv)
# A word of the settings gets into a command only when it is one of these.
ENVIRONMENT := $(filter development staging production,$(shell sed -n "s/^ *bulk:environment: *//p" Pulumi.local.yaml | tr -d "\"'"))
CONFIGURATION := policies/config/$(or $(firstword $(ENVIRONMENT)),development).json
POLICIES := --policy-pack policies --policy-pack-config $(CONFIGURATION)

# The page on the loads that `make up` ends with.
REPORT := report.html

# The tests of a module stay together, since they share deployments. They wait for servers at times, so four workers
# keep two cores busy.
PYTEST = .venv/bin/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ONLY)
WORKERS ?= 4

# Some containers set it. Each command then compiles all that it imports: a third of the time of a preview.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up down preview test
.DEFAULT_GOAL := up

up: .venv/locked
	@$(BULK) local up $(VERBOSE)
	@$(LOCAL) && $(SELECT) && pulumi up --stack local $(QUIET) $(POLICIES); up=$$?; \
	  $(BULK) status --stack local; status=$$?; \
	  test $$status -gt 1 || $(BULK) report --stack local --html $(REPORT); \
	  exit $$(( up > status ? up : status ))

down: .venv/locked
	@$(BULK) local up $(VERBOSE)
	@$(LOCAL) && $(SELECT) && pulumi destroy --stack local $(QUIET)
	@$(LOCAL) && { $(BULK) leftovers || test $$? -eq 1; }
	@$(BULK) local down
	@rm -f $(REPORT)

preview: .venv/locked
	@.venv/bin/python -m policies.configuration $(CONFIGURATION)
	@$(BULK) local up
	@$(LOCAL) && $(SELECT) && pulumi preview --stack local $(POLICIES)

# Everything that needs no second DynamoDB.
test: .venv/locked
	@$(PYTEST) -m "not dynamodb_local"

# An environment that was copied here with the project starts the other one's Python: it is made again.
# lib64, a link to lib, goes where Python does not use it: `pulumi new` cannot copy links to folders.
.venv/locked: pyproject.toml uv.lock
	@test -x "$(UV)" || { echo "getting uv into $(CACHE)" && python3 -m venv "$(CACHE)/uv" && \
	  "$(CACHE)/uv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9; }
	@test ! -e $@ || test "$$(cat $@)" = "$$(pwd)" || rm -rf .venv
	@"$(UV)" sync --locked --quiet
	@.venv/bin/python -c 'import sysconfig as s; exit("lib64" in s.get_path("platlib"))' && rm -f .venv/lib64 || true
	@pwd > $@

-include repository.mk
