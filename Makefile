# Each target is one line over pip, snakemake, pytest, mypy, ruff and import-linter.
PYTHON ?= python3
BIN := .venv/bin
# one line of progress; `make reproduce VERBOSE=1` shows all that Snakemake prints
LIVE := $(if $(VERBOSE),,python -m workflow.live)
SNAKEMAKE := PATH="$(CURDIR)/$(BIN):$$PATH" $(LIVE) snakemake --cores all
PYTHON_FILES := maw tests workflow benchmarks examples docs
ROOMS := settings jobs datasets models training ranking measures runs significance verdicts reporting stages theory commands
# what takes longest of the whole workflow: the suites in small, the smoke suite re-made in part
SUITES := tests/workflow/test_smoke.py tests/workflow/test_export.py tests/examples/test_programs.py tests/workflow/test_rerank.py tests/workflow/test_cells.py tests/workflow/test_ablations.py tests/workflow/test_controls.py tests/workflow/test_routing_control.py

.PHONY: reproduce smoke bench bench-growth bench-peers mutants docs docs-pictures test lint types imports pytest coverage test-slow test-suites test-slurm test-latex test-browser

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
	$(BIN)/sphinx-build -q -n -W --keep-going -b html -d results/site/.doctrees docs results/site

# the pictures of docs/ again, and the first screen of the report of `make reproduce`
docs-pictures: .venv/installed
	$(BIN)/python -m docs.figures
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=3000 --window-size=1180,1100 --screenshot="$(CURDIR)/docs/report.png" "file://$(CURDIR)/results/report/index.html"

# The types are checked beside the tests: mypy needs only one core, for a part of their time.
# Byte code is kept even where the environment forbids it: each process would compile all it imports.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/installed
	$(MAKE) --no-print-directory --jobs 2 lint imports types pytest

# Each worker runs neighbouring tests, which share fixtures; one that has none left takes over half of
# the other's. After `make smoke` in a bare clone, SMOKE_IS_MADE=1 makes the tests copy its results,
# and run no smoke suite of their own.
pytest: .venv/installed
	$(BIN)/pytest -n 2 --dist worksteal

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

# of these the suites through the whole workflow, in small: cross-encoders, cells, ablations, controls
test-suites: .venv/installed
	$(BIN)/pytest -n 2 --dist loadfile -m slow $(SUITES)

# the pages in Chromium, with axe-core; as root, for Debian's package
test-browser: .venv/installed
	command -v chromium > /dev/null || { apt-get update && apt-get install --yes --no-install-recommends chromium; }
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[train,browser]"
	$(BIN)/pytest -m browser tests/reporting

# profiles/slurm on a SLURM of one machine, in a temporary folder; as root, for Debian's packages
test-slurm: .venv/installed
	command -v slurmctld > /dev/null && command -v munged > /dev/null || { apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge; }
	$(BIN)/pip install --constraint constraints.txt --editable ".[train,slurm]"
	$(BIN)/pytest -m cluster --capture no tests/workflow/test_slurm.py

# the tables for a paper through pdfLaTeX: they compile and fit; as root, for Debian's packages
test-latex: .venv/installed
	command -v pdflatex > /dev/null || { apt-get update && apt-get install --yes --no-install-recommends texlive-latex-base texlive-latex-recommended; }
	$(BIN)/pytest tests/reporting/paper/test_paper_content.py tests/reporting/sections/test_how_to_report.py

# pip would compile all packages on one core, and their own tests too; compileall uses all cores.
# It leaves out one file of torch's that only Python 3.12 can parse.
.venv/installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --no-compile --constraint constraints.txt --editable ".[train,dev]"
	$(BIN)/python -m compileall -q -j 0 -x '/tests/|py312' .venv/lib
	@touch $@
