"""Every command that the README shows is run here, as written or on the smoke suite's results."""

import re
import subprocess
from pathlib import Path

import pytest
from checkout import ROOT, Checkout

SEED = "results/runs/pydocs/maw_grpo/seed42/ranking.parquet"
OWN = "workflow/config/own.yaml"


def commands() -> list[str]:
    """Lines of ```sh blocks and the table's second column, comments off.

    `maw compare` is run by tests/test_cli_compare.py, with the files that it names.
    """
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    table = re.findall(r"^\|[^|]+\| `([^`]+)` \|$", text, re.MULTILINE)
    return [line for line in (*lines, *table) if line and not line.startswith("maw compare")]


def shell(command: str, checkout: Checkout) -> str:
    """What a command prints in the checkout, with the environment on the path."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout.folder,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def whole(disturbed: Checkout) -> Checkout:
    """The smoke checkout with everything that a clone has beside it."""
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in tracked:
        path = disturbed.folder / name
        if not path.exists() and (ROOT / name).exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((ROOT / name).read_bytes())
    return disturbed


def test_there_is_no_command_that_this_file_does_not_run() -> None:
    assert set(commands()) == set(RUN)


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readme_does_what_it_says(command: str, whole: Checkout) -> None:
    RUN[command](command, whole)


def _install(command: str, checkout: Checkout) -> None:
    """Resolves with the constraints that `make` installs from (the download is `.ci/run`'s)."""
    told = shell(f"python -m {command} --dry-run --no-deps --no-build-isolation", checkout)
    assert "Would install maw" in told


def _clone(command: str, checkout: Checkout) -> None:
    here = command.replace("<this repository>", str(ROOT))
    assert "Snakefile" in shell(f"mkdir clones && cd clones && {here} && ls", checkout)


def _make(expected: list[str]) -> object:
    def run(command: str, checkout: Checkout) -> None:
        told = shell(f"{command} --dry-run", checkout)
        assert [line for line in expected if line not in told] == []

    return run


def _planned(rule: str, n: int) -> object:
    def run(command: str, checkout: Checkout) -> None:
        told = shell(f"{command.removesuffix(' -n')} -n", checkout)
        assert re.search(rf"^{rule} +{n}$", told, re.MULTILINE), told[-3000:]

    return run


def _own(command: str, checkout: Checkout) -> None:
    """On a collection laid out as the README says; that a whole suite runs is the smoke's test."""
    path = checkout.folder / OWN
    assert len(path.read_text().splitlines()) <= 15
    folder = checkout.folder / "path/to/your/collection"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "one"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "one"}\n')
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    assert re.search(r"^train +10$", shell(f"{command} -n", checkout), re.MULTILINE)


def _verdicts(command: str, checkout: Checkout) -> None:
    told = shell(f"{command} --results {checkout.results}", checkout)
    assert "maw_grpo against non_maw on tiny: not controlled." in told
    assert Path(told.splitlines()[-1].removeprefix("Report: ")).is_file()


def _check(command: str, checkout: Checkout) -> None:
    assert "17 runs, results in results/" in shell(command, checkout)


RUN = {
    "git clone <this repository> maw && cd maw": _clone,
    "make reproduce": _make(["-m venv .venv", "pip install", "snakemake --cores all", "verdicts"]),
    'pip install --constraint constraints.txt --editable ".[dev]"': _install,
    "snakemake --cores all": _planned("train", 15),
    "snakemake -n": _planned("rank", 17),
    f"snakemake --cores all {SEED}": _planned("rank", 1),
    "snakemake --cores all results/report/index.html": _planned("report", 1),
    f"snakemake --cores all --configfile {OWN}": _own,
    "maw verdicts": _verdicts,
    "make smoke": _make(["--configfile workflow/config/smoke.yaml"]),
    "make test": _make(["ruff check", "mypy --strict maw", "pytest"]),
    "maw check workflow/config/embedded.yaml": _check,
}
