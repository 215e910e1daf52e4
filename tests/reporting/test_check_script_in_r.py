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

from maw.comparison import Comparison, conclude
from maw.reporting.check_script import scores_with_clusters, script
from maw.runs.evidence import Evidence
from maw.settings.plan import Analysis
from maw.significance.clean import Array
from tests.scored import long

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")

Q = 40
HARD = np.random.default_rng(0).uniform(0.2, 0.7, (Q, 1))
CLUSTERS = {
    f"q{q:02}": f"cluster {'abcdefghijklmnopqrst'[q // 3 if q < 30 else 10]}" for q in range(Q)
}
SEED_NOISE = np.random.default_rng(1).normal(0, 0.02, (Q, 5))  # what runs of one seed share


ONE, TWO = {"toy": 1.0}, {"toy": 1.0, "another": 0.5}


def table(number: int, *, shift: float, seeds: int = 5, noise: float = 0.03) -> Array:
    """Return scores [Q, seeds] of a system; runs of one seed share part of their errors."""
    generator = np.random.default_rng(number)
    shared = SEED_NOISE[:, :seeds]
    own = generator.normal(0, noise, (Q, seeds)) + generator.normal(0, 0.005, (1, seeds))
    return HARD + shift + shared + own


SYSTEMS = {
    "base": table(1, shift=0),
    "far better": table(2, shift=0.12),
    "just better": table(3, shift=0.03, noise=0.005),
    'o"d\\d': table(4, shift=0.05),
    "worse": table(5, shift=-0.1),
    "alike": table(6, shift=0.001, noise=0.02),
    "open": table(7, shift=0.02, noise=0.1),
    "few": table(8, shift=0.1, seeds=2),
    "once": table(9, shift=0.1, seeds=1),
    "declared": table(10, shift=0.1, seeds=1),
    "twin": table(1, shift=0),  # never differs from base
    "shifted": table(1, shift=0) + 0.1,  # always differs by the same
    "nearly twin": table(1, shift=0) + 0.02 * (np.arange(Q) == 3)[:, None],
}
# a long list: each pair of a control and a form of the seeds is a way through the script
VARIED: list[dict[str, Any]] = [
    *({"system": name, "baseline": "base"} for name in SYSTEMS if name != "base"),
    {"system": "far better", "baseline": "worse"},  # a second control of one claim
    {"system": "alike", "baseline": "once", "role": "reference"},
    {"system": "far better", "baseline": "once", "role": "reference"},
    {"system": "once", "baseline": "worse", "role": "exploratory"},
    {"system": "base", "baseline": "worse", "seeds": "independent"},
    {"system": "worse", "baseline": "alike", "seeds": "auto"},
    {"system": "base", "baseline": "alike", "role": "non-inferiority", "margin": 0.03},
    {"system": "base", "baseline": "far better", "role": "non-inferiority", "margin": 0.03},
    {"system": "base", "baseline": "few", "role": "non-inferiority", "margin": 0.03},
]
NESTED: list[dict[str, Any]] = [
    {"system": "open", "baseline": "base", "claims": ["better", "routing helps"]},
    {"system": "open", "baseline": "far better", "claims": ["routing helps"]},
    {"system": "open", "baseline": "just better", "claims": ["routing helps"]},
    {"system": "alike", "baseline": "base", "claims": ["better", "routing helps"]},
    {"system": "alike", "baseline": "twin", "claims": ["routing helps"]},
    {"system": "few", "baseline": "worse", "claims": ["better", "routing helps"]},
    {"system": "few", "baseline": "far better", "claims": ["better"]},
    {"system": "worse", "baseline": "base", "claims": ["better", "routing helps", "all"]},
    {"system": "worse", "baseline": "open", "claims": ["routing helps", "all"]},
    {"system": "worse", "baseline": "few", "claims": ["all"]},
]
WEIGHTED: dict[str, Any] = {
    "contrasts": [
        {"system": "far better", "baseline": "base"},
        {"system": "base", "baseline": "alike", "role": "non-inferiority", "margin": 0.01},
    ],
    "weights": {"far better": 0.7, "base": 0.3},
    "looks": [{"seeds": 5, "alpha": 0.01}, {"seeds": 10, "alpha": 0.04}],
}


def compared(plan: dict[str, Any], datasets: dict[str, float], *, clustered: bool) -> Comparison:
    """Return the comparison of all systems.

    datasets: name -> factor of all differences from the queries' difficulties. clustered: whether
    the queries of the dataset toy come in clusters; those of others never do.
    """
    parts = [
        long(HARD + pull * (values - HARD), system=name, dataset=dataset, measure="nDCG@10")
        for dataset, pull in datasets.items()
        for name, values in SYSTEMS.items()
    ]
    clusters = {"toy": CLUSTERS} if clustered else None
    scores = pd.concat(parts, ignore_index=True)
    evidence = Evidence(scores, ("nDCG@10",), ())
    return conclude(evidence, plan=Analysis.checked(plan, source="test"), clusters=clusters)


def publish(comparison: Comparison, folder: Path) -> None:
    """Write what check.R reads, and check.R itself."""
    scores = scores_with_clusters(comparison.scores, comparison.clusters)
    scores.to_csv(folder / "scores.csv", index=False)
    comparison.comparisons.to_csv(folder / "comparisons.csv", index=False)
    comparison.claims.to_csv(folder / "claims.csv", index=False)
    text = script(comparison.plan, trained=comparison.plan.trained)
    (folder / "check.R").write_text(text)


def run_r(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script from another folder than its own."""
    call = ["Rscript", str(folder / "check.R")]
    return subprocess.run(call, capture_output=True, text=True, cwd=folder.anchor)


@pytest.mark.parametrize(
    ("plan", "datasets", "clustered"),
    [
        ({"contrasts": VARIED, "sesoi": 0.05, "trained": ["declared"]}, ONE, False),
        ({"contrasts": VARIED[::3], "sesoi": None}, ONE, True),
        ({"contrasts": NESTED, "sesoi": 0.02}, ONE, False),
        ({**WEIGHTED, "sesoi": 0.02}, TWO, True),
    ],
    ids=["varied", "no SESOI", "nested", "weighted"],
)
def test_r_comes_to_the_same_verdicts(
    tmp_path: Path, plan: dict[str, Any], datasets: dict[str, float], clustered: bool
) -> None:
    comparison = compared(plan, datasets, clustered=clustered)
    folder = tmp_path / "a folder"
    folder.mkdir()
    publish(comparison, folder)
    ended = run_r(folder)
    assert ended.returncode == 0, ended.stderr
    assert "all verdicts are re-made" in ended.stderr
    theirs = list(csv.DictReader(io.StringIO(ended.stdout)))
    assert len(theirs) == len(comparison.claims) > 0
    for row, known in zip(theirs, comparison.claims.to_dict("records"), strict=True):
        names = ("dataset", "system", "claim", "word", "decided_by")
        assert [row[name] for name in names] == [known[name] or "NA" for name in names]
        for name in ("estimate", "lower", "upper", "upper_gain", "p", "p_holm"):
            value = float(row[name].replace("NA", "nan"))
            assert value == pytest.approx(known[name], abs=1e-6, nan_ok=True), name


@pytest.fixture(scope="module")
def changed() -> Comparison:
    """Return a comparison of which a number or a word will be changed in the files."""
    return compared({"contrasts": NESTED[-3:], "sesoi": 0.02}, ONE, clustered=False)


@pytest.mark.parametrize(
    ("name", "column", "change"),
    [
        ("comparisons", "p", lambda values: values + 1e-5),
        ("comparisons", "bar_low", lambda values: values - 1e-5),
        ("claims", "p_holm", lambda values: values + 1e-5),
        ("claims", "word", lambda words: words.replace("refuted", "inconclusive")),
        ("claims", "loses_to", lambda names: names.where(names.isna(), "plain")),
    ],
)
def test_r_says_where_a_number_or_a_word_was_changed(
    tmp_path: Path, changed: Comparison, name: str, column: str, change: Any
) -> None:
    publish(changed, tmp_path)
    path = tmp_path / f"{name}.csv"
    frame = pd.read_csv(path)
    frame.assign(**{column: change(frame[column])}).to_csv(path, index=False)
    ended = run_r(tmp_path)
    assert ended.returncode != 0
    assert f"{name}.csv" in ended.stderr
    assert column.partition("_")[0] in ended.stderr
    assert "says otherwise" in ended.stderr
