"""Tables of verdicts, of claims and of mean scores as text, for the page and for a paper."""

from typing import Any

import pandas as pd
from great_tables import GT

from maw.reporting.wording import detectable, intervals, number, pvalue, signed


def verdicts(comparisons: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """Return a row for each contrast of the plan by the primary measure, with its verdict."""
    rows = comparisons[comparisons["measure"] == primary]
    return pd.DataFrame(
        {
            "Dataset": rows["dataset"],
            "System": rows["system"],
            "Baseline": rows["baseline"],
            "Difference": rows["difference"].map(signed),
            "95 % interval": intervals(rows, "ci_low", "ci_high"),
            "Adjusted p": rows["p_holm"].map(pvalue),
            "Detectable": rows["mde"].map(detectable),
            "Verdict": rows["verdict"],
        }
    )


def claims(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each claim on each dataset: the verdict, the controls, and the p-values.

    Controls are the baselines that the system must beat for the claim. rows: columns of
    `maw.verdicts.families.CLAIMS`.
    """
    return pd.DataFrame(
        {
            "Dataset": rows["dataset"],
            "System": rows["system"],
            "Claim": rows["claim"],
            "Verdict": rows["verdict"],
            "Controls to beat": rows["controls"],
            "Differences": [
                f"{signed(least)} to {signed(most)}"
                for least, most in zip(rows["least"], rows["most"], strict=True)
            ],
            "Hardest": rows["hardest"],
            "Largest p": rows["p"].map(pvalue),
            "Holm": rows["p_holm"].map(pvalue),
            "TOST, Holm": rows["p_tost_holm"].map(pvalue),
        }
    )


def means(leaderboard: pd.DataFrame, *, dataset: str) -> pd.DataFrame:
    """Return one dataset's mean scores: a row for each system, a column for each measure.

    The rows are sorted by the first measure, the best system first.
    """
    rows = leaderboard[leaderboard["dataset"] == dataset]
    table = rows.pivot(index="system", columns="measure", values="mean")
    table = table[list(dict.fromkeys(rows["measure"]))]
    table = table.sort_values(table.columns[0], ascending=False)
    shown = table.map(number).reset_index().rename(columns={"system": "System"})
    shown.columns.name = None
    return shown


def stacked_means(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """Return the mean scores of all datasets in one table, with the dataset in the last column."""
    tables = [
        means(leaderboard, dataset=dataset).assign(Dataset=dataset)
        for dataset in dict.fromkeys(leaderboard["dataset"])
    ]
    return pd.concat(tables, ignore_index=True)


def rows_of(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the frame as a template reads it: column names in `head`, rows of text in `body`."""
    return {"head": list(frame.columns), "body": frame.astype(str).to_numpy().tolist()}


def latex(frame: pd.DataFrame) -> bytes:
    """Return the frame as a LaTeX table with booktabs rules; characters of LaTeX are escaped."""
    return (GT(frame.reset_index(drop=True)).as_latex() + "\n").encode()
