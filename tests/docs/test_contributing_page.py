"""Every command of CONTRIBUTING.md, which docs/contributing.md shows, is run, or run dry.

A target of the Makefile is asked for what it would do: it must do what the page says of it.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.test_compare import write_run
from tests.docs.test_links import ROOT
from tests.workflow.checkout import Checkout, fresh, jobs_in

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROGRAMS = Path(sys.executable).parent
MINE = "examples/my_attention.py"
# target of the Makefile -> what its recipe runs, as the page describes it
TARGETS: dict[str, tuple[str, ...]] = {
    ".venv/installed": ("-m venv .venv", "install --no-compile --constraint constraints.txt"),
    "test": ("ruff format --check", "mypy --strict", "lint-imports", "pytest"),
    "coverage": ("pytest -n 2 --cov", "coverage report"),
    "test-slow": ("pytest -m slow",),
    "mutants": ("benchmarks/mutants.py",),
    "test-suites": ("tests/workflow/test_rerank.py", "test_cells.py", "test_ablations.py"),
    "test-slurm": ("tests/workflow/test_slurm.py",),
    "smoke": ("snakemake --cores all --configfile workflow/config/smoke.yaml",),
    "docs": ("-m maw.settings.reference > docs/configuration.md", "sphinx-build"),
    "docs-pictures": ("-m docs.figures",),
}
CHECK = "maw check my_suite.yaml"
TRAIN = (
    "snakemake --cores 1 results/suites/my_suite/runs/tiny/mine/seed42/scores.parquet "
    "--configfile my_suite.yaml"
)
# other command -> the test below that runs it
OTHERS = {
    ".venv/bin/pre-commit install": "test_pre_commit_installs_the_hooks_of_the_project",
    ".venv/bin/pytest tests/significance/test_crossed.py": "test_the_tests_of_one_file_are_found",
    ".venv/bin/lint-imports": "test_each_named_program_of_the_environment_is_there",
    "maw compare -m F1@10": "test_a_measure_of_our_own_is_an_option_of_compare",
    CHECK: "test_a_suite_with_ones_own_kind_is_valid",
    TRAIN: "test_ones_own_kind_is_prepared_trained_and_scored_alone",
}


def commands() -> set[str]:
    """Return the lines of ```sh blocks without their comments, and the commands between words."""
    blocks = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    lines = {re.split(r"\s+# ", line)[0] for block in blocks for line in block.splitlines()}
    prose = re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL)
    pieces = re.findall(r"`((?:make |maw |snakemake |\.venv/bin/)[^`]+)`", prose)
    return {*lines, *pieces}


def test_every_command_of_the_page_is_run_here() -> None:
    assert commands() == {*(f"make {target}" for target in TARGETS), *OTHERS}
    assert set(OTHERS.values()) <= set(globals())


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_does_what_the_page_says(target: str) -> None:
    # `--always-make` shows the recipe of a target that is up to date, too
    command = ["make", "--dry-run", "--always-make", target]
    recipe = subprocess.check_output(command, cwd=ROOT, text=True)
    assert [piece for piece in TARGETS[target] if piece not in recipe] == []


def test_each_named_program_of_the_environment_is_there() -> None:
    programs = re.findall(r"\.venv/bin/([\w-]+)", " ".join(commands()))
    assert {"pre-commit", "pytest", "lint-imports"} <= set(programs)
    assert [program for program in programs if not (PROGRAMS / program).is_file()] == []
    # `make test` runs lint-imports itself
    assert "[[tool.importlinter.contracts]]" in (ROOT / "pyproject.toml").read_text()


def test_pre_commit_installs_the_hooks_of_the_project(tmp_path: Path) -> None:
    # the settings of whoever runs the tests may name a folder of hooks for all repositories
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    environment["PRE_COMMIT_HOME"] = str(tmp_path / "cache")
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", repository], env=environment, check=True)
    shutil.copy(ROOT / ".pre-commit-config.yaml", repository)
    install = [str(PROGRAMS / "pre-commit"), "install"]
    subprocess.run(install, cwd=repository, env=environment, capture_output=True, check=True)
    assert "pre_commit" in (repository / ".git/hooks/pre-commit").read_text()
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    programs = [hook["entry"].split()[0] for hook in local["hooks"]]
    missing = [
        program for program in programs
        if program != "make" and not (PROGRAMS / Path(program).name).is_file()
    ]  # fmt: skip
    assert missing == []


def test_the_tests_of_one_file_are_found() -> None:
    # the file itself is run with all others
    (command,) = (command for command in OTHERS if "pytest" in command)
    path = command.split()[1]
    arguments = ["--collect-only", "-p", "no:cacheprovider", path]
    found = subprocess.check_output([PROGRAMS / "pytest", *arguments], cwd=ROOT, text=True)
    assert f"{path}::test_" in found


def test_a_measure_of_our_own_is_an_option_of_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maw: Callable[..., Any]
) -> None:
    (command,) = (command for command in OTHERS if command.startswith("maw compare"))
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("a", "b")):
        write_run(tmp_path / f"{name}.run", lift=1.0, seed=seed)
    (tmp_path / "qrels.txt").write_text("".join(f"{q} 0 d0 1\n" for q in range(1, 21)))
    options = command.split()[2:]
    done = maw("compare", "a.run", "b.run", "--qrels", "qrels.txt", "--sesoi", 0.01, *options)
    assert done.exit_code == 0, done.output
    assert "F1@10" in done.output


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout in which somebody tries a kind of their own, as the page says how."""
    checkout = fresh(tmp_path_factory.mktemp("contributing") / "checkout")
    (checkout.folder / MINE).parent.mkdir()
    shutil.copy(ROOT / MINE, checkout.folder / MINE)
    suite = yaml.safe_load((ROOT / "workflow/config/smoke.yaml").read_text())
    suite["suite"] = "my_suite"
    suite["systems"]["mine"] = {
        "kind": "bi_encoder", "attention": {"kind": MINE}, "objective": {"kind": "ranking"},
    }  # fmt: skip
    suite["analysis"]["contrasts"].append({"system": "mine", "baseline": "non_maw"})
    (checkout.folder / "my_suite.yaml").write_text(yaml.safe_dump(suite))
    return checkout


def test_a_suite_with_ones_own_kind_is_valid(tried: Checkout) -> None:
    output = tried.maw(*shlex.split(CHECK)[1:])
    assert "suite 'my_suite', 10 runs, results in results/suites/my_suite/" in output


def test_ones_own_kind_is_prepared_trained_and_scored_alone(tried: Checkout) -> None:
    output = tried.run_snakemake([*shlex.split(TRAIN)[1:], "--dry-run"])
    planned = jobs_in(output)
    assert planned["prepare"] == planned["encode"] == planned["make_run"] == 1
    assert not planned.keys() & {"compare", "report"}


def kinds() -> list[tuple[str, ...]]:
    """Return the rows of the table of kinds: what one adds, the file, what it defines, …"""
    rows = TEXT.partition("| you add |")[2].partition("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in row.strip("|").split(" | ")) for row in rows]


@pytest.mark.parametrize("row", kinds(), ids=lambda row: row[0])
def test_the_files_and_names_of_a_kind_are_there(row: tuple[str, ...]) -> None:
    _, where, defines, neighbours, _ = row
    (place,) = re.findall(r"`(maw/[^`<]+)", where)
    folder = ROOT / place if place.endswith("/") else (ROOT / place).parent
    files = [
        ROOT / name if "/" in name else folder / name
        for name in re.findall(r"`([^`]+\.py)`", neighbours)
    ]
    assert files
    modules = {*folder.glob("*.py"), *files}
    code = "".join(path.read_text(encoding="utf-8") for path in modules)
    names = re.findall(r"`(\w+)(?![\w./])", defines)
    assert [name for name in names if not re.search(rf"\b{name}\b", code)] == []
