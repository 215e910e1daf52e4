"""`maw compare` as people call it: what it prints, what it leaves behind, how it fails."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from maw.cli import main
from maw.comparison import conclude
from maw.jobs.files import read_stamp
from maw.runs.content import SCORES
from maw.runs.evidence import Evidence
from maw.settings.plan import Analysis
from maw.stages.finished.publish import publish
from maw.verdicts.decide import COLUMNS

ROOT = Path(__file__).parents[1]
DL_HARD = ROOT.parent / "shared" / "runs" / "dl-hard"
Q = 20
FILES = [
    "scores.parquet", "scores.csv", "comparisons.parquet", "comparisons.csv",
    "leaderboard.parquet", "leaderboard.csv", "verdicts.tex", "leaderboard.tex", "index.html",
    "check.R", "plan.json", "components.parquet", "components.csv", "prospects.parquet",
    "prospects.csv", "datasets.parquet", "datasets.csv", "seeds.parquet", "seeds.csv",
    "claims.parquet", "claims.csv",
]  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What a command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


Maw = Callable[..., Told]


@pytest.fixture
def maw(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Maw:
    """maw("compare", "a.run", …) in the folder of the README's files, without a new process."""
    monkeypatch.chdir(folder)

    def maw(*arguments: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["maw", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Told(printed.out, printed.err, code=int(ended.value.code or 0))

    return maw


def write_run(path: Path, *, lift: float, seed: int) -> None:
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
    judged = [f"{q} 0 d{d} 1" for q in range(1, Q + 1) for d in range(q % 3 + 1)]
    (tmp_path / "qrels.txt").write_text("\n".join(judged) + "\n")
    subprocess.run(["gzip", "-k", "bm25.run", "splade.run"], cwd=tmp_path, check=True)
    return tmp_path


def readme(language: str) -> str:
    text = (ROOT / "README.md").read_text().partition("## Your own runs")[2]
    found = re.search(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    assert found
    return found[1]


def test_the_readmes_commands_do_what_it_says(folder: Path, maw: Maw) -> None:
    (folder / "plan.yaml").write_text(readme("yaml"))
    assert maw("plan", "plan.yaml", "--out", "planned").code == 0
    command = readme("sh").strip().removeprefix("maw ").split()
    told = maw(*command)
    lines = told.stdout.splitlines()
    # --sesoi and colbert's seeds: the procedure is judged, splade is fixed
    assert lines[0] == f"nDCG@10 on {folder.name}: {Q} topics"
    assert any(re.match(r"splade +0\.\d+ +\+0\.\d+ .* better", line) for line in lines)
    assert any(re.match(r"colbert +0\.\d+ +\+0\.\d+ .* better", line) for line in lines)
    assert any(line.startswith("About E1: these checkpoints") and "E2: " in line for line in lines)
    assert "\x1b" not in told.stdout  # no terminal: plain
    assert (told.stderr, told.code) == ("", 0)
    assert sorted(path.name for path in (folder / "report").iterdir()) == sorted(FILES)
    planned = ["--plan", "plan.yaml", "--out", "planned"]
    told = maw(*command[: command.index("--sesoi")], *planned)
    assert re.search(r"splade .* not estimable", told.stdout)
    assert "before any scores" in told.stdout


def test_the_readmes_python_runs_and_is_ten_lines(tmp_path: Path) -> None:
    code = readme("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert told.stdout.startswith("splade against bm25 on topics: inconclusive")
    assert "3 topics: too few" in told.stdout
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
    told = maw(*call).stdout
    assert "first seen together" in told
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
        ("bm25.run splade.run --qrels qrels.txt --out qrels.txt", "maw: qrels.txt: File exists"),
        ("bm25.run splade.run --qrels qrels.txt --out bad", "bad/plan.json: not a record of maw"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    folder: Path, maw: Maw, arguments: str, message: str
) -> None:
    (folder / "bad.yaml").write_text("contrasts: []\nsesoy: 1\n")
    (folder / "bad").mkdir()
    (folder / "bad" / "plan.json").write_text("{}")
    told = maw("compare", *arguments.split())
    assert told.code == 2
    assert message in told.stderr
    assert told.stderr.count("\n") == 1


def layout(**systems: np.ndarray) -> pd.DataFrame:
    """[Q, S] of each system on the dataset toy, as a long table."""
    parts = [
        pd.DataFrame(
            {
                "dataset": "toy",
                "system": name,
                "seed": np.tile(np.arange(values.shape[1]), len(values)),
                "query_id": np.repeat([f"q{q:02}" for q in range(len(values))], values.shape[1]),
                "measure": "nDCG@10",
                "value": values.ravel(),
            }
        )
        for name, values in systems.items()
    ]
    return pd.concat(parts, ignore_index=True)


def drawn(seed: int, *, shift: float, seeds: int, noise: float = 0.05) -> np.ndarray:
    base = np.random.default_rng(0).uniform(0.2, 0.7, (40, 1))
    generator = np.random.default_rng(seed)
    return base + shift + generator.normal(0, noise, (40, seeds)) + generator.normal(0, 0.01, seeds)


CLUSTERS = {f"q{q:02}": f"c{q // 3}" for q in range(40)}
SYSTEMS = {
    "base": drawn(1, shift=0, seeds=5),
    "better": drawn(2, shift=0.1, seeds=4),
    "alike": drawn(3, shift=0.001, seeds=5),
    "worse": drawn(4, shift=-0.1, seeds=1),
    "few": drawn(5, shift=0.1, seeds=2),
    "declared": drawn(6, shift=0.1, seeds=1),
    'o"d\\d': drawn(7, shift=0.02, seeds=5),
    "twin": drawn(1, shift=0, seeds=5),  # never differs
    "shifted": drawn(1, shift=0, seeds=5) + 0.1,  # always differs by the same
}
CONTRASTS = [
    *({"system": name, "baseline": "base"} for name in SYSTEMS if name != "base"),
    {"system": "better", "baseline": "worse"},  # a second control of one claim
    {"system": "few", "baseline": "worse", "role": "reference"},
]
LINKED = [
    {"system": "alike", "baseline": "base", "seeds": "linked", "reason": "starts from base"},
]


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("clusters", [None, {"toy": CLUSTERS}], ids=["topics", "clusters"])
@pytest.mark.parametrize(
    ("contrasts", "sesoi"), [(CONTRASTS, 0.05), (CONTRASTS, None), (LINKED, 0.02)]
)
def test_r_comes_to_the_same_verdicts(
    tmp_path: Path, clusters: dict | None, contrasts: list, sesoi: float | None
) -> None:
    plan = Analysis.checked(
        {"contrasts": contrasts, "sesoi": sesoi, "trained": ["declared"]}, source="test"
    )
    evidence = Evidence(layout(**SYSTEMS), ("nDCG@10",), ())
    found = conclude(evidence, plan=plan, clusters=clusters)
    publish(found, tmp_path)
    assert len((tmp_path / "check.R").read_text().splitlines()) <= 40
    told = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    theirs = list(csv.DictReader(io.StringIO(told.stdout)))
    frame = found.to_frame()
    ours = frame[frame["role"] == "confirmatory"]
    assert len(theirs) == len(ours) > 0
    for row, known in zip(theirs, ours.to_dict("records"), strict=True):
        assert row["verdict"] == known["verdict"]
        for name in ("difference", "ci_low", "ci_high", "se", "df", "p", "p_holm"):
            value = float("nan") if row[name] == "NA" else float(row[name])
            assert value == pytest.approx(known[name], abs=1e-6, nan_ok=True), name
    if contrasts is CONTRASTS:
        assert {row["verdict"].split(",")[0] for row in theirs} > {"better", "worse"}


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_says_so_where_a_number_was_changed(tmp_path: Path) -> None:
    plan = Analysis.checked({"contrasts": CONTRASTS[:1]}, source="test")
    publish(conclude(Evidence(layout(**SYSTEMS), ("nDCG@10",), ()), plan=plan), tmp_path)
    path = tmp_path / "comparisons.csv"
    frame = pd.read_csv(path)
    frame.assign(p_holm=frame["p_holm"] + 1e-5).to_csv(path, index=False)
    told = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=tmp_path)
    assert told.returncode != 0
    assert "says otherwise" in told.stderr


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
    told = subprocess.run(
        [*call, "--qrels", str(DL_HARD / "qrels.txt")], capture_output=True, text=True,
        cwd=tmp_path, check=True, env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert told.stdout.splitlines()[-1] == "False"
    assert "nDCG@10 on dl-hard: 50 topics" in told.stdout
    assert re.search(r"bm25\+t5\(zs\) +0\.4084 +\+0\.1047 .* better", told.stdout)


def test_help_answers_at_once(tmp_path: Path) -> None:
    code = "import sys, maw.cli; print({'numpy', 'pandas', 'pydantic', 'torch'} & set(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert not {"'numpy'", "'pandas'", "'torch'"} & set(re.findall(r"'\w+'", told.stdout))


def test_the_report_says_how_often_its_tests_err_if_asked_to(maw: Maw, folder: Path) -> None:
    files = ["splade.run", "colbert"]
    told = maw("compare", *files, "--qrels", "qrels.txt", "--out", "out", "--calibrate", "20")
    assert told.code == 0, told.stderr
    table = pd.read_csv(folder / "out" / "calibration.csv")
    assert {"E2", "Wilcoxon", "max-T"} <= set(table["test"])
    page = (folder / "out" / "index.html").read_text(encoding="utf-8")
    assert "The whole plan on 20 experiments redrawn" in page
    assert maw("compare", *files, "--qrels", "qrels.txt", "--calibrate", "20").code == 2
