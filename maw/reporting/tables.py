"""Tables for a paper and for a page: the verdicts, the leaderboard."""

from typing import Any

import pandas as pd
from great_tables import GT

from maw.reporting.wording import detectable, interval, number, pvalue, signed


def verdicts(comparisons: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """The claims and the reference contrasts on the primary measure, as people read them."""
    rows = comparisons[comparisons["measure"] == primary]
    return pd.DataFrame(
        {
            "Dataset": rows["dataset"],
            "System": rows["system"],
            "Baseline": rows["baseline"],
            "Difference": rows["difference"].map(signed),
            "95 % interval": [
                interval(low, high)
                for low, high in zip(rows["ci_low"], rows["ci_high"], strict=True)
            ],
            "Adjusted p": rows["p_holm"].map(pvalue),
            "Detectable": rows["mde"].map(detectable),
            "Verdict": rows["verdict"],
        }
    )


def claims(found: pd.DataFrame) -> pd.DataFrame | None:
    """Every claim of the plan as people read it; None where the plan does not name several."""
    if found["claim"].nunique() < 2:
        return None
    return pd.DataFrame(
        {
            "Dataset": found["dataset"],
            "System": found["system"],
            "Claim": found["claim"],
            "Verdict": found["verdict"],
            "Controls to beat": found["controls"],
            "Differences": [
                f"{signed(low)} to {signed(high)}"
                for low, high in zip(found["least"], found["most"], strict=True)
            ],
            "Hardest": found["hardest"],
            "Largest p": found["p"].map(pvalue),
            "Holm": found["p_holm"].map(pvalue),
            "TOST, Holm": found["p_tost_holm"].map(pvalue),
        }
    )


def scores(leaderboard: pd.DataFrame, *, dataset: str) -> pd.DataFrame:
    """One dataset: a row per system, a column per measure, best by the first measure on top."""
    rows = leaderboard[leaderboard["dataset"] == dataset]
    table = rows.pivot(index="system", columns="measure", values="mean")
    table = table[list(dict.fromkeys(rows["measure"]))]
    table = table.sort_values(table.columns[0], ascending=False)
    shown = table.map(number).reset_index().rename(columns={"system": "System"})
    shown.columns.name = None
    return shown


def rows_of(frame: pd.DataFrame) -> dict[str, Any]:
    """For a template: head and body."""
    return {"head": list(frame.columns), "body": frame.astype(str).to_numpy().tolist()}


def latex(frame: pd.DataFrame) -> bytes:
    """A booktabs table; great_tables escapes what LaTeX would take for markup."""
    return (GT(frame.reset_index(drop=True)).as_latex() + "\n").encode()
