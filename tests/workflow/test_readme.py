"""Run every command that the README shows, as written or on the smoke suite's results."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.checkout import ROOT, Checkout, jobs_in

Check = Callable[[str, Checkout], None]
SEED = "results/runs/pydocs/maw_grpo/seed42/ranking.parquet"
OWN = "workflow/config/own.yaml"


def commands() -> list[str]:
    """Return the lines of ```sh blocks and the table's second column, without comments.

    tests/commands/test_compare.py runs `maw compare`, with the files that it names.
    """
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    table = re.findall(r"^\|[^|]+\| `([^`]+)` \|$", text, re.MULTILINE)
    return [line for line in (*lines, *table) if line and not line.startswith("maw compare")]


def shell(command: str, checkout: Checkout) -> str:
    """Return what a command prints in the checkout, with the environment on the path."""
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


@pytest.fixture(scope="module")
def clone(smoke: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a copy of the smoke checkout with all other files of a clone, for all commands."""
    checkout = smoke.copy(tmp_path_factory.mktemp("readme") / "checkout")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in tracked:
        path = checkout.folder / name
        if not path.exists() and (ROOT / name).exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((ROOT / name).read_bytes())
    return checkout


def test_there_is_no_command_that_this_file_does_not_run() -> None:
    assert set(commands()) == set(CHECKS)


@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_readme_does_what_it_says(command: str, clone: Checkout) -> None:
    CHECKS[command](command, clone)


def _install(command: str, checkout: Checkout) -> None:
    """Check that pip resolves the project with the constraints; `.ci/run` checks the download."""
    output = shell(f"python -m {command} --dry-run --no-deps --no-build-isolation", checkout)
    assert "Would install maw-bench" in output


def _clone(command: str, checkout: Checkout) -> None:
    here = command.replace("<this repository>", str(ROOT))
    assert "Snakefile" in shell(f"mkdir clones && cd clones && {here} && ls", checkout)


def _make(expected: list[str]) -> Check:
    def run(command: str, checkout: Checkout) -> None:
        output = shell(f"{command} --dry-run", checkout)
        assert [line for line in expected if line not in output] == []

    return run


def _planned(rule: str, n: int) -> Check:
    def run(command: str, checkout: Checkout) -> None:
        arguments = command.removeprefix("snakemake ").removesuffix("-n").split()
        output = checkout.run_snakemake([*arguments, "-n"])
        assert jobs_in(output)[rule] == n, output[-3000:]

    return run


def _own(command: str, checkout: Checkout) -> None:
    """Plan the suite on a collection as the README lays it out; others run a whole suite."""
    path = checkout.folder / OWN
    keys = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    assert len(keys) <= 17  # each is explained by a comment above it
    folder = checkout.folder / "path/to/your/collection"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "one"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "one"}\n')
    (folder / "qrels/test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    assert re.search(r"^make_run +10$", shell(f"{command} -n", checkout), re.MULTILINE)


def _verdicts(command: str, checkout: Checkout) -> None:
    output = shell(f"{command} --results {checkout.results}", checkout)
    assert "Not judged, on tiny: maw_supervised and maw_grpo have too few seeds." in output
    assert Path(output.splitlines()[-1].removeprefix("Report: ")).is_file()


def _verify(command: str, checkout: Checkout) -> None:
    assert "all as they were written" in shell(command, checkout)


def _check(command: str, checkout: Checkout) -> None:
    assert "17 runs, results in results/" in shell(command, checkout)


CHECKS: dict[str, Check] = {
    "git clone <this repository> maw && cd maw": _clone,
    "make reproduce": _make(["-m venv .venv", "pip install", "snakemake --cores all", "verdicts"]),
    'pip install --constraint constraints.txt --editable ".[train,dev]"': _install,
    "snakemake --cores all": _planned("make_run", 15),
    "snakemake -n": _planned("rank", 2),
    f"snakemake --cores all {SEED}": _planned("make_run", 1),
    "snakemake --cores all results/report/index.html": _planned("report", 1),
    f"snakemake --cores all --configfile {OWN}": _own,
    "maw verdicts": _verdicts,
    "maw verify results": _verify,
    "make smoke": _make(["--configfile workflow/config/smoke.yaml"]),
    "make test": _make(["ruff check", "mypy --strict maw", "pytest"]),
    "maw check workflow/config/embedded.yaml": _check,
}
