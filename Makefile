# Each target is one line over pip, snakemake, pytest, mypy, ruff and import-linter.
PYTHON ?= python3
BIN := .venv/bin
SNAKEMAKE := PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all
PYTHON_FILES := maw tests benchmarks examples
ROOMS := settings jobs datasets models training ranking measures runs significance verdicts reporting stages theory commands
# the suites of the whole workflow that take minutes each
SUITES := tests/workflow/test_rerank.py tests/workflow/test_cells.py tests/workflow/test_ablations.py tests/workflow/test_controls.py tests/workflow/test_routing_control.py

.PHONY: reproduce smoke bench bench-growth bench-peers mutants docs test lint types imports coverage test-slow test-suites test-slurm

reproduce: .venv/installed
	$(SNAKEMAKE)
	@$(BIN)/maw verdicts

smoke: .venv/installed
	$(SNAKEMAKE) --configfile workflow/config/smoke.yaml
	@$(BIN)/maw verdicts --results results/suites/smoke

# what each form of attention costs against torch's fused one: results/benchmarks/attention.csv
bench: .venv/installed
	$(BIN)/python benchmarks/attention.py --minutes 3

# how time and memory grow with documents, queries, seeds and systems; fails where worse than linear
bench-growth: .venv/installed
	$(BIN)/python benchmarks/growth.py

# training against sentence-transformers on the results of `make reproduce`, and `maw compare`
# against ranx and a script by hand
bench-peers: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python benchmarks/finetune.py
	$(BIN)/python benchmarks/compare.py

# does a test fail if an expression of the statistics is changed? results/mutants/mutants.csv;
# `make mutants RESUME=--resume` continues a run that was stopped
mutants: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[mutants]"
	$(BIN)/python benchmarks/mutants.py $(RESUME)

# the reference of all configuration keys, then the pages of docs/ as a site in results/site/
docs: .venv/installed
	$(BIN)/python -m maw.settings.reference > docs/configuration.md
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[docs]"
	$(BIN)/mkdocs build --strict --quiet --site-dir results/site

# byte code is kept even where the environment forbids it: each process would compile all it imports
test: export PYTHONDONTWRITEBYTECODE =
test: lint types imports
	$(BIN)/pytest -n 2

lint: .venv/installed
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/ruff format --check $(PYTHON_FILES)

types: .venv/installed
	$(BIN)/mypy --strict maw tests

imports: .venv/installed
	$(BIN)/lint-imports

# the suite with branch coverage, printed for each room
coverage: .venv/installed
	$(BIN)/pytest -n 2 --cov --cov-report=
	@for room in $(ROOMS); do \
		printf "%-14s %s %%\n" $$room $$($(BIN)/coverage report --include="maw/$$room/*" --format=total --precision=1); \
	done

test-slow: .venv/installed
	$(BIN)/pytest -m slow

# of these the other suites through the whole workflow: cross-encoders, cells, ablations, controls
test-suites: .venv/installed
	$(BIN)/pytest -n 2 --dist loadfile -m slow $(SUITES)

# profiles/slurm on a SLURM of one machine, in a temporary folder; as root, for Debian's packages
test-slurm: .venv/installed
	command -v slurmctld > /dev/null && command -v munged > /dev/null || { apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge; }
	$(BIN)/pip install --constraint constraints.txt --editable ".[train,slurm]"
	$(BIN)/pytest -m cluster --capture no tests/workflow/test_slurm.py

# pip would compile all packages on one core, and their own tests too; compileall uses all cores.
# It leaves out one file of torch's that only Python 3.12 can parse.
.venv/installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --no-compile --constraint constraints.txt --editable ".[train,dev]"
	$(BIN)/python -m compileall -q -j 0 -x '/tests/|py312' .venv/lib
	@touch $@
