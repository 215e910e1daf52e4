"""`maw compare` prints verdicts, writes the suite's own files, and fails with one line."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.cli import main
from maw.jobs.files import read_stamp
from maw.runs.content import SCORES
from maw.verdicts.decide import COLUMNS

ROOT = Path(__file__).parents[2]
DL_HARD = ROOT.parent / "shared" / "runs" / "dl-hard"
Q = 20
FILES = [
    "scores.parquet", "scores.csv", "comparisons.parquet", "comparisons.csv",
    "leaderboard.parquet", "leaderboard.csv", "verdicts.tex", "leaderboard.tex", "index.html",
    "verdicts.md", "leaderboard.md", "README.md", "check.R", "plan.json", "components.parquet",
    "components.csv", "prospects.parquet", "prospects.csv", "datasets.parquet", "datasets.csv",
    "seeds.parquet", "seeds.csv",
    "claims.parquet", "claims.csv", "differences.parquet", "differences.csv", "manifest.json",
    "flips.parquet", "flips.csv", "hits.parquet", "hits.csv", "tiers.parquet", "tiers.csv",
]  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


Maw = Callable[..., Printed]


@pytest.fixture
def maw(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Maw:
    """maw("compare", "a.run", …) in the folder of the README's files, without a new process."""
    monkeypatch.chdir(folder)

    def maw(*arguments: str) -> Printed:
        monkeypatch.setattr(sys, "argv", ["maw", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        return Printed(output.out, output.err, code=int(ended.value.code or 0))

    return maw


def write_run(path: Path, *, lift: float, seed: int) -> None:
    """Write a run of fifteen documents a topic. lift: added to the scores of relevant documents."""
    generator = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{q} Q0 d{d} 0 {generator.normal() + lift * (d <= q % 3):.6f} tag"
        for q in range(1, Q + 1)
        for d in range(15)
    ]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The README's files: two single runs, one system with five seeds, judgements."""
    write_run(tmp_path / "bm25.run", lift=0.3, seed=1)
    write_run(tmp_path / "splade.run", lift=2.0, seed=2)
    for seed in range(42, 47):
        write_run(tmp_path / "colbert" / f"seed{seed}.run", lift=1.5, seed=seed)
    rows = [f"{q} 0 d{d} 1" for q in range(1, Q + 1) for d in range(q % 3 + 1)]
    (tmp_path / "qrels.txt").write_text("\n".join(rows) + "\n")
    subprocess.run(["gzip", "-k", "bm25.run", "splade.run"], cwd=tmp_path, check=True)
    return tmp_path


def readme(language: str) -> str:
    """Return the first block of code in a language below "Your own runs" of the README."""
    text = (ROOT / "README.md").read_text().partition("## Your own runs")[2]
    block = re.search(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    assert block
    return block[1]


def test_the_readmes_commands_do_what_it_says(folder: Path, maw: Maw) -> None:
    (folder / "plan.yaml").write_text(readme("yaml"))
    assert maw("plan", "plan.yaml", "--out", "planned").code == 0
    command = readme("sh").strip().removeprefix("maw ").split()
    printed = maw(*command)
    lines = printed.stdout.splitlines()
    # --sesoi and colbert's seeds: the procedure is judged, splade is fixed
    assert lines[0].startswith(f"Yes, on {folder.name}: colbert and splade each rank better")
    assert f"nDCG@10 on {folder.name}: {Q} topics" in lines
    assert any(re.match(r"splade +0\.\d+ +\+0\.\d+ .* better", line) for line in lines)
    assert any(re.match(r"colbert +0\.\d+ +\+0\.\d+ .* better", line) for line in lines)
    assert any(line.startswith("About these runs, over new topics") for line in lines)
    assert "\x1b" not in printed.stdout  # no terminal: plain
    assert (printed.stderr, printed.code) == ("", 0)
    assert sorted(path.name for path in (folder / "report").iterdir()) == sorted(FILES)
    planned = ["--plan", "plan.yaml", "--out", "planned"]
    printed = maw(*command[: command.index("--sesoi")], *planned)
    assert re.search(r"splade .* not estimable", printed.stdout)
    assert "before any scores" in printed.stdout


def test_the_readmes_python_runs_and_is_ten_lines(tmp_path: Path) -> None:
    code = readme("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert printed.stdout.startswith("splade against bm25 on topics: inconclusive")
    assert "3 topics: too few" in printed.stdout
    assert not list(tmp_path.iterdir())


def test_the_files_are_the_suites_own_and_the_same_each_time(folder: Path, maw: Maw) -> None:
    call = ["compare", "bm25.run", "splade.run", "colbert", "--qrels", "qrels.txt", "--out", "out"]
    maw(*call)
    out = folder / "out"
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    maw(*call)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    compared = pd.read_parquet(out / "comparisons.parquet")
    assert list(compared.columns) == COLUMNS
    assert len(pd.read_csv(out / "comparisons.csv")) == len(compared) == 2 * 5
    scores = pd.read_parquet(out / "scores.parquet")
    assert list(scores.columns) == list(SCORES)
    assert read_stamp(out / "scores.parquet")["spec"]["plan_digest"]
    again = maw("compare", "out/scores.parquet", "--baseline", "bm25")
    table = maw("compare", "out/scores.csv", "--baseline", "bm25")
    assert again.stdout.splitlines()[:12] == table.stdout.splitlines()[:12]
    page = first["index.html"].decode()
    assert "<script" not in page
    links = re.findall(r'(?:src|href)="([^#"][^"]*)', page)
    assert [link for link in links if not (out / link).is_file()] == []
    assert "comparisons.csv" in links
    sums = subprocess.run(
        ["sha256sum", "bm25.run", "qrels.txt"], capture_output=True, text=True, cwd=folder
    ).stdout.split()
    assert sums[0] in page
    assert sums[2] in page
    assert read_stamp(out / "scores.parquet")["spec"]["plan_digest"] in page


def test_a_plan_that_changes_after_scores_exist_is_told(folder: Path, maw: Maw) -> None:
    call = ["compare", "bm25.run", "splade.run", "--qrels", "qrels.txt", "--out", "out"]
    printed = maw(*call).stdout
    assert "first seen together" in printed
    changed = maw(*call, "--sesoi", "0.05").stdout
    assert "the plan CHANGED after scores existed" in changed
    assert "CHANGED after scores existed" in (folder / "out" / "index.html").read_text()
    assert len(json.loads((folder / "out" / "plan.json").read_text())["seen"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "maw: no runs given; name at least two files"),
        ("bm25.run --qrels qrels.txt", "maw: only one system ('bm25')"),
        ("bm25.run splade.run", "maw: qrels are missing"),
        ("bm25.run gone.run --qrels qrels.txt", "maw: gone.run: no such file"),
        ("bm25.run splade.run --qrels qrels.txt --alpha x", "maw: Invalid value for '--alpha'"),
        ("bm25.run splade.run --qrels qrels.txt --frob", "maw: No such option: --frob"),
        ("bm25.run splade.run --qrels qrels.txt -m nDGC@10", "did you mean 'nDCG@10'"),
        ("bm25.run splade.run --qrels qrels.txt --plan none.yaml", "none.yaml: no such plan"),
        ("bm25.run splade.run --qrels qrels.txt --plan bad.yaml", "bad.yaml.sesoy: unknown key"),
        ("bm25.run splade.run --qrels qrels.txt --out qrels.txt", "qrels.txt is a file; give"),
        ("bm25.run splade.run --qrels qrels.txt --max-loss 0", "maw: max_loss: 0 is no margin"),
        ("bm25.run splade.run --qrels qrels.txt --judge gpt", "Invalid value for '--judge'"),
        ("bm25.run splade.run --qrels qrels.txt --format frob", "maw: format 'frob' is unknown"),
        ("bm25.run splade.run --qrels qrels.txt --require worse", "value for '--require'"),
        (
            "bm25.run splade.run --qrels qrels.txt --require equivalent",
            "--require equivalent: without a smallest effect size of interest",
        ),
        ("bm25.run splade.run bad/splade.run --qrels qrels.txt", "say with --replicates seeds or"),
        ("bm25.run splade.run --qrels qrels.txt --json bad", "--json bad: is a folder; give a"),
        ("bm25.run splade.run --qrels qrels.txt --json - --markdown -", "both go to -; give each"),
        (
            "bm25.run splade.run --qrels qrels.txt --out bad",
            "bad/plan.json: not a record of a plan by maw",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    folder: Path, maw: Maw, arguments: str, message: str
) -> None:
    (folder / "bad.yaml").write_text("contrasts: []\nsesoy: 1\n")
    (folder / "bad").mkdir()
    (folder / "bad" / "plan.json").write_text("{}")
    (folder / "bad" / "splade.run").write_text("")
    printed = maw("compare", *arguments.split())
    assert printed.code == 2
    assert message in printed.stderr
    assert printed.stderr.count("\n") == 1
    assert printed.stdout == ""  # the mistake is noticed before the work
    assert not [path.name for path in folder.iterdir() if ".maw-" in path.name]


@pytest.mark.skipif(not DL_HARD.exists(), reason="the shared runs are not here")
def test_six_real_runs_are_compared_without_torch(tmp_path: Path) -> None:
    runs = sorted(DL_HARD.glob("*.run.gz"))
    code = (
        "import sys; sys.argv = ['maw', *sys.argv[1:]]\n"
        "from maw.cli import main\n"
        "try: main()\n"
        "finally: print('torch' in sys.modules)"
    )
    call = [sys.executable, "-c", code, "compare", *map(str, runs), "--baseline", "bm25"]
    printed = subprocess.run(
        [*call, "--qrels", str(DL_HARD / "qrels.txt")], capture_output=True, text=True,
        cwd=tmp_path, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert printed.stdout.splitlines()[-1] == "False"
    assert "nDCG@10 on dl-hard: 50 topics" in printed.stdout
    assert re.search(r"bm25\+t5\(zs\) +0\.4084 +\+0\.1047 .* better", printed.stdout)


def test_the_report_says_how_often_its_tests_err_if_asked_to(maw: Maw, folder: Path) -> None:
    files = ["splade.run", "colbert"]
    printed = maw("compare", *files, "--qrels", "qrels.txt", "--out", "out", "--calibrate", "20")
    assert printed.code == 0, printed.stderr
    table = pd.read_csv(folder / "out" / "calibration.csv")
    assert {"E2", "Wilcoxon", "max-T"} <= set(table["test"])
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert "The whole plan ran on 20 experiments that were " in page
    assert maw("compare", *files, "--qrels", "qrels.txt", "--calibrate", "20").code == 2
