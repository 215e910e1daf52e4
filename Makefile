# One-liners over pip, snakemake, pytest, mypy and ruff.
PYTHON ?= python3
BIN := .venv/bin
SNAKEMAKE := PATH="$(CURDIR)/$(BIN):$$PATH" snakemake --cores all

.PHONY: reproduce smoke bench test test-slow test-suites test-slurm lint clean

reproduce: .venv/installed
	$(SNAKEMAKE)
	@$(BIN)/maw verdicts

smoke: .venv/installed
	$(SNAKEMAKE) --configfile workflow/config/smoke.yaml
	@$(BIN)/maw verdicts --results results/suites/smoke

# what each form of attention costs against torch's fused one: results/benchmarks/attention.csv
bench: .venv/installed
	$(BIN)/python benchmarks/attention.py --minutes 3

test: .venv/installed
	$(BIN)/ruff check maw tests benchmarks examples
	$(BIN)/ruff format --check maw tests benchmarks examples
	$(BIN)/mypy --strict maw
	$(BIN)/pytest -n 2

test-slow: .venv/installed
	$(BIN)/pytest -m slow

# of these the other suites through the whole workflow: cross-encoders, cells, ablations
test-suites: .venv/installed
	$(BIN)/pytest -n 2 --dist loadfile -m slow tests/workflow/test_rerank.py tests/workflow/test_cells.py tests/workflow/test_ablations.py

# profiles/slurm on a SLURM of one machine, in a temporary folder; as root, for Debian's packages
test-slurm: .venv/installed
	command -v slurmctld > /dev/null && command -v munged > /dev/null || { apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge; }
	$(BIN)/pip install --constraint constraints.txt --editable ".[slurm]"
	$(BIN)/pytest -m cluster --capture no tests/workflow/test_slurm.py

.venv/installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --constraint constraints.txt --editable ".[dev]"
	@touch $@
