# Targets of this repository that a new project does not have.
.PHONY: test-unit test-all test-dynamodb-local lint bench aws-smoke wheels template spark

# What needs no server, and so waits for nothing: no more workers than cores.
test-unit: WORKERS = 2
test-unit: .venv/locked
	@$(PYTEST) --ignore=tests/e2e -m "not server and not dynamodb_local"

test-all: PYTEST += --hypothesis-profile=thorough
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
	@.venv/bin/python -m benchmarks.init
	@.venv/bin/python -m benchmarks.records
	@.venv/bin/python -m benchmarks.report
	@.venv/bin/python -m benchmarks.export
	@.venv/bin/python -m benchmarks.spark

# What only AWS can tell, asked of your account: docs/aws-smoke.md. SMOKE="--account ID --without-dms"
aws-smoke: .venv/locked
	@.venv/bin/python -m smoke $(SMOKE)

# What runs the Glue job here, beside Java 17: some 400 MB, which no other test needs.
spark: .venv/locked
	@"$(UV)" sync --locked --quiet --inexact --group spark

# The packages, for an index or for vendor/ of a new project.
wheels: .venv/locked
	@rm -rf dist
	@for package in packages/*/pyproject.toml; do \
	  "$(UV)" build --quiet --wheel --out-dir dist "$${package%/*}" || exit; done
	@ls dist/*.whl

# make template OUT=DIR: what `pulumi new DIR` makes a project of.
template: .venv/locked
	@test -n "$$OUT" || { echo "error: make template: no folder named; run make template OUT=DIR" >&2; exit 2; }
	@test -z "$$(ls -A "$$OUT" 2>/dev/null)" || \
	  { echo "error: $$OUT: is not empty; name a new or an empty folder" >&2; exit 2; }
	@git rev-parse --git-dir >/dev/null
	@$(MAKE) --silent wheels >/dev/null
	@.venv/bin/python -m template "$$OUT"
	@cp uv.lock "$$OUT" && cd "$$OUT" && "$(UV)" lock --quiet
	@echo "$$OUT: $$(find "$$OUT" -type f | wc -l | tr -d " ") files; now: pulumi new $$OUT"
