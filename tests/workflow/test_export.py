"""The commands of docs/other_tools.md on the smoke suite: R and other tools get its verdicts."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from maw.reporting.wording import number
from tests.workflow.checkout import ROOT, SMOKE, Checkout

CALIBRATION = "summary/calibration.parquet"


def commands() -> dict[str, str]:
    """Return first words -> command, with the smoke suite's results in place of the page's."""
    text = (ROOT / "docs/other_tools.md").read_text()
    (block,) = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("   #")[0].strip() for line in block.splitlines()]
    return {
        " ".join(line.split()[:2]): re.sub(r"(?<!-)\bresults\b", str(SMOKE), line) for line in lines
    }


def shell(command: str, checkout: Checkout) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=checkout.folder,
        env=checkout.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def primary(path: Path) -> pd.DataFrame:
    rows = pd.read_csv(path)
    rows = rows[rows["measure"] == "nDCG@10"]
    return rows.set_index(["system", "baseline"]).sort_index()


def test_the_exported_runs_give_the_suites_own_verdicts(disturbed: Checkout) -> None:
    output, command = shell(commands()["maw export"], disturbed).stdout.splitlines()
    assert output == "8 runs of 1 dataset in trec"
    shell(f"{command} --out again", disturbed)
    ours = primary(disturbed.results / "tables/comparisons.csv")
    theirs = primary(disturbed.folder / "again/comparisons.csv")
    assert theirs["word"].to_dict() == ours["word"].to_dict()
    for name in ("p", "p_bonferroni", "difference", "ci_low", "ci_high"):
        again = pytest.approx(ours[name].to_dict(), abs=1e-9, nan_ok=True)
        assert theirs[name].to_dict() == again


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_comes_to_the_suites_verdicts(smoke: Checkout) -> None:
    done = shell(commands()["Rscript results/tables/check.R"], smoke)
    assert "all verdicts are re-made" in done.stderr
    theirs = list(csv.DictReader(io.StringIO(done.stdout)))
    claims = pd.read_csv(smoke.results / "tables/claims.csv")
    assert [row["word"] for row in theirs] == claims["word"].tolist()


def test_the_page_shows_the_calibration(smoke: Checkout) -> None:
    page = (smoke.results / "report/index.html").read_text(encoding="utf-8")
    shown = page[page.index("<h2>Calibration of the plan on this data</h2>") :]
    rates = pd.read_parquet(smoke.results / CALIBRATION)
    row = rates[(rates["test"] == "E2") & (rates["quantity"] == "rejects")].iloc[0]
    assert f"<td>{number(row['rate'])} ± {number(row['error'])}</td>" in shown
    assert "not calibrated" in shown
    assert "on 200 experiments" in shown


@pytest.mark.slow
def test_more_draws_by_hand_re_make_the_report_alone(disturbed: Checkout) -> None:
    command = f"{commands()['maw calibrate']} --draws 250"
    output = shell(command, disturbed).stdout
    assert "maw_grpo − non_maw" in output
    assert (
        output.splitlines()[-1]
        == f"calibration: {SMOKE}/{CALIBRATION}, {SMOKE}/tables/calibration.csv"
    )
    assert disturbed.ran() == {"all": 1, "figures": 1, "report": 1, "index": 1, "total": 4}
    page = (disturbed.results / "report/index.html").read_text(encoding="utf-8")
    assert "on 250 experiments" in page


@pytest.mark.slow
def test_without_draws_nothing_is_redrawn_and_the_page_says_so(disturbed: Checkout) -> None:
    disturbed.edit("workflow/config/smoke.yaml", "draws: 200", "draws: 0")
    (disturbed.results / CALIBRATION).unlink()
    jobs = disturbed.ran("--forcerun", "report")
    assert jobs["report"] == 1
    assert "calibrate" not in jobs
    page = (disturbed.results / "report/index.html").read_text(encoding="utf-8")
    assert "Not done: <code>maw calibrate</code>" in page
