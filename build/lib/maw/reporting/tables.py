"""Tables of verdicts, of claims and of mean scores as text, for the page and for a paper."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from maw.reporting.wording import bare_p, detectable, interval, intervals, number, signed


def verdicts(comparisons: pd.DataFrame, *, primary: str) -> pd.DataFrame:
    """Return a row for each contrast of the plan by the primary measure, with its verdict.

    Bonferroni's correction decides; Holm's and that of Benjamini and Hochberg (BH) stand beside it.
    """
    rows = comparisons[comparisons["measure"] == primary]
    return pd.DataFrame(
        {
            "Dataset": rows["dataset"],
            "System": rows["system"],
            "Baseline": rows["baseline"],
            "Difference": rows["difference"].map(signed),
            "Limits": [deciding_limits(row) for row in rows.to_dict("records")],
            "p": rows["p"].map(bare_p),
            "Bonferroni": rows["p_bonferroni"].map(bare_p),
            "Holm": rows["p_holm"].map(bare_p),
            "BH": rows["p_bh"].map(bare_p),
            "Detectable": rows["mde"].map(detectable),
            "Verdict": [spelled(row) for row in rows.to_dict("records")],
        }
    )


def deciding_limits(
    row: Mapping[str, Any], *, show: Callable[[float, float], str] = interval
) -> str:
    """Return the limits of a contrast's difference by which it is read.

    For a control of a claim, and for non-inferiority, these are the limits that decide; for a
    reference contrast the 95 % interval; for an exploratory one the interval at the level of the
    false coverage rate (FCR), which only a selected row has. row: a row of
    `maw.verdicts.decide.COLUMNS`. show: the function that writes an interval.
    """
    if row["role"] == "reference":
        return f"{show(row['ci_low'], row['ci_high'])} at 95 %"
    if row["role"] == "exploratory":
        is_selected = pd.notna(row["fcr_low"])
        return f"{show(row['fcr_low'], row['fcr_high'])} FCR" if is_selected else "–"
    if math.isinf(row["bar_low"]) and math.isinf(row["bar_high"]):
        return "–"
    return show(row["bar_low"], row["bar_high"])


def claims(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each claim on each dataset: the verdict, its limits, and the p-values.

    Controls are the baselines that the system must beat for the claim. rows: columns of
    `maw.verdicts.claims.CLAIMS`.
    """
    return pd.DataFrame(
        {
            "Dataset": rows["dataset"],
            "System": rows["system"],
            "Claim": rows["claim"],
            "Verdict": [spelled(row) for row in rows.to_dict("records")],
            "Controls": rows["n_controls"],
            "Smallest difference": rows["estimate"].map(signed),
            "Over": rows["decided_by"].fillna("").replace("", "–"),
            "Limits": intervals(rows, "lower", "upper"),
            "Largest gain": rows["upper_gain"].map(signed),
            "Limits of equivalence": intervals(rows, "equivalence_low", "equivalence_high"),
            "Loses to": rows["loses_to"].fillna("").replace("", "–"),
            "p": rows["p"].map(bare_p),
            "Bonferroni": rows["p_bonferroni"].map(bare_p),
            "Holm": rows["p_holm"].map(bare_p),
            "BH": rows["p_bh"].map(bare_p),
            "Detectable": rows["mde"].map(detectable),
            "Another word from SESOI": rows["sesoi_flips_at"].map(lambda x: number(x, 4)),
            "Seeds": [
                f"{number(n, 0)} {form}"
                for n, form in zip(rows["n_seeds"], rows["seeds"], strict=True)
            ],
        }
    )


def spelled(row: Mapping[str, Any]) -> str:
    """Return the word of a row of claims or contrasts, as a table shows it.

    The suffix of “refuted” follows it. A word that a failed control of the study forbids to say is
    shown as what the limits alone would say.
    """
    word = f"{row['word']}, {row['suffix']}" if row["suffix"] else str(row["word"])
    if row["withheld"]:
        return f"withheld, because of the control “{row['withheld']}” (the limits say: {word})"
    return word


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


def rows_of(frame: pd.DataFrame, *, ids: Sequence[int] | None = None) -> dict[str, Any]:
    """Return the frame as a template reads it: column names in `head`, rows of text in `body`.

    ids: for each row the number of the data row of the CSV file that has its unrounded numbers,
    from 1; None where the rows are those of the file.
    """
    body = frame.astype(str).to_numpy().tolist()
    return {"head": list(frame.columns), "body": body, "ids": None if ids is None else list(ids)}
