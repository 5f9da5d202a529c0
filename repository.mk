# Targets of this repository that a new project does not have.
.PHONY: lint bench wheels template

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

# The packages, for an index or for vendor/ of a new project.
wheels: .venv/locked
	@rm -rf dist
	@for package in packages/*; do "$(UV)" build --quiet --wheel --out-dir dist "$$package" || exit; done
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
