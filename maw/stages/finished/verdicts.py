"""The verdicts of a finished suite's claims as lines of text for a terminal."""

from pathlib import Path

import pandas as pd

from maw.jobs.files import read_json, read_parquet
from maw.reporting.wording import claim, detectable, interval, pvalue, signed


def verdict_lines(results: Path) -> list[str]:
    """Return lines for a terminal on a finished suite. results: the folder of its results.

    One line for each claim, where the plan names several, and one for each confirmatory contrast
    (or one that says that there is none); then the number of runs that had not converged, where
    there are any, the outcome of the check against the committed scores, where there are any, and
    the place of the report. InputError for a file that is missing or broken.
    """
    summary = results / "summary"
    comparisons = read_parquet(summary / "comparisons.parquet")
    runs = read_parquet(summary / "runs.parquet")
    rows = comparisons[comparisons["role"] == "confirmatory"]
    contrasts = [_contrast(row) for _, row in rows.iterrows()] or ["The plan names no claim."]
    lines = [*named_claims(summary / "claims.parquet"), *contrasts]
    unfinished = runs[runs["converged"].eq(False)] if "converged" in runs else runs[:0]
    if len(unfinished):
        lines.append(
            f"Not converged: {len(unfinished)} of {len(runs)} runs still gained at the end."
        )
    expected = read_json(summary / "expected.json")
    if expected["checked"]:
        word = "reproduced" if expected["agrees"] else "NOT reproduced"
        lines.append(f"Committed scores {word}: largest difference {expected['largest']:.6f}.")
    return [*lines, f"Report: {results / 'report' / 'index.html'}"]


def named_claims(path: Path, *, system: str | None = None, dataset: str | None = None) -> list[str]:
    """Return one sentence for each claim, where the plan names more than one claim.

    path: claims.parquet. system, dataset: keep only claims about this system or on this dataset. A
    suite that was made before claims had names has no such file and gives no sentence.
    """
    claims = read_parquet(path) if path.exists() else pd.DataFrame({"claim": []})
    if claims["claim"].nunique() < 2:
        return []
    return [
        claim(row)
        for row in claims.to_dict("records")
        if system in (None, row["system"]) and dataset in (None, row["dataset"])
    ]


def _contrast(row: pd.Series) -> str:
    """Return the verdict on one contrast as a line.

    Example: `maw_grpo against non_maw on pydocs: inconclusive. nDCG@10 +0.0031 [−0.0080, …]`
    """
    return (
        f"{row['system']} against {row['baseline']} on {row['dataset']}: {row['verdict']}. "
        f"{row['measure']} {signed(row['difference'])} {interval(row['ci_low'], row['ci_high'])}, "
        f"{pvalue(row['p_holm'])} (Holm), detectable {detectable(row['mde'], 4)}"
    )
