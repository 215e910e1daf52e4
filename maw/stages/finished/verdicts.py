"""What did the suite find? The claims' verdicts in words, for a terminal."""

from pathlib import Path

import pandas as pd

from maw.jobs.files import read_json, read_parquet
from maw.reporting.wording import claim, detectable, interval, pvalue, signed


def lines(results: Path) -> list[str]:
    """A line per claim with a name, then per control to beat; what the check against the committed
    scores said, the report's place.
    """
    table = read_parquet(results / "summary" / "comparisons.parquet")
    runs = read_parquet(results / "summary" / "runs.parquet")
    rows = table[table["role"] == "confirmatory"]
    told = [_claim(row) for _, row in rows.iterrows()] or ["The plan names no claim."]
    told = [*named_claims(results / "summary" / "claims.parquet"), *told]
    unfinished = runs[runs["converged"].eq(False)] if "converged" in runs else runs[:0]
    if len(unfinished):
        told.append(
            f"Not converged: {len(unfinished)} of {len(runs)} runs still gained at the end."
        )
    expected = read_json(results / "summary" / "expected.json")
    if expected["checked"]:
        word = "reproduced" if expected["agrees"] else "NOT reproduced"
        told.append(f"Committed scores {word}: largest difference {expected['largest']:.6f}.")
    return [*told, f"Report: {results / 'report' / 'index.html'}"]


def named_claims(path: Path, *, system: str | None = None, dataset: str | None = None) -> list[str]:
    """A sentence per claim where the plan names several, of one system on one dataset or of all.

    Suites of before claims had names have no such file.
    """
    claims = read_parquet(path) if path.exists() else pd.DataFrame({"claim": []})
    if claims["claim"].nunique() < 2:
        return []
    rows = claims.to_dict("records")
    return [
        claim(row)
        for row in rows
        if system in (None, row["system"]) and dataset in (None, row["dataset"])
    ]


def _claim(row: pd.Series) -> str:
    """`maw_grpo against non_maw on pydocs: inconclusive. nDCG@10 +0.0031 [−0.0080, …]`"""
    return (
        f"{row['system']} against {row['baseline']} on {row['dataset']}: {row['verdict']}. "
        f"{row['measure']} {signed(row['difference'])} {interval(row['ci_low'], row['ci_high'])}, "
        f"{pvalue(row['p_holm'])} (Holm), detectable {detectable(row['mde'], 4)}"
    )
