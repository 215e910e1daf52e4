"""R comes to the same verdicts from the written tables, where R is installed."""

import csv
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from maw.comparison import conclude
from maw.runs.evidence import Evidence
from maw.settings.plan import Analysis
from maw.significance.clean import Array
from maw.stages.finished.publish import publish

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")


def long_table(**systems: Array) -> pd.DataFrame:
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


def random_table(seed: int, *, shift: float, seeds: int, noise: float = 0.05) -> Array:
    """Return scores [40, seeds] of a system on queries of the same difficulties."""
    base = np.random.default_rng(0).uniform(0.2, 0.7, (40, 1))
    generator = np.random.default_rng(seed)
    return base + shift + generator.normal(0, noise, (40, seeds)) + generator.normal(0, 0.01, seeds)


CLUSTERS = {f"q{q:02}": f"c{q // 3}" for q in range(40)}
SYSTEMS = {
    "base": random_table(1, shift=0, seeds=5),
    "better": random_table(2, shift=0.1, seeds=4),
    "alike": random_table(3, shift=0.001, seeds=5),
    "worse": random_table(4, shift=-0.1, seeds=1),
    "few": random_table(5, shift=0.1, seeds=2),
    "declared": random_table(6, shift=0.1, seeds=1),
    'o"d\\d': random_table(7, shift=0.02, seeds=5),
    "twin": random_table(1, shift=0, seeds=5),  # never differs
    "shifted": random_table(1, shift=0, seeds=5) + 0.1,  # always differs by the same
}
CONTRASTS = [
    *({"system": name, "baseline": "base"} for name in SYSTEMS if name != "base"),
    {"system": "better", "baseline": "worse"},  # a second control of one claim
    {"system": "few", "baseline": "worse", "role": "reference"},
]
LINKED = [
    {"system": "alike", "baseline": "base", "seeds": "linked", "reason": "starts from base"},
]


@pytest.mark.parametrize("clusters", [None, {"toy": CLUSTERS}], ids=["topics", "clusters"])
@pytest.mark.parametrize(
    ("contrasts", "sesoi"), [(CONTRASTS, 0.05), (CONTRASTS, None), (LINKED, 0.02)]
)
def test_r_comes_to_the_same_verdicts(
    tmp_path: Path,
    clusters: dict[str, dict[str, str]] | None,
    contrasts: list[dict[str, Any]],
    sesoi: float | None,
) -> None:
    plan = Analysis.checked(
        {"contrasts": contrasts, "sesoi": sesoi, "trained": ["declared"]}, source="test"
    )
    evidence = Evidence(long_table(**SYSTEMS), ("nDCG@10",), ())
    comparison = conclude(evidence, plan=plan, clusters=clusters)
    publish(comparison, tmp_path)
    assert len((tmp_path / "check.R").read_text().splitlines()) <= 40
    ended = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    theirs = list(csv.DictReader(io.StringIO(ended.stdout)))
    frame = comparison.to_frame()
    ours = frame[frame["role"] == "confirmatory"]
    assert len(theirs) == len(ours) > 0
    for row, known in zip(theirs, ours.to_dict("records"), strict=True):
        assert row["verdict"] == known["verdict"]
        for name in ("difference", "ci_low", "ci_high", "se", "df", "p", "p_holm"):
            value = float("nan") if row[name] == "NA" else float(row[name])
            assert value == pytest.approx(known[name], abs=1e-6, nan_ok=True), name
    if contrasts is CONTRASTS:
        assert {row["verdict"].split(",")[0] for row in theirs} > {"better", "worse"}


def test_r_says_so_where_a_number_was_changed(tmp_path: Path) -> None:
    plan = Analysis.checked({"contrasts": CONTRASTS[:1]}, source="test")
    publish(conclude(Evidence(long_table(**SYSTEMS), ("nDCG@10",), ()), plan=plan), tmp_path)
    path = tmp_path / "comparisons.csv"
    frame = pd.read_csv(path)
    frame.assign(p_holm=frame["p_holm"] + 1e-5).to_csv(path, index=False)
    ended = subprocess.run(["Rscript", "check.R"], capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode != 0
    assert "says otherwise" in ended.stderr
